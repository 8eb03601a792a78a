"""Own copies of conventions, and the plain promises that the settlement calculates with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Self
from uuid import UUID

from sqlalchemy import Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.money import VatBasis
from contracts.partners import ContributionKind, ContributionLine, ConventionState, ConventionStatus, Nature, PartyRole
from services.budget.domain.base import Base


class Promise(NamedTuple):
    """What one party promises to one action in one year: a tranche, in euros, with all that files it.

    `passes_on` names the convention and the giver whose promise it hands on; counted there, it is not counted here.
    """

    tranche_id: UUID
    line_id: UUID
    action_id: UUID
    action_code: str
    funder_id: UUID
    funder_name: str
    mandate_number: str | None
    kind: ContributionKind
    nature: Nature
    vat_basis: VatBasis
    year: int
    due_on: date
    amount: Decimal
    condition: str | None
    passes_on: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Where a convention stands, and what it promises."""

    convention_id: UUID
    reference: str
    status: ConventionStatus
    ended_on: date | None
    promises: tuple[Promise, ...]

    @classmethod
    def of(cls, state: ConventionState) -> Self:
        """Read the terms from what partners announced."""
        return cls(
            convention_id=state.convention_id,
            reference=state.reference,
            status=state.status,
            ended_on=state.ended_on,
            promises=tuple(_promises(state)),
        )


def _promises(state: ConventionState) -> Iterator[Promise]:
    for line in state.lines:
        mandate_number = mandate_behind(state, line.organisation_id)
        for tranche in line.tranches:
            yield Promise(
                tranche_id=tranche.tranche_id,
                line_id=line.line_id,
                action_id=line.action_id,
                action_code=line.action_code,
                funder_id=line.organisation_id,
                funder_name=line.organisation_name,
                mandate_number=mandate_number,
                kind=line.kind,
                nature=line.nature,
                vat_basis=line.vat_basis,
                year=tranche.year,
                due_on=tranche.due_on,
                amount=tranche.amount,
                condition=tranche.condition,
                passes_on=_source(line),
            )


def _source(line: ContributionLine) -> str | None:
    if line.passes_on_line_id is None:
        return None
    return f"{line.passes_on_reference or line.passes_on_line_id} ({line.passes_on_organisation or '?'})"


def mandate_behind(state: ConventionState, organisation_id: UUID) -> str | None:
    """Give the number of the mandate behind a contribution: its giver's, else the project owner's, else none."""
    numbers = {party.organisation_id: party.mandate_number for party in state.parties}
    owners = [party.mandate_number for party in state.parties if party.role is PartyRole.PROJECT_OWNER]
    return numbers.get(organisation_id) or next((number for number in owners if number), None)


class Convention(Base):
    """A convention; its row is the lock under which its entries, payments included, are made.

    The days are None where no news came since they are kept.
    """

    __tablename__ = "conventions"
    __table_args__ = (Index("conventions_party_ids", "party_ids", postgresql_using="gin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    title: Mapped[str]
    programme_code: Mapped[str]
    status: Mapped[ConventionStatus]
    ended_on: Mapped[date | None]
    party_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    in_force_on: Mapped[date | None] = mapped_column(default=None)
    """Since when its present text is: since its last amendment, where it was amended."""
    ends_on: Mapped[date | None] = mapped_column(default=None)


class Tranche(Base):
    """A promise as it stands in its convention's present version."""

    __tablename__ = "tranches"
    __table_args__ = (Index("tranches_convention_id", "convention_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    convention_id: Mapped[UUID]
    line_id: Mapped[UUID]
    action_id: Mapped[UUID]
    action_code: Mapped[str]
    funder_id: Mapped[UUID]
    funder_name: Mapped[str]
    mandate_number: Mapped[str | None]
    kind: Mapped[ContributionKind]
    nature: Mapped[Nature]
    vat_basis: Mapped[VatBasis]
    year: Mapped[int]
    due_on: Mapped[date]
    amount: Mapped[Decimal]
    condition: Mapped[str | None]
    passes_on: Mapped[str | None] = mapped_column(default=None)

    def promise(self) -> Promise:
        """Give it as the settlement reads it."""
        return Promise(self.id, *(getattr(self, name) for name in Promise._fields[1:]))
