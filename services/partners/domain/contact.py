"""Contacts: the people through whom an organisation speaks, in what capacity, and what they may sign until when."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import InvalidInput
from services.partners.domain.base import Base
from services.partners.domain.mandate import Act
from services.partners.domain.person import Person

SIGNED_BY_CONTACTS = (Act.SIGN_CHARTER, Act.SIGN_CONVENTIONS)
"""What a contact may be said to sign."""


@dataclass(frozen=True, kw_only=True)
class ContactFacts:
    """What one says of a contact beside who it is; the first and the last day are both included."""

    capacity: str
    phone: str | None = None
    may_sign: tuple[Act, ...] = ()
    since: date | None = None
    until: date | None = None

    def ensure_it_makes_sense(self) -> None:
        """Refuse a time that ends before it begins.

        Raises InvalidInput.
        """
        if self.since and self.until and self.until < self.since:
            raise InvalidInput(
                f"It cannot end on {self.until}, before it begins on {self.since}.",
                {"/until": ["Before the first day."]},
            )


class Contact(Base):
    """One person in one capacity for one organisation; who the person is stands in the table of persons."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("organisation_id", "person_id", "capacity"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True, init=False)
    person: Mapped[Person] = relationship(lazy="raise", repr=False)
    capacity: Mapped[str]
    phone: Mapped[str | None]
    may_sign: Mapped[list[str]] = mapped_column(ARRAY(Text))
    since: Mapped[date | None]
    until: Mapped[date | None]
    sequence: Mapped[int] = mapped_column(default=1)

    def __post_init__(self) -> None:
        self.person_id = self.person.id

    @classmethod
    def of(cls, id: UUID, organisation_id: UUID, person: Person, said: ContactFacts) -> "Contact":
        """Keep a person as a contact.

        Raises InvalidInput.
        """
        said.ensure_it_makes_sense()
        return cls(id=id, organisation_id=organisation_id, person=person, **_columns(said))

    def change(self, said: ContactFacts) -> None:
        """Replace what is said of the contact.

        Raises InvalidInput.
        """
        said.ensure_it_makes_sense()
        for name, value in _columns(said).items():
            setattr(self, name, value)
        self.sequence += 1


def _columns(said: ContactFacts) -> dict[str, Any]:
    stated = {each.name: getattr(said, each.name) for each in fields(ContactFacts)}
    return {**stated, "may_sign": [act.value for act in said.may_sign]}
