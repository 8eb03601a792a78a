"""Contacts: the people through whom an organisation speaks, in what capacity, and what they may sign until when."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import InvalidInput
from services.partners.domain.authorisation import PHRASES
from services.partners.domain.base import Base
from services.partners.domain.finding import Finding, refuse_signature
from services.partners.domain.folding import fold
from services.partners.domain.mandate import Act, Mandate
from services.partners.domain.person import Person
from services.partners.domain.signing import Signing

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

    def lacks(self, signing: Signing, act: Act) -> Iterator[Finding]:
        """Say all that keeps this contact from giving a signature; nothing where it is theirs to give."""
        on = signing.signed_on
        if fold(self.capacity) != fold(signing.capacity):
            yield "/signatory/capacity", f"recorded as {self.capacity}, not as {signing.capacity}"
        if act not in self.may_sign:
            yield "/signatory/name", f"recorded without the right {PHRASES[act]}"
        if self.since is not None and on < self.since:
            yield "/signed_on", f"in this capacity only from {self.since}, after {on}"
        if self.until is not None and on > self.until:
            yield "/signed_on", f"in this capacity until {self.until}, before {on}"


@dataclass(frozen=True)
class Signatories:
    """Who is recorded to sign for an organisation.

    As soon as one of its contacts may sign something, its signatures are theirs alone, each by name, capacity, act and
    day, or of somebody whom the mandate delegates by name. Where nobody is recorded so, any name and capacity is taken.
    """

    organisation_name: str
    contacts: tuple[Contact, ...]

    def ensure_one_signs(self, signing: Signing, act: Act, mandate: Mandate | None) -> None:
        """Refuse a signature that is not theirs to give.

        Raises RuleBroken, which says what is missing, each at its place in the signature, and who may sign.
        """
        if not any(each.may_sign for each in self.contacts) or _delegated(signing, mandate):
            return
        named = [each for each in self.contacts if fold(each.person.name) == fold(signing.signatory_name)]
        lacking = [[*each.lacks(signing, act)] for each in named] or [[("/signatory/name", "not among its contacts")]]
        if [] not in lacking:
            cannot = f"{signing.signatory_name} cannot sign this for {self.organisation_name}"
            those_who_may = self._those_who_may(act, signing.signed_on)
            refuse_signature(min(lacking, key=len), lambda missing: f"{cannot}: {missing}. {those_who_may}")

    def _those_who_may(self, act: Act, on: date) -> str:
        able = [
            f"{each.person.name} ({each.capacity})"
            for each in self.contacts
            if act in each.may_sign and (each.since or on) <= on <= (each.until or on)
        ]
        return f"Recorded to sign it on {on}: {', '.join(able)}." if able else f"Nobody is recorded to sign it on {on}."


def _delegated(signing: Signing, mandate: Mandate | None) -> bool:
    delegations = mandate.delegations if mandate else ()
    return any(each.lets_sign(signing.signatory_name, on=signing.signed_on) for each in delegations)


def _columns(said: ContactFacts) -> dict[str, Any]:
    stated = {each.name: getattr(said, each.name) for each in fields(ContactFacts)}
    return {**stated, "may_sign": [act.value for act in said.may_sign]}
