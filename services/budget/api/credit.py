"""Credit: moved under a mandate, available, committed to actions."""

from typing import Any

from chassis.clock import now, today
from chassis.database import transaction
from chassis.http import Blueprint, caller, idempotent, own_organisation
from chassis.pagination import page_schema, paginate
from services.budget import queries, use_cases
from services.budget.domain.credit import CreditCommitment, Reallocation
from services.budget.schemas.acting import (
    CreditCommitmentQuery,
    CreditCommitmentSchema,
    CreditsSchema,
    MoveSchema,
    ProgrammePageQuery,
    ReallocationSchema,
)

reallocations = Blueprint("reallocations", __name__, url_prefix="/v1/reallocations", description="Credit that moved")
credits_ = Blueprint("credits", __name__, url_prefix="/v1/credits", description="Credit that is available")
credit_commitments = Blueprint(
    "credit_commitments", __name__, url_prefix="/v1/credit-commitments", description="Credit given to actions"
)


@reallocations.route("")
@reallocations.arguments(ProgrammePageQuery, location="query")
@reallocations.response(200, page_schema(ReallocationSchema))
def list_reallocations(wanted: dict[str, Any]) -> dict[str, Any]:
    """List movements of credit, oldest first; a partner sees its own."""
    with transaction() as session:
        statement = queries.reallocations(wanted["programme"], seen_by=own_organisation())
        return paginate(session, statement, Reallocation.recorded_at, Reallocation.id, page=wanted)


@reallocations.route("", methods=["POST"])
@idempotent
@reallocations.arguments(MoveSchema)
@reallocations.response(201, ReallocationSchema)
def reallocate_credit(wanted: dict[str, Any]) -> Reallocation:
    """Move credit from a budget line to another under a mandate: available from now on, and not yet secured."""
    with transaction() as session:
        wanted["programme_code"] = queries.programme_of(session, wanted["programme_code"]).code
        return use_cases.reallocate_credit(session, **wanted, author=caller().subject, at=now(), today=today())


@credits_.route("")
@credits_.arguments(ProgrammePageQuery, location="query")
@credits_.response(200, CreditsSchema)
def list_credits(wanted: dict[str, Any]) -> dict[str, Any]:
    """List credit with what is committed and available of it; a partner sees its own."""
    with transaction() as session:
        mine = own_organisation()
        statement = queries.reallocations(wanted["programme"], seen_by=mine)
        page = paginate(session, statement, Reallocation.recorded_at, Reallocation.id, page=wanted)
        return {**page, "total": queries.credit_total(session, wanted["programme"], seen_by=mine)}


@credit_commitments.route("")
@credit_commitments.arguments(CreditCommitmentQuery, location="query")
@credit_commitments.response(200, page_schema(CreditCommitmentSchema))
def list_credit_commitments(wanted: dict[str, Any]) -> dict[str, Any]:
    """List credit given to actions, oldest first; a partner sees its own."""
    with transaction() as session:
        statement = queries.credit_commitments(reallocation_id=wanted["reallocation_id"], seen_by=own_organisation())
        return paginate(session, statement, CreditCommitment.recorded_at, CreditCommitment.id, page=wanted)


@credit_commitments.route("", methods=["POST"])
@idempotent
@credit_commitments.arguments(CreditCommitmentSchema)
@credit_commitments.response(201, CreditCommitmentSchema)
def commit_credit(wanted: dict[str, Any]) -> CreditCommitment:
    """Commit available credit to an action: secured from now on."""
    with transaction() as session:
        return use_cases.commit_credit(session, **wanted, author=caller().subject, at=now(), today=today())
