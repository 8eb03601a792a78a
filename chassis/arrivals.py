"""How arrivals are written: set by set, in SQL, with the database's own time."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from chassis.database import among, array
from chassis.events import Envelope
from chassis.inbox import Arrival, Status

TRACE_LIMIT = 20_000
"""Characters kept of an error's trace."""


@dataclass(frozen=True)
class Failure:
    """Why an event is kept: to be tried again after `delay` seconds, or in quarantine where that is None."""

    error_class: str
    message: str
    trace: str | None = None
    delay: float | None = None

    @classmethod
    def of(cls, error: Exception, delay: float | None) -> "Failure":
        """Describe an exception."""
        trace = "".join(traceback.format_exception(error))[-TRACE_LIMIT:]
        return cls(type(error).__name__, str(error), trace, delay)


def note(session: Session, subscription: str, envelopes: Sequence[Envelope]) -> set[str]:
    """Note arrivals as applied; give the keys of those that had not been noted before."""
    parameters = {
        "subscription": subscription,
        "keys": array(envelope.id for envelope in envelopes),
        "types": array(envelope.type for envelope in envelopes),
        "subjects": array(envelope.subject for envelope in envelopes),
        "sequences": array(envelope.sequence for envelope in envelopes),
        "correlations": array(envelope.correlation_id for envelope in envelopes),
        "causes": array(envelope.causation_id for envelope in envelopes),
    }
    return set(session.execute(_NOTE, parameters).scalars())


def advance(session: Session, subscription: str, sequences: Mapping[str, int]) -> list[str]:
    """Move subjects to newer states; give the subjects that moved, the others held that state or a newer one."""
    if not sequences:
        return []
    subjects = sorted(sequences)
    parameters = {
        "subscription": subscription,
        "subjects": array(subjects),
        "sequences": array(sequences[subject] for subject in subjects),
    }
    return list(session.execute(_ADVANCE, parameters).scalars())


def mark_superseded(session: Session, subscription: str, envelopes: Sequence[Envelope]) -> None:
    """Let arrivals end as superseded: a newer state of their subject was applied."""
    if envelopes:
        keys = [str(envelope.id) for envelope in envelopes]
        statement = update(Arrival).where(Arrival.subscription == subscription, among(Arrival.event_key, keys))
        session.execute(statement.values(status=Status.SUPERSEDED))


def keep(
    session: Session,
    subscription: str,
    key: str,
    envelope: Envelope | None,
    body: bytes,
    content_type: str | None,
    failure: Failure,
) -> None:
    """Keep a failing event, or what could not be read, byte for byte; one that is noted already stays as it is."""
    parameters = {
        "subscription": subscription,
        "key": key,
        "type": envelope and envelope.type,
        "subject": envelope and envelope.subject,
        "sequence": envelope and envelope.sequence,
        "correlation": envelope and envelope.correlation_id,
        "cause": envelope and envelope.causation_id,
        "status": Status.QUARANTINED if failure.delay is None else Status.RETRYING,
        "delay": failure.delay,
        "error_class": failure.error_class,
        "error_message": failure.message,
        "trace": failure.trace,
        "body": body,
        "content_type": content_type,
    }
    session.execute(_KEEP, parameters)


def put_off(session: Session, arrival: Arrival, failure: Failure) -> None:
    """Note one more failed attempt; the arrival waits for the next one, or goes to quarantine."""
    arrival.attempts += 1
    arrival.error_class, arrival.error_message = failure.error_class, failure.message
    arrival.error_trace = failure.trace
    arrival.status = Status.QUARANTINED if failure.delay is None else Status.RETRYING
    after = func.make_interval(0, 0, 0, 0, 0, 0, failure.delay or 0)
    arrival.next_attempt_at = session.scalar(select(func.clock_timestamp() + after))


def due(session: Session, subscriptions: Sequence[str], limit: int = 50) -> list[tuple[int, str]]:
    """Give the failing arrivals whose time has come, as (id, subscription), the longest waiting first."""
    statement = (
        select(Arrival.id, Arrival.subscription)
        .where(
            Arrival.status == Status.RETRYING,
            Arrival.next_attempt_at <= func.clock_timestamp(),
            Arrival.subscription.in_(subscriptions),
        )
        .order_by(Arrival.next_attempt_at)
        .limit(limit)
    )
    return [(arrival_id, subscription) for arrival_id, subscription in session.execute(statement)]


_NOTE = text(
    """
    INSERT INTO inbox (subscription, event_key, type, subject, sequence, correlation_id, causation_id, status,
                       attempts, finished_at)
    SELECT :subscription, key, type, subject, sequence, correlation, cause, 'applied', 1, clock_timestamp()
    FROM unnest(CAST(:keys AS text[]), CAST(:types AS text[]), CAST(:subjects AS text[]),
                CAST(:sequences AS bigint[]), CAST(:correlations AS text[]), CAST(:causes AS text[]))
         AS arriving (key, type, subject, sequence, correlation, cause)
    ORDER BY key
    ON CONFLICT (subscription, event_key) DO NOTHING
    RETURNING event_key
    """
)

_ADVANCE = text(
    """
    INSERT INTO inbox_heads AS head (subscription, subject, sequence)
    SELECT :subscription, subject, sequence
    FROM unnest(CAST(:subjects AS text[]), CAST(:sequences AS bigint[])) AS newest (subject, sequence)
    ON CONFLICT (subscription, subject) DO UPDATE SET sequence = excluded.sequence
    WHERE head.sequence < excluded.sequence
    RETURNING subject
    """
)

_KEEP = text(
    """
    INSERT INTO inbox (subscription, event_key, type, subject, sequence, correlation_id, causation_id, status, attempts,
                       next_attempt_at, error_class, error_message, error_trace, body, content_type)
    VALUES (:subscription, :key, :type, :subject, :sequence, :correlation, :cause, :status, 1,
            clock_timestamp() + make_interval(secs => CAST(:delay AS double precision)),
            :error_class, :error_message, :trace, :body, :content_type)
    ON CONFLICT (subscription, event_key) DO NOTHING
    """
)
