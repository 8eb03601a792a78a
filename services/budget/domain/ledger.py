"""The append-only ledger: every euro under its place, with the cause that put it there. Nothing is ever rewritten."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import RuleBroken
from chassis.events import Event, VatBasis
from chassis.identifiers import new_id
from contracts.budget import EntryReversed
from contracts.partners import ContributionKind, ConventionStatus, Nature
from services.budget.domain.base import Base

ZERO = Decimal("0.00")


class Measure(StrEnum):
    """What an amount says: needed, asked for, promised in force, or the part of the promise that was paid."""

    NEED = "need"
    SOUGHT = "sought"
    SECURED = "secured"
    RECEIVED = "received"


class CauseKind(StrEnum):
    """What made an entry."""

    ACTION = "action"
    CONVENTION = "convention"
    CREDIT_COMMITMENT = "credit_commitment"
    PAYMENT = "payment"
    PROGRAMME = "programme"
    REVERSAL = "reversal"


class CellKey(NamedTuple):
    """What the projection keeps one row for; `funder_id` is None for needs.

    `passed_on` money was promised upstream already, by its giver: it is counted there, and stands beside here.
    """

    programme_code: str
    axis_code: str
    action_id: UUID
    funder_id: UUID | None
    year: int
    nature: Nature
    kind: ContributionKind
    vat_basis: VatBasis
    passed_on: bool = False


class Place(NamedTuple):
    """Where a euro is filed: its cell, its measure, and the promise it belongs to."""

    cell: CellKey
    measure: Measure
    quarter: int | None = None
    convention_id: UUID | None = None
    line_id: UUID | None = None
    tranche_id: UUID | None = None
    credit_commitment_id: UUID | None = None

    def under_axis(self, axis_code: str) -> "Place":
        """Give the same place under another axis."""
        return self._replace(cell=self.cell._replace(axis_code=axis_code))

    def counts_in(self, vat_basis: VatBasis) -> bool:
        """Say whether it enters the totals of a programme in that basis; all else stands beside them."""
        cell = self.cell
        return cell.kind == ContributionKind.CASH and cell.vat_basis == vat_basis and not cell.passed_on


class Labels(NamedTuple):
    """What a reader of an entry wants to know without asking elsewhere, as it was when the entry was made."""

    action_code: str
    funder_name: str | None = None
    convention_reference: str | None = None
    mandate_number: str | None = None
    passes_on: str | None = None


class Posting(NamedTuple):
    """An amount in euros, signed, at a place."""

    place: Place
    amount: Decimal
    labels: Labels


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Why entries are made: the event and the act behind them. `received` is the event, where one came in."""

    kind: CauseKind
    because: str
    event_id: UUID
    correlation_id: str
    author: str
    recorded_at: datetime
    cause_id: UUID | None = None
    convention_status: ConventionStatus | None = None
    amendment_number: int | None = None
    reason: str | None = None
    received: Event | None = None


