"""Arrivals: every event a subscription met, how it ended, and the failing ones until somebody mends them.

The retry queue is this table: RabbitMQ carries, PostgreSQL remembers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Select,
    Text,
    and_,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import BigInteger

from chassis.database import ChassisBase
from chassis.errors import InvalidInput, NotFound, RuleBroken


class Status(StrEnum):
    """How an arrival stands; all but `retrying` are ends, and a quarantined one can be taken up again."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    RETRYING = "retrying"
    QUARANTINED = "quarantined"
    DROPPED = "dropped"


class Arrival(ChassisBase):
    """One event at one subscription; an unreadable message stands under the fingerprint of its bytes."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("inbox_event", "subscription", "event_key", unique=True),
        Index("inbox_retrying", "next_attempt_at", postgresql_where=text("status = 'retrying'")),
        Index("inbox_failures", "status", "id", postgresql_where=text("status IN ('retrying', 'quarantined')")),
        Index("inbox_correlation", "correlation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, init=False)
    subscription: Mapped[str] = mapped_column(Text)
    event_key: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    type: Mapped[str | None] = mapped_column(Text, default=None)
    subject: Mapped[str | None] = mapped_column(Text, default=None)
    sequence: Mapped[int | None] = mapped_column(BigInteger, default=None)
    correlation_id: Mapped[str | None] = mapped_column(Text, default=None)
    causation_id: Mapped[str | None] = mapped_column(Text, default=None)
    attempts: Mapped[int] = mapped_column(default=1)
    next_attempt_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), default=None)
    error_class: Mapped[str | None] = mapped_column(Text, default=None)
    error_message: Mapped[str | None] = mapped_column(Text, default=None)
    error_trace: Mapped[str | None] = mapped_column(Text, default=None)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    content_type: Mapped[str | None] = mapped_column(Text, default=None)
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp(), init=False
    )
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), default=None)

    @property
    def group(self) -> str:
        """What failures are grouped by: where, and the kind of error."""
        return f"{self.subscription}|{self.error_class}"


class Head(ChassisBase):
    """The newest state of a subject that a subscription has applied."""

    __tablename__ = "inbox_heads"

    subscription: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)


class Decision(ChassisBase):
    """What an operator decided of a failing event: who, when and why."""

    __tablename__ = "inbox_decisions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, init=False)
    arrival_id: Mapped[int] = mapped_column(BigInteger, index=True)
    action: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp(), init=False
    )


@dataclass(frozen=True)
class Group:
    """Failing events of one subscription with one class of error; the message is the newest one's."""

    key: str
    subscription: str
    error_class: str | None
    error_message: str | None
    retrying: int
    quarantined: int
    since: datetime


_FAILING = Arrival.status.in_([Status.RETRYING, Status.QUARANTINED])


def groups(session: Session) -> list[Group]:
    """Give the failing events grouped by subscription and class of error, the largest group first."""
    newest = func.array_agg(aggregate_order_by(Arrival.error_message, Arrival.id.desc()))
    statement = (
        select(
            Arrival.subscription,
            Arrival.error_class,
            newest[1],
            func.count().filter(Arrival.status == Status.RETRYING),
            func.count().filter(Arrival.status == Status.QUARANTINED),
            func.min(Arrival.received_at),
        )
        .where(_FAILING)
        .group_by(Arrival.subscription, Arrival.error_class)
        .order_by(func.count().desc(), Arrival.subscription)
    )
    return [Group(f"{row[0]}|{row[1]}", *row) for row in session.execute(statement)]


def failures(status: Status | None = None, group: str | None = None) -> Select[Arrival]:
    """Select the failing arrivals, all or of one status or group, unordered."""
    statement = select(Arrival).where(Arrival.status == status if status else _FAILING)
    return statement.where(_in_group(group)) if group else statement


_AGAIN: dict[str, Any] = {
    "status": Status.RETRYING,
    "attempts": 0,
    "next_attempt_at": func.now(),
    "finished_at": None,
}


