"""Mandates: the deliberations that authorise acts, and what a signature lacks without one."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import RuleBroken
from contracts.partners import MandateRecorded
from services.partners.domain.base import Base
from services.partners.domain.folding import fold
from services.partners.domain.organisation import Organisation


class Act(StrEnum):
    """What a deliberation may authorise the executive to do."""

    SIGN_CONVENTIONS = "sign_conventions"
    SIGN_CHARTER = "sign_charter"
    APPROVE_ROADMAP = "approve_roadmap"
    REALLOCATE_CREDIT = "reallocate_credit"
    COMMIT_CREDIT = "commit_credit"


PHRASES = {
    Act.SIGN_CONVENTIONS: "to sign conventions",
    Act.SIGN_CHARTER: "to sign the charter",
    Act.APPROVE_ROADMAP: "to approve the roadmap",
    Act.REALLOCATE_CREDIT: "to reallocate credit",
    Act.COMMIT_CREDIT: "to commit credit",
}


class Opinion(StrEnum):
    """What the commission said of the draft deliberation."""

    FAVOURABLE = "favourable"
    UNFAVOURABLE = "unfavourable"
    RESERVED = "reserved"


@dataclass(frozen=True, kw_only=True)
class Deliberation:
    """What one says of a deliberation; `ceiling` in euros binds credit moved or committed under it.

    Enforceable once published or notified and, where the law asks, transmitted to the State's representative
    (CGCT, article L3131-1): `enforceable_since` is stated, since which acts must be transmitted is a matter of law.
    """

    number: str
    title: str
    body: str
    adopted_on: date
    transmitted_on: date | None = None
    published_on: date | None = None
    enforceable_since: date | None = None
    commission: str | None = None
    commission_opinion: Opinion | None = None
    unanimous: bool = False
    votes_for: int | None = None
    votes_against: int | None = None
    abstentions: int | None = None
    authorises: tuple[Act, ...]
    ceiling: Decimal | None = None
    signatories: tuple[str, ...] = ()


class Mandate(Base):
    """A deliberation of one organisation; `signatories` are the capacities in which one may sign under it."""

    __tablename__ = "mandates"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), init=False)
    organisation: Mapped[Organisation] = relationship(lazy="raise", repr=False)
    number: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    adopted_on: Mapped[date]
    transmitted_on: Mapped[date | None]
    published_on: Mapped[date | None]
    enforceable_since: Mapped[date | None]
    commission: Mapped[str | None]
    commission_opinion: Mapped[Opinion | None]
    unanimous: Mapped[bool]
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    abstentions: Mapped[int | None]
    authorises: Mapped[list[str]] = mapped_column(ARRAY(Text))
    ceiling: Mapped[Decimal | None]
    signatories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sequence: Mapped[int] = mapped_column(default=0)

    def __post_init__(self) -> None:
        self.organisation_id = self.organisation.id

    @classmethod
    def record(
        cls, id: UUID, organisation: Organisation, deliberation: Deliberation
    ) -> tuple["Mandate", MandateRecorded]:
        """Record what an organisation's assembly authorised."""
        mandate = cls(id=id, organisation=organisation, **_columns(deliberation))
        return mandate, mandate._tell()

    def complete(self, deliberation: Deliberation) -> MandateRecorded | None:
        """Put in what became known since, such as the day it became enforceable; None where nothing differs."""
        columns = _columns(deliberation)
        if all(getattr(self, name) == value for name, value in columns.items()):
            return None
        for name, value in columns.items():
            setattr(self, name, value)
        return self._tell()

    def lacks(self, act: Act, *, organisation: Organisation, on: date, capacity: str) -> list[str]:
        """Say all that keeps this mandate from covering an act of `organisation` on a day; nothing if it covers it."""
        signatories = [fold(each) for each in self.signatories]
        findings = {
            f"it was given by {self.organisation.name}, not by {organisation.name}": (
                self.organisation.id != organisation.id
            ),
            f"it does not authorise {PHRASES[act]}": act not in self.authorises,
            "it is not enforceable yet: its date of enforceability is not recorded": self.enforceable_since is None,
            f"it is enforceable only since {self.enforceable_since}, after {on}": (
                self.enforceable_since is not None and self.enforceable_since > on
            ),
            f"it lets the {' or the '.join(self.signatories)} sign, not the {capacity}": (
                signatories != [] and fold(capacity) not in signatories
            ),
        }
        return [finding for finding, so in findings.items() if so]

    def _tell(self) -> MandateRecorded:
        self.sequence += 1
        return MandateRecorded(
            mandate_id=self.id,
            number=self.number,
            title=self.title,
            organisation_id=self.organisation.id,
            organisation_name=self.organisation.name,
            adopted_on=self.adopted_on,
            enforceable_since=self.enforceable_since,
            authorises=tuple(self.authorises),
            ceiling=self.ceiling,
            sequence=self.sequence,
        )


def require_mandate(organisation: Organisation, mandate: Mandate | None, act: Act, *, on: date, capacity: str) -> None:
    """Refuse an act whose mandate does not cover it, or one without a mandate by whoever is bound by them.

    Raises RuleBroken, which names everything that is missing.
    """
    if mandate is None:
        if organisation.needs_mandate:
            raise RuleBroken(
                f"{organisation.name} signs only under a mandate: name one that authorises {PHRASES[act]} "
                f"and is enforceable since {on} or before."
            )
        return
    if lacking := mandate.lacks(act, organisation=organisation, on=on, capacity=capacity):
        raise RuleBroken(f"Mandate {mandate.number} does not cover this signature: {'; '.join(lacking)}.")


def _columns(deliberation: Deliberation) -> dict[str, Any]:
    stated = {each.name: getattr(deliberation, each.name) for each in fields(Deliberation)}
    lists = {
        "authorises": [act.value for act in deliberation.authorises],
        "signatories": list(deliberation.signatories),
    }
    return {**stated, **lists}
