"""Rebuilding: what the projection shows of some actions becomes what their entries add up to."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from chassis.outbox import announce
from services.budget.domain.ledger import CellKey
from services.budget.domain.programme import Action
from services.budget.domain.projection import Cell
from services.budget.domain.reconciliation import Difference, Sums, compared, sides
from services.budget.use_cases.booking import lock_actions, standing_of
from services.budget.use_cases.rows import insert_rows

BECAUSE = "rebuilt from the ledger"
_REPLACE = f"ON CONFLICT ({', '.join(CellKey._fields)}) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in Sums._fields
)


def rebuild_cells(session: Session, action_ids: Collection[UUID]) -> list[Difference]:
    """Switch the cells of these actions to what the ledger makes of them, and announce the figures that moved.

    Whoever books locks the actions first, so that under their locks entries and cells stand still: looked at again
    here, they miss nothing that was booked meanwhile, and a second rebuild finds nothing to do.
    Gives what differed.
    """
    known = session.scalars(select(Action.id).where(Action.id.in_(action_ids))).all()
    actions = lock_actions(session, known)
    differences = compared(*(session.execute(side) for side in sides(action_ids)))
    if differences:
        _announce(session, differences, actions)
        _switch(session, differences)
    return differences


def _announce(session: Session, differences: Sequence[Difference], actions: dict[UUID, Action]) -> None:
    """Tell who follows the figures; a cell of an action or a programme that nobody knows was in nobody's figures."""
    standing = standing_of(session, [each.cell for each in differences], actions)
    told = [
        each for each in differences if each.cell.action_id in actions and each.cell.programme_code in standing.bases
    ]
    announce(session, *standing.count([posting for each in told for posting in each.postings()], because=BECAUSE))


def _switch(session: Session, differences: Sequence[Difference]) -> None:
    gone = [each.cell for each in differences if each.ledger is None]
    if gone:
        session.execute(delete(Cell).where(or_(*map(_is, gone))))
    rows = [{**each.cell._asdict(), **each.ledger._asdict()} for each in differences if each.ledger]
    insert_rows(session, Cell, rows, _REPLACE)


def _is(cell: CellKey) -> ColumnElement[bool]:
    return and_(*(getattr(Cell, name).is_not_distinct_from(value) for name, value in cell._asdict().items()))
