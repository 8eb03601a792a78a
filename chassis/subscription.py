"""What a subscription does with messages: decode behind a guard, then inbox, handler and outbox in one transaction.

Exactly-once in effect: a message is acknowledged by the caller only after `receive` came back, and it comes back only
when each message is durable, applied or kept with its error. Knows PostgreSQL, not the broker.
"""

import hashlib
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from chassis import observability
from chassis.context import acting
from chassis.database import transaction
from chassis.errors import NotYetKnown
from chassis.events import Envelope, Event, Unreadable, decode
from chassis.inbox import Arrival, Status
from chassis.service import Service, serving

TRACE_LIMIT = 20_000
"""Characters kept of an error's trace."""


@dataclass(frozen=True)
class Message:
    """A message as the broker gave it."""

    body: bytes
    content_type: str | None
    redelivered: bool = False


@dataclass(frozen=True)
class Subscription:
    """What a worker method asked for with `@subscribe`."""

    queue: str
    events: tuple[type[Event], ...]
    supersede: bool
    batch: bool

    @property
    def publishers(self) -> list[str]:
        """The services it listens to."""
        return sorted({event.publisher() for event in self.events})


@dataclass(frozen=True)
class _Unread:
    message: Message
    error: Unreadable

    @property
    def key(self) -> str:
        """An unreadable message is known by its bytes: brought twice, it is kept once."""
        fingerprint = hashlib.sha256(f"{self.message.content_type}\0".encode() + self.message.body)
        return f"unreadable:{fingerprint.hexdigest()}"


