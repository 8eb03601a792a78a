"""Tranches with what became of them, and the payments against them."""

from typing import Any

from chassis.clock import now, today
from chassis.database import transaction
from chassis.http import Blueprint, caller, idempotent, own_organisation
from chassis.pagination import page_schema, paginate
from services.budget import queries, use_cases
from services.budget.domain.convention import Tranche
from services.budget.domain.payment import Payment, Receipt
from services.budget.schemas.acting import PaymentSchema, ReceiptSchema
from services.budget.schemas.reading import ConventionQuery, PaymentQuery, TrancheSchema, scope_and_page

tranches = Blueprint("tranches", __name__, url_prefix="/v1/tranches", description="Promised amounts, year by year")
payments = Blueprint("payments", __name__, url_prefix="/v1/payments", description="What was paid")


@tranches.route("")
@tranches.arguments(ConventionQuery, location="query")
@tranches.response(200, page_schema(TrancheSchema))
def list_tranches(wanted: dict[str, Any]) -> dict[str, Any]:
    """List tranches by due date; a partner sees those it promised and those of its conventions."""
    _, page = scope_and_page(wanted)
    with transaction() as session:
        statement = queries.tranches(seen_by=own_organisation(), **wanted)
        return paginate(session, statement, Tranche.due_on, Tranche.id, page=page)


@payments.route("")
@payments.arguments(PaymentQuery, location="query")
@payments.response(200, page_schema(PaymentSchema))
def list_payments(wanted: dict[str, Any]) -> dict[str, Any]:
    """List payments, the last recorded first; a partner sees its own and those of its conventions."""
    _, page = scope_and_page(wanted)
    with transaction() as session:
        statement = queries.payments(seen_by=own_organisation(), **wanted)
        return paginate(session, statement, Payment.recorded_at.desc(), Payment.id.desc(), page=page)


@payments.route("", methods=["POST"])
@idempotent
@payments.arguments(ReceiptSchema)
@payments.response(201, PaymentSchema)
def record_payment(receipt: Receipt) -> Payment:
    """Record that a tranche, or a part of it, was paid: at most what is secured and not yet received."""
    with transaction() as session:
        return use_cases.record_payment(session, receipt, author=caller().subject, at=now(), today=today())
