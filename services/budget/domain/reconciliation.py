"""Does the projection show what the ledger makes? Cell by cell, as sums of entries beside what is kept."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select

from services.budget.domain.ledger import ZERO, CellKey, Labels, LedgerEntry, Measure, Place, Posting
from services.budget.domain.projection import Cell

_WIDTH = len(CellKey._fields)


class Sums(NamedTuple):
    """What a cell holds, in euros, and of how many entries."""

    need: Decimal
    sought: Decimal
    secured: Decimal
    received: Decimal
    entries: int


NOTHING = Sums(ZERO, ZERO, ZERO, ZERO, 0)


class Difference(NamedTuple):
    """A cell whose entries make something else than the projection shows; None is a side that does not know it."""

    cell: CellKey
    ledger: Sums | None
    projection: Sums | None

    def postings(self) -> list[Posting]:
        """Give, by measure, what the projection lacks."""
        ledger, projection = self.ledger or NOTHING, self.projection or NOTHING
        return [
            Posting(Place(self.cell, measure), lacking, Labels(""))
            for measure in Measure
            if (lacking := getattr(ledger, measure) - getattr(projection, measure))
        ]


def sides(action_ids: Collection[UUID]) -> tuple[Select[Any], Select[Any]]:
    """Select what the entries of these actions make of each cell, and what the projection keeps of it."""
    key = [getattr(LedgerEntry, name) for name in CellKey._fields]
    sums = [
        func.coalesce(func.sum(LedgerEntry.amount).filter(LedgerEntry.measure == measure), ZERO) for measure in Measure
    ]
    ledger = select(*key, *sums, func.count()).where(LedgerEntry.action_id.in_(action_ids)).group_by(*key)
    columns = [getattr(Cell, name) for name in (*CellKey._fields, *Sums._fields)]
    return ledger, select(*columns).where(Cell.action_id.in_(action_ids))


def all_actions() -> Select[Any]:
    """Select every action that has entries or cells, in order."""
    both = select(LedgerEntry.action_id).union(select(Cell.action_id)).subquery()
    return select(both.c.action_id).order_by(both.c.action_id)


def compared(ledger: Iterable[Any], projection: Iterable[Any]) -> list[Difference]:
    """Give the cells in which two sides differ, in the order in which every transaction takes them."""
    made, kept = ({CellKey(*row[:_WIDTH]): Sums(*row[_WIDTH:]) for row in rows} for rows in (ledger, projection))
    cells = sorted(made.keys() | kept.keys(), key=lambda cell: tuple(map(str, cell)))
    return [Difference(cell, made.get(cell), kept.get(cell)) for cell in cells if made.get(cell) != kept.get(cell)]
