"""A departure foreseen: what an organisation's leaving on a day would end, by the rules that end it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.money import VatBasis
from contracts.partners import ContributionKind, ConventionStatus, Nature
from services.partners.domain.amendment import Amendment
from services.partners.domain.charter import CharterSignature
from services.partners.domain.convention import Convention
from services.partners.domain.convention_parts import ConventionLine, ConventionTranche
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction, KnownSeat


@dataclass(frozen=True, kw_only=True)
class TrancheAtStake:
    """A tranche of a convention that would end; `lost` unless it falls due before that day and so stays owed.

    What was received of it stays too: budget says how much that is.
    """

    convention_id: UUID
    reference: str | None
    tranche_id: UUID
    organisation_id: UUID
    organisation_name: str
    action_code: str
    kind: ContributionKind
    nature: Nature
    vat_basis: VatBasis
    year: int
    due_on: date
    amount: Decimal
    lost: bool


@dataclass(frozen=True, kw_only=True)
class Ending:
    """A convention that would end, and how it would stand."""

    convention: Convention
    becomes: ConventionStatus

    def loses(self, tranche: ConventionTranche, on: date) -> bool:
        """Tell whether a tranche would be lost: each of a proposal's, else what is due from then on."""
        return self.becomes is not ConventionStatus.TERMINATED or tranche.due_on >= on

    def tranches(self, on: date) -> list[TrancheAtStake]:
        """Give its tranches, each with whether it would be lost."""
        return [
            TrancheAtStake(
                convention_id=self.convention.id,
                reference=self.convention.reference,
                tranche_id=tranche.id,
                organisation_id=line.organisation.id,
                organisation_name=line.organisation.name,
                action_code=line.action.code,
                kind=line.kind,
                nature=line.nature,
                vat_basis=line.vat_basis,
                year=tranche.year,
                due_on=tranche.due_on,
                amount=tranche.amount,
                lost=self.loses(tranche, on),
            )
            for line in self.convention.lines
            for tranche in line.tranches
        ]

    def lines(self, on: date) -> list[UUID]:
        """Give its lines of which something would be lost."""
        lines = self.convention.lines
        return [line.id for line in lines if any(self.loses(tranche, on) for tranche in line.tranches)]


@dataclass(frozen=True, kw_only=True)
class LineFed:
    """A line of a convention that goes on, which hands on money that would no longer come."""

    convention: Convention
    line: ConventionLine


@dataclass(frozen=True, kw_only=True)
class Departure:
    """What partners foresees of a departure."""

    organisation: Organisation
    on: date
    adherences: list[CharterSignature]
    endings: list[Ending]
    seats: list[KnownSeat]
    actions: list[KnownAction]
    tranches: list[TrancheAtStake]
    drafts: list[Convention]
    amendments: list[Amendment]
    fed: list[LineFed]


def after_departure(convention: Convention, organisation_id: UUID, on: date) -> ConventionStatus | None:
    """Say how a convention would stand after a party left on that day; None where it stays as it is.

    In force it ends as a whole if its text is in force on that day; a proposal is refused by who has not signed it,
    withdrawn by the programme office for who has.
    """
    if on > convention.ends_on:
        return None
    if convention.status in (ConventionStatus.PROPOSED, ConventionStatus.PARTIALLY_SIGNED):
        signed = convention.signature_of(organisation_id) is not None
        return ConventionStatus.WITHDRAWN if signed else ConventionStatus.REFUSED
    since = convention.text_in_force_since
    begun = since is not None and since <= on
    return ConventionStatus.TERMINATED if convention.status is ConventionStatus.IN_FORCE and begun else None
