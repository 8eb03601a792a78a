"""Stakeholders: the people who are told by e-mail, of what, and in which words."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.domain.base import Base
from services.notifications.domain.topic import Topic


class Language(StrEnum):
    """The languages we write in."""

    FRENCH = "fr"
    ENGLISH = "en"


class Standing(StrEnum):
    """How a person is addressed: who decides is told what it binds to, who is informed that nothing is asked."""

    DECIDER = "decider"
    INFORMED = "informed"


def address_key(email: str) -> str:
    """Give what makes two addresses the same person: nobody distinguishes them by case, whatever RFC 5321 allows."""
    return email.strip().lower()


class Stakeholder(Base):
    """A person of an organisation, or of the programme office where `organisation_id` is None.

    `suppressed_because` is the answer of the mail server that refused the address for good: nothing more is sent until
    the address is corrected. `sequence` counts the changes, from 1.
    """

    __tablename__ = "stakeholders"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id", "address_key", name="stakeholders_person", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID | None]
    name: Mapped[str]
    email: Mapped[str]
    address_key: Mapped[str] = mapped_column(init=False, index=True)
    language: Mapped[Language]
    standing: Mapped[Standing]
    topics: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)
    suppressed_because: Mapped[str | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=1)

    def __post_init__(self) -> None:
        self.address_key = address_key(self.email)

    def change(
        self, *, name: str, email: str, language: Language, standing: Standing, topics: Iterable[str], active: bool
    ) -> None:
        """Replace what is known of the person; a corrected address may be written to again."""
        if address_key(email) != self.address_key:
            self.suppressed_because = None
        self.name, self.email, self.address_key = name, email, address_key(email)
        self.language, self.standing, self.topics, self.active = language, standing, list(topics), active
        self.sequence += 1

    def suppress(self, answer: str) -> None:
        """Write to this address no more: its mail server refused it for good (SMTP 5xx, RFC 5321 section 4.2.1)."""
        self.suppressed_because = answer
        self.sequence += 1

    def unsubscribe(self) -> None:
        """Want no e-mail any more."""
        if self.active:
            self.active = False
            self.sequence += 1

    def reason_to_withhold(self, topic: Topic) -> str | None:
        """Say why this person is not to be told of `topic` now, or None."""
        reasons: dict[str, Any] = {
            "The person unsubscribed.": not self.active,
            f"The address was refused: {self.suppressed_because}": self.suppressed_because,
            "The person no longer wants this topic.": topic not in self.topics,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)
