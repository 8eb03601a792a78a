"""Booking: entries, cells and the news of them, in one transaction, with as many statements for many as for one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from chassis.database import among
from chassis.errors import NotFound, NotYetKnown
from chassis.money import VatBasis
from chassis.outbox import announce
from contracts.partners import ContributionKind
from services.budget.domain.ledger import CellKey, LedgerEntry, Measure, Movement
from services.budget.domain.programme import Action, Axis, Programme
from services.budget.domain.projection import Amounts, Cell, Standing, cell_changes
from services.budget.use_cases.rows import insert_rows

_ADD_UP = f"ON CONFLICT ({', '.join(CellKey._fields)}) DO UPDATE SET " + ", ".join(
    f"{name} = cells.{name} + excluded.{name}" for name in [*Measure, "entries"]
)


def lock_actions(session: Session, action_ids: Iterable[UUID]) -> dict[UUID, Action]:
    """Give these actions to one writer at a time.

    Raises NotYetKnown when one of them has not been announced here yet.
    """
    wanted = set(action_ids)
    statement = select(Action).where(among(Action.id, wanted)).order_by(Action.id).with_for_update()
    found = {action.id: action for action in session.scalars(statement.execution_options(populate_existing=True))}
    if wanted - found.keys():
        missing = ", ".join(sorted(map(str, wanted - found.keys())))
        raise NotYetKnown(f"Budget has not heard of action {missing} yet: try again in a moment.")
    return found


def basis_of(session: Session, programme_code: str) -> VatBasis:
    """Give the VAT basis of a programme's totals; its frame cannot change before this transaction ends.

    Raises NotFound.
    """
    statement = select(Programme.vat_basis).where(Programme.code == programme_code)
    basis = session.scalar(statement.with_for_update(read=True))
    if basis is None:
        raise NotFound(f"No programme has the code {programme_code}.")
    return basis


def book(session: Session, movements: Sequence[Movement], actions: Mapping[UUID, Action]) -> None:
    """Write movements into the ledger and the projection, and announce what they changed; `actions` are locked."""
    movements = [movement for movement in movements if movement.postings]
    if not movements:
        return
    cells = [posting.place.cell for movement in movements for posting in movement.postings]
    standing = standing_of(session, cells, actions)
    insert_rows(session, LedgerEntry, [row for movement in movements for row in movement.rows()])
    insert_rows(session, Cell, cell_changes(movements), _ADD_UP)
    for movement in movements:
        announce(session, *standing.record(movement), because=movement.origin.received)


def standing_of(session: Session, cells: Sequence[CellKey], actions: Mapping[UUID, Action]) -> Standing:
    """Give where the actions and axes of these cells stand; locks the axes, `actions` are locked."""
    axes = {(cell.programme_code, cell.axis_code) for cell in cells} | {action.axis for action in actions.values()}
    session.execute(
        select(Axis.code)
        .where(tuple_(Axis.programme_code, Axis.code).in_(axes))
        .order_by(Axis.programme_code, Axis.code)
        .with_for_update()
    )
    programmes = {programme_code for programme_code, _ in axes}
    basis = select(Programme.code, Programme.vat_basis).where(Programme.code.in_(programmes))
    return Standing(
        actions=actions,
        bases=dict(session.execute(basis).tuples().all()),
        amounts=_amounts(session, {cell.action_id for cell in cells}),
        gaps=_gaps(session, axes),
    )


def _amounts(session: Session, action_ids: set[UUID]) -> dict[UUID, Amounts]:
    sums = [func.sum(getattr(Cell, measure)) for measure in Measure]
    rows = session.execute(
        select(Cell.action_id, *sums).where(*_counted(), among(Cell.action_id, action_ids)).group_by(Cell.action_id)
    )
    return {action_id: dict(zip(Measure, amounts, strict=True)) for action_id, *amounts in rows}


def _gaps(session: Session, axes: set[tuple[str, str]]) -> defaultdict[tuple[str, str], Decimal]:
    key = Cell.programme_code, Cell.axis_code
    rows = session.execute(
        select(*key, func.sum(Cell.need - Cell.secured)).where(*_counted(), tuple_(*key).in_(axes)).group_by(*key)
    )
    return defaultdict(Decimal, {(programme_code, axis_code): gap for programme_code, axis_code, gap in rows})


def _counted() -> list[ColumnElement[bool]]:
    """What enters the totals: cash in the programme's VAT basis, where it was promised first."""
    return [
        Cell.kind == ContributionKind.CASH,
        Cell.passed_on.is_(False),
        select(Programme.code)
        .where(Programme.code == Cell.programme_code, Programme.vat_basis == Cell.vat_basis)
        .exists(),
    ]
