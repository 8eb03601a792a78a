"""Announcing: an event is stored in the transaction that made it true; a relay publishes it afterwards.

The rows stay as the service's history of events, read by cursor for trace, replay and the live list.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Identity,
    Index,
    Text,
    Tuple,
    cast,
    func,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import BigInteger, UserDefinedType

from chassis import clock
from chassis.context import Cause
from chassis.database import ChassisBase, array, at_commit
from chassis.errors import InvalidInput
from chassis.events import Event, encode

CHANNEL = "outbox"
NOTIFY_EVERY = 0.01
"""Seconds between two NOTIFY of one process, since each takes a lock of the whole server at commit. A relay looks once
more that long after it found work, so what was not notified is found as soon."""


_HORIZON: ColumnElement[str] = literal_column("pg_snapshot_xmin(pg_current_snapshot())")
"""The oldest transaction still open: below it nothing can appear any more."""


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Give the type's name in DDL."""
        return "xid8"


class Outgoing(ChassisBase):
    """One announced event; partitioned by month, so that old ones leave without row deletes."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_to_publish", "id", postgresql_where=text("published_at IS NULL")),
        Index("outbox_reading_order", "transaction_id", "id"),
        Index("outbox_correlation", "correlation_id"),
        Index("outbox_subject", "subject", "sequence"),
        {"postgresql_partition_by": "RANGE (recorded_on)"},
    )

    recorded_on: Mapped[date] = mapped_column(primary_key=True, server_default=func.current_date(), init=False)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, init=False)
    transaction_id: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"), init=False)
    event_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(BigInteger)
    correlation_id: Mapped[str] = mapped_column(Text)
    causation_id: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    body: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp(), init=False
    )
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), init=False, default=None)


def announce(session: Session, *facts: Event, because: Event | None = None) -> list[UUID]:
    """Store facts to be published, in this transaction; they answer to `because`, or to the cause in force.

    Gives the ids under which they are published, for what wants to name its cause.
    """
    if not facts:
        return []
    cause: Cause | None = because.received.cause() if because else None
    session.info.setdefault("announced", []).extend(facts)
    fresh = [_row(fact, cause) for fact in facts]
    session.info.setdefault("outbox", []).extend(fresh)
    at_commit(session, "outbox", _write)
    return [row["event_id"] for row in fresh]


def announced(session: Session) -> list[Event]:
    """Give the facts announced in this transaction so far."""
    return list(session.info.get("announced", []))


def _row(fact: Event, cause: Cause | None) -> dict[str, Any]:
    envelope = encode(fact, time=clock.now(), cause=cause)
    return {
        "event_id": envelope.id,
        "type": envelope.type,
        "subject": envelope.subject,
        "sequence": envelope.sequence,
        "correlation_id": envelope.correlation_id,
        "causation_id": envelope.causation_id,
        "actor": envelope.actor,
        "time": envelope.time,
        "body": envelope.to_json(),
    }


def _write(session: Session) -> None:
    session.flush()
    rows: list[dict[str, Any]] = session.info.pop("outbox")
    statement = _INSERT_AND_NOTIFY if _notices.due() else _INSERT
    session.execute(statement, {name: array(row[name] for row in rows) for name in rows[0]})
    session.info.pop("announced")


_INSERT = text(
    """
    INSERT INTO outbox (event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body)
    SELECT event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body
    FROM unnest(CAST(:event_id AS uuid[]), CAST(:type AS text[]), CAST(:subject AS text[]),
                CAST(:sequence AS bigint[]), CAST(:correlation_id AS text[]), CAST(:causation_id AS text[]),
                CAST(:actor AS text[]), CAST(:time AS timestamptz[]), CAST(:body AS text[])) WITH ORDINALITY
         AS told (event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body, place)
    ORDER BY place
    """
)
_INSERT_AND_NOTIFY = text(f"WITH written AS ({_INSERT.text}) SELECT pg_notify('{CHANNEL}', '')")


class _Notices:
    """Lets one NOTIFY through per interval and process."""

    def __init__(self) -> None:
        self._lock, self._next = threading.Lock(), 0.0

    def due(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return False
            self._next = now + NOTIFY_EVERY
            return True


_notices = _Notices()


@dataclass(frozen=True)
class Reading:
    """A page of the history; what lies past `cursor` comes next.

    `horizon_seconds` is the age of the oldest transaction still open, which hides everything younger.
    """

    rows: Sequence[Outgoing]
    cursor: str | None
    horizon_seconds: float


def read(
    session: Session,
    *,
    cursor: str | None = None,
    limit: int = 50,
    type: str | None = None,
    correlation_id: str | None = None,
    newest: bool = False,
) -> Reading:
    """Read the history in (transaction id, id) order, below the oldest open transaction: no row is ever skipped.

    With `newest`, the last `limit` rows, still in order; the cursor then stands at the end of the history.
    Raises InvalidInput for a cursor that is not one of ours.
    """
    statement = select(Outgoing).where(Outgoing.transaction_id < _HORIZON)
    if cursor:
        statement = statement.where(tuple_(Outgoing.transaction_id, Outgoing.id) > _position(cursor))
    if type:
        statement = statement.where(Outgoing.type == type)
    if correlation_id:
        statement = statement.where(Outgoing.correlation_id == correlation_id)
    keys = (Outgoing.transaction_id, Outgoing.id)
    order = [key.desc() for key in keys] if newest else keys
    found = session.scalars(statement.order_by(*order).limit(limit)).all()
    rows = found[::-1] if newest else found
    last = f"{rows[-1].transaction_id}-{rows[-1].id}" if rows else cursor
    return Reading(rows, last, horizon_seconds(session))


def latest_cursor(session: Session) -> str:
    """Give the cursor that stands before whatever is announced from now on."""
    return f"{session.scalar(text('SELECT pg_snapshot_xmin(pg_current_snapshot())'))}-0"


def lag(session: Session) -> tuple[int, float]:
    """Give how many events wait to be published, and the age in seconds of the oldest."""
    statement = select(
        func.count(), func.coalesce(func.extract("epoch", func.clock_timestamp() - func.min(Outgoing.recorded_at)), 0)
    ).where(Outgoing.published_at.is_(None))
    rows, seconds = session.execute(statement).one()
    return rows, float(seconds)


def keep_partitions(connection: Connection, months: int = 12) -> None:
    """Make the partitions of this month and the next ones; a default one stands beneath as a net."""
    connection.execute(text("CREATE TABLE IF NOT EXISTS outbox_default PARTITION OF outbox DEFAULT"))
    first = connection.execute(text("SELECT date_trunc('month', current_date)::date")).scalar_one()
    for ahead in range(months):
        start, end = _month(first, ahead), _month(first, ahead + 1)
        connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS outbox_{start:%Y_%m} PARTITION OF outbox "
                f"FOR VALUES FROM ('{start}') TO ('{end}')"
            )
        )


def _month(first: date, ahead: int) -> date:
    years, month = divmod(first.month - 1 + ahead, 12)
    return date(first.year + years, month + 1, 1)


def _position(cursor: str) -> Tuple:
    transaction_id, _, row = cursor.partition("-")
    if not (transaction_id.isdecimal() and row.isdecimal() and len(cursor) < 38):
        raise InvalidInput("This cursor is not one we gave: start again without it.", {"/cursor": ["Unknown cursor."]})
    return tuple_(cast(transaction_id, Xid8), cast(int(row), BigInteger))


def horizon_seconds(session: Session) -> float:
    """Give the age in seconds of the oldest transaction that writes, other than this one.

    Those of the server's other databases count: a snapshot's oldest transaction is the server's.
    """
    seconds = session.scalar(
        text(
            "SELECT extract(epoch FROM clock_timestamp() - min(xact_start)) FROM pg_stat_activity"
            " WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
    )
    return float(seconds or 0)
