"""Deliveries: one row for each recipient of an event, with every attempt, until it is accepted or given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import RuleBroken
from chassis.identifiers import stable_id
from contracts.notifications import Channel, DeliveryAccepted, DeliveryFailed
from services.notifications.domain.base import Base
from services.notifications.domain.schedule import LEASE, next_delay


class Status(StrEnum):
    """Where a delivery stands; `superseded`: no longer true, `withheld`: no longer wanted by its recipient."""

    WAITING = "waiting"
    RETRYING = "retrying"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    WITHHELD = "withheld"


PENDING = frozenset({Status.WAITING, Status.RETRYING})
OVER_FOR_GOOD = {
    Status.ACCEPTED: "It was accepted: there is nothing to try again.",
    Status.SUPERSEDED: "What it told is no longer true: a newer delivery tells what is.",
}


class Verdict(StrEnum):
    """What an answer means: taken, to be tried again, refused for good, or refused with its address."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How an attempt went: what the other side answered, or the error that kept it from answering.

    `asked_delay` is how long it asked us to wait (Retry-After).
    """

    verdict: Verdict
    answer: str | None = None
    error: str | None = None
    asked_delay: timedelta | None = None


class Delivery(Base):
    """An e-mail to a person or a webhook to an endpoint, about one event.

    `tries` counts the attempts since it was last started, `attempts` all of them; `leased_until` keeps other workers
    off while one is calling.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("deliveries_due", "channel", "due_at", postgresql_where=text("status IN ('waiting', 'retrying')")),
        Index("deliveries_newest", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(ForeignKey("facts.event_id"), index=True)
    channel: Mapped[Channel]
    recipient_id: Mapped[UUID] = mapped_column(index=True)
    recipient_name: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(index=True)
    event_type: Mapped[str]
    about: Mapped[str]
    correlation_id: Mapped[str] = mapped_column(index=True)
    due_at: Mapped[datetime]
    status: Mapped[Status] = mapped_column(default=Status.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None] = mapped_column(default=None)
    asked_by: Mapped[str | None] = mapped_column(default=None)
    leased_until: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), init=False)
    attempts_made: Mapped[list["Attempt"]] = relationship(
        lazy="raise", viewonly=True, order_by="Attempt.number", init=False, repr=False
    )

    def begin(self, at: datetime) -> "Attempt":
        """Start an attempt, and keep other workers off it for the lease."""
        self.tries += 1
        self.attempts += 1
        self.leased_until = at + LEASE
        return Attempt(delivery_id=self.id, number=self.attempts, started_at=at, asked_by=self.asked_by)

    def end(self, attempt: "Attempt", at: datetime) -> DeliveryAccepted | DeliveryFailed | None:
        """Follow from a finished attempt: accepted, tried again later, or given up; give the fact when it is over.

        An attempt that outlived its lease changes nothing, unless it was accepted after all.
        """
        if self.status not in PENDING or (attempt.number != self.attempts and attempt.verdict is not Verdict.ACCEPTED):
            return None
        self.answer, self.leased_until = attempt.answer or attempt.error, None
        if attempt.verdict is Verdict.ACCEPTED:
            self._finish(Status.ACCEPTED, at)
            return DeliveryAccepted(**self._state())
        delay = next_delay(self.channel, self.tries, attempt.asked_delay) if attempt.verdict is Verdict.LATER else None
        if delay is not None:
            self.status, self.due_at = Status.RETRYING, at + delay
            return None
        self._finish(Status.FAILED, at)
        return DeliveryFailed(**self._state())

    def let_go(self, status: Status, because: str, at: datetime) -> None:
        """End it without an attempt: superseded, or withheld."""
        self.answer, self.leased_until = because, None
        self._finish(status, at)

    def retry(self, *, by: str, at: datetime) -> None:
        """Start it again at once, with all its attempts.

        Raises RuleBroken while it is pending, and when nothing is left to tell.
        """
        if self.status in PENDING:
            raise RuleBroken("It is being tried already: wait for the outcome.")
        if self.status in OVER_FOR_GOOD:
            raise RuleBroken(OVER_FOR_GOOD[self.status])
        self.status, self.tries, self.due_at, self.asked_by, self.finished_at = Status.RETRYING, 0, at, by, None

    def _finish(self, status: Status, at: datetime) -> None:
        self.status, self.finished_at, self.asked_by = status, at, None
        self.sequence += 1

    def _state(self) -> dict[str, Any]:
        return {
            "sequence": self.sequence,
            "delivery_id": self.id,
            "channel": self.channel,
            "recipient_id": self.recipient_id,
            "recipient_name": self.recipient_name,
            "organisation_id": self.organisation_id,
            "event_id": self.fact_id,
            "event_type": self.event_type,
            "about": self.about,
            "attempts": self.attempts,
            "answer": self.answer,
        }


class Attempt(Base):
    """One call to a mail server or an endpoint; without `finished_at` its worker was stopped before the answer came."""

    __tablename__ = "attempts"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    verdict: Mapped[Verdict | None] = mapped_column(default=None)
    answer: Mapped[str | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    asked_delay: Mapped[timedelta | None] = mapped_column(default=None)
    asked_by: Mapped[str | None] = mapped_column(default=None)

    @property
    def duration_milliseconds(self) -> int | None:
        """How long the call took."""
        return round((self.finished_at - self.started_at) / timedelta(milliseconds=1)) if self.finished_at else None

    def finish(self, answer: Answer, at: datetime) -> None:
        """Note the answer."""
        self.finished_at, self.verdict = at, answer.verdict
        self.answer, self.error, self.asked_delay = answer.answer, answer.error, answer.asked_delay


def delivery_id(event_id: UUID, channel: Channel, recipient: str) -> UUID:
    """Give the one id of what a recipient (by the id of the stakeholder or endpoint) is told of an event."""
    return stable_id("delivery", str(event_id), channel, recipient)
