"""A convention's state becomes entries: what it promises is sought, then secured, then perhaps taken out again."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from chassis.database import among, array
from contracts.amendments import ConventionAmended
from contracts.partners import ConventionState
from services.budget.domain.convention import Convention, Terms, Tranche
from services.budget.domain.ledger import CauseKind, LedgerEntry, Movement, Origin
from services.budget.domain.settlement import differences, promised
from services.budget.use_cases import holdings, origins
from services.budget.use_cases.booking import book, lock_actions
from services.budget.use_cases.rows import insert_rows


def _replace(*columns: str) -> str:
    return "ON CONFLICT (id) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in columns)


_REPLACE_CONVENTION = _replace(*(column.name for column in Convention.__table__.columns if column.name != "id"))
_REPLACE_TRANCHE = (
    _replace(*(column.name for column in Tranche.__table__.columns if column.name != "id"))
    + " WHERE tranches.* IS DISTINCT FROM excluded.*"
)
"""A signature changes no tranche: what stays as it is need not be written again."""

_FORGET_TRANCHES = text(
    """
    DELETE FROM tranches WHERE convention_id = ANY (CAST(:conventions AS uuid[]))
    AND NOT EXISTS (SELECT FROM unnest(CAST(:kept AS uuid[])) AS kept (id) WHERE kept.id = tranches.id)
    """
)


def record_commitments(session: Session, conventions: Sequence[ConventionState]) -> None:
    """Bring the ledger to what these conventions, each in its newest state, promise now.

    Raises NotYetKnown when one of them names an action that has not been announced here yet.
    """
    states = {state.convention_id: state for state in sorted(conventions, key=lambda state: state.convention_id)}
    terms = {convention_id: Terms.of(state) for convention_id, state in states.items()}
    _keep(session, states.values(), terms.values())
    actions = lock_actions(session, actions_of(session, terms.values()))
    held = holdings.of_conventions(session, list(states))
    book(
        session,
        [
            Movement(origin=_origin(state), postings=differences(before, promised(terms[each], actions, before)))
            for each, state in states.items()
            for before in [held[each]]
        ],
        actions,
    )


def actions_of(session: Session, terms: Collection[Terms]) -> set[UUID]:
    """Give the actions that conventions promise to, or did when their entries were made."""
    statement = select(LedgerEntry.action_id).where(
        among(LedgerEntry.convention_id, [each.convention_id for each in terms])
    )
    named = {promise.action_id for each in terms for promise in each.promises}
    return named | set(session.scalars(statement.distinct()))


def terms_of(session: Session, convention: Convention) -> Terms:
    """Give the terms of a convention from our own copy."""
    tranches = session.scalars(select(Tranche).where(Tranche.convention_id == convention.id).order_by(Tranche.id))
    return Terms(
        convention_id=convention.id,
        reference=convention.reference,
        status=convention.status,
        ended_on=convention.ended_on,
        promises=tuple(tranche.promise() for tranche in tranches),
    )


def _keep(session: Session, states: Iterable[ConventionState], terms: Collection[Terms]) -> None:
    insert_rows(session, Convention, [_row(state) for state in states], _REPLACE_CONVENTION)
    rows = [
        {**promise._asdict(), "id": promise.tranche_id, "convention_id": each.convention_id}
        for each in terms
        for promise in each.promises
    ]
    conventions = [each.convention_id for each in terms]
    kept = [row["id"] for row in rows]
    session.execute(_FORGET_TRANCHES, {"conventions": array(conventions), "kept": array(kept)})
    insert_rows(session, Tranche, rows, _REPLACE_TRANCHE)


def _row(state: ConventionState) -> dict[str, Any]:
    return {
        "id": state.convention_id,
        "reference": state.reference,
        "title": state.title,
        "programme_code": state.programme_code,
        "status": state.status,
        "ended_on": state.ended_on,
        "in_force_on": state.amended_on or state.in_force_on,
        "ends_on": state.ends_on,
        "party_ids": sorted({party.organisation_id for party in state.parties if party.left_on is None}),
    }


def _origin(state: ConventionState) -> Origin:
    amendment = state.amendment_reference if isinstance(state, ConventionAmended) else None
    return origins.from_event(
        CauseKind.CONVENTION,
        state,
        because=amendment or state.reference,
        convention_status=state.status,
        amendment_number=state.amendment_number if amendment else None,
        reason=state.reason,
    )