class Subscriber:
    """One subscription at work: brings messages to the worker's method, each once."""

    def __init__(self, service: Service, subscription: Subscription, method: Callable[..., Any]) -> None:
        self.service, self.subscription, self.method = service, subscription, method
        self._expected = set(subscription.events)
        self._metrics = observability.metrics(service.name)

    def receive(self, messages: Sequence[Message]) -> None:
        """Bring messages to a durable end: applied, superseded, to be retried, or quarantined.

        Raises whatever the database raises when it cannot be reached: then nothing may be acknowledged.
        """
        with serving(self.service):
            events, originals = self._decode(messages)
            if not events:
                return
            try:
                self._apply(events)
            except Exception:  # the batch holds a failing event: find out which, one at a time
                for event in events:
                    self._receive_alone(event, originals[event.received.id])

    def retry(self, arrival_id: int) -> None:
        """Try a kept event again; it ends, or is put off further, or is quarantined after the last attempt."""
        with serving(self.service):
            try:
                with transaction() as session:
                    arrival = session.scalar(
                        select(Arrival)
                        .where(Arrival.id == arrival_id, Arrival.status == Status.RETRYING)
                        .with_for_update(skip_locked=True)
                    )
                    if arrival is None:
                        return
                    arrival.status = self._again(session, arrival)
                    arrival.finished_at = session.scalar(select(func.clock_timestamp()))
            except Exception as error:
                self._put_off(arrival_id, error)

    def quarantine(self, message: Message, reason: str) -> None:
        """Keep a message that the broker gave up delivering, where operators see it."""
        with serving(self.service), transaction() as session:
            try:
                event = decode(message.body, message.content_type)
                self._keep(session, message, event.received, reason, reason, Status.QUARANTINED)
            except Unreadable as error:
                unread = _Unread(message, error)
                self._keep(session, message, error.envelope, reason, str(error), Status.QUARANTINED, unread.key)

    def _decode(self, messages: Sequence[Message]) -> tuple[list[Event], dict[Any, Message]]:
        events: list[Event] = []
        originals: dict[Any, Message] = {}
        for message in messages:
            try:
                event = decode(message.body, message.content_type)
                if type(event) not in self._expected:
                    raise Unreadable(f"{event.type} is not for {self.subscription.queue}.", event.received)
            except Unreadable as error:
                self._quarantine_unread(_Unread(message, error))
                continue
            except Exception as error:  # whatever a library raises on crooked bytes must not stop the consumer
                self._quarantine_unread(_Unread(message, Unreadable(f"{type(error).__name__}: {error}")))
                continue
            events.append(event)
            originals[event.received.id] = message
        return events, originals

    def _quarantine_unread(self, unread: _Unread) -> None:
        with transaction() as session:
            message, error = unread.message, unread.error
            self._keep(session, message, error.envelope, "Unreadable", str(error), Status.QUARANTINED, unread.key)
        self._metrics.quarantined.labels(self.subscription.queue).inc()

    def _receive_alone(self, event: Event, message: Message) -> None:
        try:
            self._apply([event])
        except Exception as error:
            first = self._first_delay(error)
            with transaction() as session:
                self._keep(
                    session,
                    message,
                    event.received,
                    type(error).__name__,
                    str(error),
                    Status.RETRYING,
                    delay=first,
                    trace=_trace_of(error),
                )
            self._metrics.retried.labels(self.subscription.queue).inc()

    def _apply(self, events: Sequence[Event]) -> None:
        started = perf_counter()
        with transaction() as session:
            arrived = self._arrive(session, events)
            current = self._newest(session, arrived) if self.subscription.supersede else arrived
            kept = {event.received.id for event in current}
            superseded = [event for event in arrived if event.received.id not in kept]
            if superseded:
                self._mark_superseded(session, superseded)
            self._dispatch(session, current)
        self._report(current, superseded, perf_counter() - started)

    def _dispatch(self, session: Session, events: Sequence[Event]) -> None:
        if self.subscription.batch:
            if events:
                self.method(session, events)
            return
        for event in events:
            with acting(event.received.cause()):
                self.method(session, event)

    def _arrive(self, session: Session, events: Sequence[Event]) -> list[Event]:
        """Note the arrivals; give those that had not been noted before, in their order."""
        once = {event.received.id: event for event in events}
        envelopes = [event.received for event in once.values()]
        new = session.execute(
            _ARRIVE,
            {
                "subscription": self.subscription.queue,
                "keys": [str(envelope.id) for envelope in envelopes],
                "types": [envelope.type for envelope in envelopes],
                "subjects": [envelope.subject for envelope in envelopes],
                "sequences": [envelope.sequence for envelope in envelopes],
                "correlations": [envelope.correlation_id for envelope in envelopes],
                "causes": [envelope.causation_id for envelope in envelopes],
            },
        ).scalars()
        fresh = set(new)
        return [event for event in once.values() if str(event.received.id) in fresh]

    def _newest(self, session: Session, events: Sequence[Event]) -> list[Event]:
        """Give the events that are newer than what this subscription holds of their subject, one per subject."""
        latest: dict[str, Event] = {}
        for event in events:
            held = latest.get(event.subject)
            if held is None or held.sequence < event.sequence:
                latest[event.subject] = event
        if not latest:
            return []
        subjects = sorted(latest)
        newer = session.execute(
            _ADVANCE,
            {
                "subscription": self.subscription.queue,
                "subjects": subjects,
                "sequences": [latest[subject].sequence for subject in subjects],
            },
        ).scalars()
        return [latest[subject] for subject in newer]

    def _mark_superseded(self, session: Session, events: Sequence[Event]) -> None:
        keys = [str(event.received.id) for event in events]
        session.execute(
            update(Arrival)
            .where(Arrival.subscription == self.subscription.queue, Arrival.event_key.in_(keys))
            .values(status=Status.SUPERSEDED)
        )

    def _again(self, session: Session, arrival: Arrival) -> Status:
        event = decode(arrival.body or b"", arrival.content_type)
        if self.subscription.supersede and not self._newest(session, [event]):
            return Status.SUPERSEDED
        self._dispatch(session, [event])
        return Status.APPLIED

    def _put_off(self, arrival_id: int, error: Exception) -> None:
        settings = self.service.settings
        with transaction() as session:
            arrival = session.get_one(Arrival, arrival_id, with_for_update=True)
            arrival.attempts += 1
            arrival.error_class, arrival.error_message = type(error).__name__, str(error)
            arrival.error_trace = _trace_of(error)
            if arrival.attempts >= settings.retry_attempts or isinstance(error, Unreadable):
                arrival.status, arrival.next_attempt_at = Status.QUARANTINED, None
                self._metrics.quarantined.labels(self.subscription.queue).inc()
            else:
                delay = min(self._first_delay(error) * 2**arrival.attempts, settings.retry_longest_seconds)
                arrival.next_attempt_at = session.scalar(select(_in(delay)))
                self._metrics.retried.labels(self.subscription.queue).inc()

    def _first_delay(self, error: Exception) -> float:
        first = self.service.settings.retry_first_seconds
        return first / 5 if isinstance(error, NotYetKnown) else first

    def _keep(
        self,
        session: Session,
        message: Message,
        envelope: Envelope | None,
        error_class: str,
        error_message: str,
        status: Status,
        key: str | None = None,
        delay: float | None = None,
        trace: str | None = None,
    ) -> None:
        session.execute(
            _KEEP,
            {
                "subscription": self.subscription.queue,
                "key": key or str(envelope.id if envelope else ""),
                "type": envelope and envelope.type,
                "subject": envelope and envelope.subject,
                "sequence": envelope and envelope.sequence,
                "correlation": envelope and envelope.correlation_id,
                "cause": envelope and envelope.causation_id,
                "status": status,
                "delay": delay,
                "error_class": error_class,
                "error_message": error_message,
                "trace": trace,
                "body": message.body,
                "content_type": message.content_type,
            },
        )

    def _report(self, applied: Sequence[Event], superseded: Sequence[Event], seconds: float) -> None:
        queue, metrics = self.subscription.queue, self._metrics
        metrics.consumed.labels(queue).inc(len(applied))
        metrics.superseded.labels(queue).inc(len(superseded))
        metrics.handler_seconds.labels(queue).observe(seconds)
        observability.log_events(self.service.name, queue, "applied", [event.received for event in applied], seconds)
        observability.log_events(
            self.service.name, queue, "superseded", [event.received for event in superseded], seconds
        )


def due_retries(session: Session, subscriptions: Sequence[str], limit: int = 50) -> list[tuple[int, str]]:
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


def _in(seconds: float) -> Any:
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _trace_of(error: Exception) -> str:
    return "".join(traceback.format_exception(error))[-TRACE_LIMIT:]


_ARRIVE = text(
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
