"""What we hold of others: events as published, the newest state of each subject, and who is involved in what."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from chassis.events import Envelope
from services.notifications.domain.base import Base


class Fact(Base):
    """An event as it was published: the body of its webhooks, and the cause that its deliveries answer to."""

    __tablename__ = "facts"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str]
    subject: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    time: Mapped[datetime]
    correlation_id: Mapped[str] = mapped_column(index=True)
    actor: Mapped[str]
    traceparent: Mapped[str]
    body: Mapped[str] = mapped_column(repr=False)
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), init=False)

    @classmethod
    def of(cls, envelope: Envelope) -> Self:
        """Keep an event as it was published."""
        return cls(**columns_of(envelope))


def columns_of(envelope: Envelope) -> dict[str, Any]:
    """Give what is kept of an event, column by column."""
    return {
        "event_id": envelope.id,
        "type": envelope.type,
        "subject": envelope.subject,
        "sequence": envelope.sequence,
        "time": envelope.time,
        "correlation_id": envelope.correlation_id,
        "actor": envelope.actor,
        "traceparent": envelope.traceparent,
        "body": envelope.to_json(),
    }


class State(Base):
    """The newest state that we hold of a subject; a noun is `partners.convention`, `budget.projection`, or the like."""

    __tablename__ = "states"

    noun: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    time: Mapped[datetime]
    state: Mapped[dict[str, Any]] = mapped_column(repr=False)


class Involvement(Base):
    """An organisation is party to a subject because of a convention or a charter signature."""

    __tablename__ = "involvements"

    because: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True, index=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
