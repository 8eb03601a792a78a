"""An action's sheet becomes entries: what it needs, and where its money lies when it moves to another axis."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import NotYetKnown
from chassis.money import VatBasis
from contracts.actions import ActionState
from services.budget.domain.ledger import CauseKind, Measure, Movement, Posting
from services.budget.domain.programme import Action, Axis, Programme
from services.budget.domain.settlement import differences, moved, needed
from services.budget.use_cases import holdings, origins
from services.budget.use_cases.booking import book, lock_actions
from services.budget.use_cases.rows import insert_rows

_REPLACE = (
    "ON CONFLICT (id) DO UPDATE SET programme_code = excluded.programme_code, axis_code = excluded.axis_code,"
    " code = excluded.code, title = excluded.title"
)


def record_needs(session: Session, sheets: Sequence[ActionState]) -> None:
    """Bring the ledger to what these actions, each in its newest state, need now.

    Raises NotYetKnown when a sheet names a programme or an axis that has not been announced here yet.
    """
    bases = _bases(session, sheets)
    states = {state.action_id: state for state in sorted(sheets, key=lambda state: state.action_id)}
    insert_rows(session, Action, [_row(state) for state in states.values()], _REPLACE)
    actions = lock_actions(session, states)
    held = holdings.of_actions(session, list(states))
    movements = [
        Movement(
            origin=origins.from_event(CauseKind.ACTION, state, because=f"action {state.code}"),
            postings=differences(held[each], _desired(state, actions[each], held[each], bases[state.programme_code])),
        )
        for each, state in states.items()
    ]
    book(session, movements, actions)


def _desired(state: ActionState, action: Action, held: Sequence[Posting], basis: VatBasis) -> list[Posting]:
    promises = [posting for posting in held if posting.place.measure != Measure.NEED]
    return needed(action, state.needs, basis) + moved(action, promises)


def _bases(session: Session, sheets: Sequence[ActionState]) -> dict[str, VatBasis]:
    """Give the programmes' VAT bases; their frames cannot change before this transaction ends."""
    codes = {state.programme_code for state in sheets}
    statement = select(Programme).where(Programme.code.in_(codes)).order_by(Programme.code)
    bases = {each.code: each.vat_basis for each in session.scalars(statement.with_for_update(read=True))}
    known = select(Axis.programme_code, Axis.code).where(Axis.programme_code.in_(codes))
    axes = {(programme_code, code) for programme_code, code in session.execute(known)}
    for state in sheets:
        if (state.programme_code, state.axis_code) not in axes:
            raise NotYetKnown(
                f"Budget has not heard of axis {state.axis_code} of {state.programme_code} yet: try again in a moment."
            )
    return bases


def _row(state: ActionState) -> dict[str, object]:
    return {
        "id": state.action_id,
        "programme_code": state.programme_code,
        "axis_code": state.axis_code,
        "code": state.code,
        "title": state.title,
        "projection_sequence": 0,
    }