def retry(session: Session, *, who: str, why: str, ids: Sequence[int] = (), group: str | None = None) -> int:
    """Let quarantined events be tried again, at once and with all their attempts; give how many.

    Raises RuleBroken while one of them is being retried already, NotFound for an id that does not fail.
    """
    return _decide(session, "retry", who, why, ids, group, _AGAIN)


def take_up(session: Session, subscription: str, event_keys: Sequence[str], *, who: str, why: str) -> list[int]:
    """Let those of these events be tried again that were quarantined or dropped; give their ids.

    None of them was ever applied, so that each still counts once.
    """
    _demand_reason(why)
    given_up = Arrival.status.in_([Status.QUARANTINED, Status.DROPPED])
    wanted = and_(Arrival.subscription == subscription, Arrival.event_key.in_(event_keys), given_up)
    chosen = session.scalars(select(Arrival).where(wanted).order_by(Arrival.id).with_for_update()).all()
    return _change(session, "retry", who, why, chosen, _AGAIN)


def drop(session: Session, *, who: str, why: str, ids: Sequence[int] = (), group: str | None = None) -> int:
    """Give quarantined events up, for a reason that is kept; give how many.

    Raises RuleBroken while one of them is being retried, NotFound for an id that does not fail.
    """
    return _decide(session, "drop", who, why, ids, group, {"status": Status.DROPPED, "finished_at": func.now()})


def decisions(session: Session, arrival_id: int) -> Sequence[Decision]:
    """Give what was decided of one arrival, the oldest first."""
    return session.scalars(select(Decision).where(Decision.arrival_id == arrival_id).order_by(Decision.id)).all()


def counts(session: Session) -> dict[str, int]:
    """Count the failing arrivals by status."""
    rows = session.execute(select(Arrival.status, func.count()).where(_FAILING).group_by(Arrival.status)).tuples()
    return {Status.RETRYING: 0, Status.QUARANTINED: 0, **dict(rows.all())}


def _decide(
    session: Session, action: str, who: str, why: str, ids: Sequence[int], group: str | None, change: dict[str, Any]
) -> int:
    _demand_reason(why)
    return len(_change(session, action, who, why, _chosen(session, ids, group), change))


def _demand_reason(why: str) -> None:
    if not why.strip():
        raise InvalidInput("Say why: the reason is kept with the event.", {"/reason": ["Write a reason."]})


def _change(
    session: Session, action: str, who: str, why: str, chosen: Sequence[Arrival], change: dict[str, Any]
) -> list[int]:
    ids = [arrival.id for arrival in chosen]
    session.execute(update(Arrival).where(Arrival.id.in_(ids)).values(change))
    session.add_all(Decision(arrival_id=arrival_id, action=action, who=who, why=why) for arrival_id in ids)
    return ids


def _chosen(session: Session, ids: Sequence[int], group: str | None) -> Sequence[Arrival]:
    if group:
        statement = select(Arrival).where(Arrival.status == Status.QUARANTINED, _in_group(group))
        return session.scalars(statement.order_by(Arrival.id).with_for_update()).all()
    chosen = session.scalars(select(Arrival).where(Arrival.id.in_(ids)).order_by(Arrival.id).with_for_update()).all()
    missing = set(ids) - {arrival.id for arrival in chosen}
    if missing or not chosen:
        raise NotFound(f"No failing event has the number {', '.join(map(str, sorted(missing))) or '(none given)'}.")
    for arrival in chosen:
        if arrival.status == Status.RETRYING:
            raise RuleBroken(f"Event {arrival.id} is being retried already: wait for the outcome.")
        if arrival.status != Status.QUARANTINED:
            raise RuleBroken(f"Event {arrival.id} is {arrival.status}: there is nothing to mend.")
    return chosen


def _in_group(group: str) -> ColumnElement[bool]:
    subscription, _, error_class = group.partition("|")
    return and_(Arrival.subscription == subscription, Arrival.error_class == error_class)
