"""The projection: what ledger entries add up to, kept row by row, and the figures that people follow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.money import VatBasis
from contracts.budget import Figures, ProjectionChanged
from contracts.partners import ContributionKind, Nature
from services.budget.domain.base import Base
from services.budget.domain.ledger import ZERO, CellKey, Measure, Movement, Posting
from services.budget.domain.programme import Action

Amounts = dict[Measure, Decimal]


class Cell(Base):
    """What the entries of one cell add up to, in euros; `entries` says how many they are."""

    __tablename__ = "cells"
    __table_args__ = (
        UniqueConstraint(*CellKey._fields, name="cells_key", postgresql_nulls_not_distinct=True),
        Index("cells_action_id", "action_id"),
    )

    programme_code: Mapped[str] = mapped_column(primary_key=True)
    axis_code: Mapped[str] = mapped_column(primary_key=True)
    action_id: Mapped[UUID] = mapped_column(primary_key=True)
    funder_id: Mapped[UUID | None] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    nature: Mapped[Nature] = mapped_column(primary_key=True)
    kind: Mapped[ContributionKind] = mapped_column(primary_key=True)
    vat_basis: Mapped[VatBasis] = mapped_column(primary_key=True)
    passed_on: Mapped[bool] = mapped_column(primary_key=True)
    need: Mapped[Decimal]
    sought: Mapped[Decimal]
    secured: Mapped[Decimal]
    received: Mapped[Decimal]
    entries: Mapped[int]


def cell_changes(movements: Iterable[Movement]) -> list[dict[str, Any]]:
    """Give what movements add to each cell, in the order in which every transaction takes the cells."""
    changes: dict[CellKey, dict[str, Any]] = {}
    for movement in movements:
        for place, amount, _ in movement.postings:
            change = changes.get(place.cell)
            if change is None:
                change = changes[place.cell] = {**place.cell._asdict(), **dict.fromkeys(Measure, ZERO), "entries": 0}
            change[place.measure] += amount
            change["entries"] += 1
    return [changes[key] for key in sorted(changes, key=lambda key: tuple(map(str, key)))]


def figures(amounts: Mapping[Measure, Decimal]) -> Figures:
    """Give the figures of some amounts, with the gap that is left: need - secured."""
    need, sought, secured, received = (amounts.get(measure, ZERO) for measure in Measure)
    return Figures(need=need, sought=sought, secured=secured, received=received, gap=need - secured)


def coverage(need: Decimal, secured: Decimal) -> Decimal | None:
    """Give the part of the need that is secured, 1 when all of it is, to four places; None where nothing is needed."""
    return (secured / need).quantize(Decimal("0.0001")) if need else None


@dataclass(kw_only=True)
class Standing:
    """Where actions and axes stand, in counted euros, while movements are booked one after the other.

    `amounts` and `gaps` are those before the first movement; the actions and axes are locked by who asks.
    """

    actions: Mapping[UUID, Action]
    bases: Mapping[str, VatBasis]
    amounts: dict[UUID, Amounts]
    gaps: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def record(self, movement: Movement) -> list[ProjectionChanged]:
        """Count a movement; give what it changed, one event for each action whose figures or axis's gap moved."""
        return self.count(movement.postings, because=movement.origin.because)

    def count(self, postings: Iterable[Posting], *, because: str) -> list[ProjectionChanged]:
        """Count postings; give what they changed, and because of what."""
        by_action: dict[UUID, list[Posting]] = {}
        for posting in postings:
            if posting.place.counts_in(self.bases[posting.place.cell.programme_code]):
                by_action.setdefault(posting.place.cell.action_id, []).append(posting)
        changed = (self._count(action_id, own, because) for action_id, own in by_action.items())
        return [event for event in changed if event]

    def _count(self, action_id: UUID, postings: list[Posting], because: str) -> ProjectionChanged | None:
        action, amounts = self.actions[action_id], self.amounts.setdefault(action_id, {})
        before, gap_before = figures(amounts), self.gaps[action.axis]
        for place, amount, _ in postings:
            amounts[place.measure] = amounts.get(place.measure, ZERO) + amount
            self.gaps[place.cell.programme_code, place.cell.axis_code] += _reopens(place.measure, amount)
        after, gap_after = figures(amounts), self.gaps[action.axis]
        if (before, gap_before) == (after, gap_after):
            return None
        action.projection_sequence += 1
        return ProjectionChanged(
            action_id=action_id,
            action_code=action.code,
            axis_code=action.axis_code,
            programme_code=action.programme_code,
            before=before,
            after=after,
            axis_gap_before=gap_before,
            axis_gap_after=gap_after,
            because=because,
            sequence=action.projection_sequence,
        )


def _reopens(measure: Measure, amount: Decimal) -> Decimal:
    """Give by how much an amount widens the gap."""
    return {Measure.NEED: amount, Measure.SECURED: -amount}.get(measure, ZERO)