class First(NamedTuple):
    """The id that a movement's first entry shall have, and the entry that it takes back, if any."""

    entry_id: UUID
    reverses: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What one cause does to the ledger."""

    origin: Origin
    postings: list[Posting]
    first: First | None = None

    def rows(self) -> Iterable[dict[str, Any]]:
        """Give the entries as rows of the ledger."""
        origin = self.origin
        shared = {
            "recorded_at": origin.recorded_at,
            "event_id": origin.event_id,
            "correlation_id": origin.correlation_id,
            "author": origin.author,
            "cause": origin.kind,
            "cause_id": origin.cause_id,
            "because": origin.because,
            "convention_status": origin.convention_status,
            "amendment_number": origin.amendment_number,
            "reason": origin.reason,
        }
        reverses = self.first.reverses if self.first else None
        entry_ids = sorted(new_id() for _ in self.postings)  # so that entries of one moment keep their order
        if self.first:
            entry_ids[0] = self.first.entry_id
        for entry_id, (place, amount, labels) in zip(entry_ids, self.postings, strict=True):
            cell, *rest = place
            yield {
                **shared,
                **dict(zip(CellKey._fields, cell, strict=True)),
                **dict(zip(Place._fields[1:], rest, strict=True)),
                **dict(zip(Labels._fields, labels, strict=True)),
                "id": entry_id,
                "amount": amount,
                "reverses": reverses,
            }
            reverses = None


class LedgerEntry(Base):
    """One entry. `recorded_at` is business time; the database refuses to change or delete it."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ledger_entries_recorded_at", "recorded_at", "id"),
        Index("ledger_entries_convention_id", "convention_id"),
        Index("ledger_entries_action_id", "action_id", "measure"),
        Index("ledger_entries_funder_id", "funder_id"),
        Index("ledger_entries_reversed_once", "reverses", unique=True, postgresql_where=text("reverses IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime]
    programme_code: Mapped[str]
    axis_code: Mapped[str]
    action_id: Mapped[UUID]
    action_code: Mapped[str]
    funder_id: Mapped[UUID | None]
    funder_name: Mapped[str | None]
    year: Mapped[int]
    quarter: Mapped[int | None]
    nature: Mapped[Nature]
    kind: Mapped[ContributionKind]
    vat_basis: Mapped[VatBasis]
    passed_on: Mapped[bool]
    passes_on: Mapped[str | None]
    measure: Mapped[Measure]
    amount: Mapped[Decimal]
    convention_id: Mapped[UUID | None]
    convention_reference: Mapped[str | None]
    line_id: Mapped[UUID | None]
    tranche_id: Mapped[UUID | None]
    credit_commitment_id: Mapped[UUID | None]
    mandate_number: Mapped[str | None]
    cause: Mapped[CauseKind]
    cause_id: Mapped[UUID | None]
    because: Mapped[str]
    convention_status: Mapped[ConventionStatus | None]
    amendment_number: Mapped[int | None]
    reason: Mapped[str | None]
    event_id: Mapped[UUID]
    correlation_id: Mapped[str]
    author: Mapped[str]
    reverses: Mapped[UUID | None]

    def opposite(self, axis_code: str) -> Posting:
        """Give what takes this entry back, under the axis where its action's money lies now.

        Raises RuleBroken for an entry that follows from something else, which alone can be changed.
        """
        if self.reverses is not None or self.cause is CauseKind.REVERSAL:
            raise RuleBroken("This entry belongs to a reversal: record the payment or the commitment anew instead.")
        if self.cause not in (CauseKind.PAYMENT, CauseKind.CREDIT_COMMITMENT):
            raise RuleBroken(_INSTEAD[self.cause].format(because=self.because))
        cell = CellKey(*(getattr(self, name) for name in CellKey._fields))
        place = Place(cell, *(getattr(self, name) for name in Place._fields[1:]))
        labels = Labels(*(getattr(self, name) for name in Labels._fields))
        return Posting(place.under_axis(axis_code), -self.amount, labels)

    def reversed_by(self, posting: Posting, entry_id: UUID, *, reason: str, author: str) -> EntryReversed:
        """Give the event which says that `posting`, under `entry_id`, took this entry back."""
        return EntryReversed(
            entry_id=entry_id,
            reversed_entry_id=self.id,
            programme_code=self.programme_code,
            action_id=self.action_id,
            funder_id=self.funder_id,
            measure=self.measure.value,
            amount=posting.amount,
            reason=reason,
            author=author,
            credit_commitment_id=self.credit_commitment_id,
            payment_id=self.cause_id if self.cause is CauseKind.PAYMENT else None,
            sequence=1,
        )


_INSTEAD = {
    CauseKind.CONVENTION: "This entry follows from convention {because}: amend or terminate the convention instead.",
    CauseKind.ACTION: "This entry follows from the sheet of {because}: change the sheet instead.",
    CauseKind.PROGRAMME: "This entry follows from the frame of {because}: change the programme instead.",
}
