"""Tranches with what became of them, and the payments they received."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Label, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from contracts.partners import ContributionKind
from services.budget.domain.convention import Convention, Tranche
from services.budget.domain.ledger import ZERO, LedgerEntry, Measure
from services.budget.domain.payment import Payment
from services.budget.domain.settlement import PAYABLE
from services.budget.queries.scope import equal, is_organisation, is_party


def tranches(*, seen_by: UUID | None, **equal: object) -> Any:
    """Select tranches with what is sought, secured, received and payable of each, in euros; `equal` narrows.

    An organisation sees those it promised, and those of conventions it is party to.
    """
    secured, received = _held(Measure.SECURED), _held(Measure.RECEIVED)
    can_be_paid = and_(Convention.status.in_(PAYABLE), Tranche.kind == ContributionKind.CASH)
    payable = case((can_be_paid, secured.element - received.element), else_=ZERO).label("payable")
    statement = (
        select(
            Tranche,
            Convention.reference.label("convention_reference"),
            Convention.status.label("convention_status"),
            _held(Measure.SOUGHT),
            secured,
            received,
            payable,
        )
        .join(Convention, Convention.id == Tranche.convention_id)
        .where(*_equal(Tranche, equal))
    )
    return statement if seen_by is None else statement.where(_own(seen_by, Tranche.funder_id))


def payments(*, seen_by: UUID | None, **equal: object) -> Any:
    """Select payments, each with the id of the entry that reversed it, if any; `equal` narrows."""
    reversed_by = (
        select(LedgerEntry.id).where(LedgerEntry.reverses == Payment.entry_id).scalar_subquery().label("reversed_by")
    )
    statement = (
        select(Payment, reversed_by)
        .join(Convention, Convention.id == Payment.convention_id)
        .where(*_equal(Payment, equal))
    )
    return statement if seen_by is None else statement.where(_own(seen_by, Payment.funder_id))


def _held(measure: Measure) -> Label[Any]:
    held = select(func.coalesce(func.sum(LedgerEntry.amount), ZERO)).where(
        LedgerEntry.convention_id == Tranche.convention_id,
        LedgerEntry.tranche_id == Tranche.id,
        LedgerEntry.measure == measure,
    )
    return held.correlate(Tranche).scalar_subquery().label(measure.value)


def _own(organisation_id: UUID, funder_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    return or_(is_organisation(funder_id, organisation_id), is_party(organisation_id))


def _equal(kind: Any, wanted: dict[str, object]) -> list[ColumnElement[bool]]:
    return [equal(getattr(kind, name), name, value) for name, value in wanted.items() if value is not None]
