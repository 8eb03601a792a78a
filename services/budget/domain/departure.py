"""A departure foreseen: what the ledger would hold if an organisation left on a day, by the rules that settle it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.money import VatBasis
from contracts.partners import ContributionKind, ConventionStatus
from services.budget.domain.convention import Convention, Terms
from services.budget.domain.ledger import ZERO, Measure, Posting
from services.budget.domain.settlement import SOUGHT, Actions, differences, promised


def after_departure(convention: Convention, on: date) -> ConventionStatus | None:
    """Say how a convention would stand after one of its parties left on that day; None where it stays as it is.

    In force it is terminated, as a whole, if its text is in force on that day; a proposal is refused if it still runs.
    """
    if convention.ends_on is not None and on > convention.ends_on:
        return None
    if convention.status in SOUGHT:
        return ConventionStatus.REFUSED
    begun = convention.in_force_on is None or convention.in_force_on <= on
    return ConventionStatus.TERMINATED if convention.status is ConventionStatus.IN_FORCE and begun else None


def lost_by(
    terms: Terms, becomes: ConventionStatus, on: date, actions: Actions, held: Iterable[Posting]
) -> list[Posting]:
    """Give the postings that would follow: those that a settlement would write if the convention ended so."""
    held = list(held)
    return differences(held, promised(replace(terms, status=becomes, ended_on=on), actions, held))


@dataclass(kw_only=True)
class Touched:
    """A convention that would end; what it loses is counted cash in euros, `own` the part that the leaver promised."""

    convention: Convention
    becomes: ConventionStatus
    secured_lost: Decimal = ZERO
    own_secured_lost: Decimal = ZERO
    sought_lost: Decimal = ZERO


@dataclass(kw_only=True)
class Gap:
    """Counted cash of an axis in a year, or of the programme, in euros: as it is, and as it would be."""

    axis_code: str = ""
    year: int = 0
    need: Decimal = ZERO
    secured_before: Decimal = ZERO
    secured_after: Decimal = ZERO
    sought_before: Decimal = ZERO
    sought_after: Decimal = ZERO

    gap_before = property(lambda self: self.need - self.secured_before)
    gap_after = property(lambda self: self.need - self.secured_after)
    secured_lost = property(lambda self: self.secured_before - self.secured_after)
    sought_lost = property(lambda self: self.sought_before - self.sought_after)

    def add(self, need: Decimal, sought: Decimal, secured: Decimal) -> None:
        """Count what is there now, which stays unless something takes it away."""
        self.need += need
        self.sought_before, self.sought_after = self.sought_before + sought, self.sought_after + sought
        self.secured_before, self.secured_after = self.secured_before + secured, self.secured_after + secured

    def move(self, measure: Measure, amount: Decimal) -> None:
        """Count what would change."""
        if measure is Measure.SECURED:
            self.secured_after += amount
        elif measure is Measure.SOUGHT:
            self.sought_after += amount


@dataclass(kw_only=True)
class LostBeside:
    """What would be lost of one kind and VAT basis that no total counts, in euros; `passed_on` is counted upstream."""

    kind: ContributionKind
    vat_basis: VatBasis
    passed_on: bool
    secured_lost: Decimal = ZERO
    sought_lost: Decimal = ZERO


@dataclass(kw_only=True)
class Departure:
    """What budget foresees of a departure: conventions, the gap by axis and year, the programme's total."""

    organisation_id: UUID
    on: date
    programme_code: str
    vat_basis: VatBasis
    conventions: list[Touched] = field(default_factory=list)
    rows: list[Gap] = field(default_factory=list)
    total: Gap = field(default_factory=Gap)
    beside: list[LostBeside] = field(default_factory=list)
