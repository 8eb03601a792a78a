"""Mandates: the deliberations that authorise acts, and what drew on them."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database import transaction
from chassis.http import Blueprint, caller, entity_tag, idempotent, own_organisation, require_match
from chassis.pagination import PageQuery
from services.partners import queries
from services.partners.domain.mandate import Mandate
from services.partners.schemas.mandates import (
    DelegationEndIn,
    DelegationIn,
    DeliberationIn,
    DrawPage,
    MandateIn,
    MandateOut,
    MandatePage,
    MandateQuery,
    deliberation,
)
from services.partners.use_cases import mandates as use_cases

blueprint = Blueprint("mandates", __name__, url_prefix="/v1/mandates", description="On what authority one acts.")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(MandateQuery, location="query")
@blueprint.response(200, MandatePage)
def list_mandates(query: dict[str, Any]) -> dict[str, Any]:
    """List mandates, the latest recorded first; a partner sees those of its own organisation."""
    with transaction() as session:
        return queries.mandates(
            session, organisation_id=query["organisation_id"], seen_by=own_organisation(), page=query
        )


@blueprint.route("", methods=["POST"])
@idempotent
@blueprint.arguments(MandateIn)
@blueprint.response(201, MandateOut)
def record_mandate(mandate: dict[str, Any]) -> dict[str, Any]:
    """Record a deliberation and what it authorises; `corrects` names one whose text it corrects."""
    with transaction() as session:
        recorded = use_cases.record_mandate(
            session,
            organisation_id=mandate["organisation_id"],
            deliberation=deliberation(mandate),
            corrects=mandate["corrects"],
        )
        return _shown(session, recorded)


@blueprint.route("/<uuid:mandate_id>", methods=["GET"])
@blueprint.response(200, MandateOut)
def show_mandate(mandate_id: UUID) -> dict[str, Any]:
    """Show a mandate, and what remains of what it authorises."""
    with transaction() as session:
        return _shown(session, queries.mandate(session, mandate_id, seen_by=own_organisation()))


@blueprint.route("/<uuid:mandate_id>", methods=["PUT"])
@blueprint.arguments(DeliberationIn)
@blueprint.response(200, MandateOut)
def complete_mandate(mandate: dict[str, Any], mandate_id: UUID) -> dict[str, Any]:
    """Correct a mandate; once something rests on it, only fill in what was open. If-Match names the version read."""
    with transaction() as session:
        found = queries.mandate(session, mandate_id, lock=True)
        require_match(found.sequence)
        return _shown(session, use_cases.complete_mandate(session, found, deliberation=deliberation(mandate)))


@blueprint.route("/<uuid:mandate_id>/draws", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, DrawPage)
def list_draws(query: dict[str, Any], mandate_id: UUID) -> dict[str, Any]:
    """List what was signed, moved and committed under a mandate, the latest first."""
    with transaction() as session:
        found = queries.mandate(session, mandate_id, seen_by=own_organisation())
        return queries.draws(session, found, page=query)


@blueprint.route("/<uuid:mandate_id>/delegations", methods=["POST"])
@idempotent
@blueprint.arguments(DelegationIn)
@blueprint.response(201, MandateOut)
def delegate_signature(delegation: dict[str, Any], mandate_id: UUID) -> dict[str, Any]:
    """Record who may sign under a mandate in the executive's place, by name and by which document."""
    with transaction() as session:
        found = queries.mandate(session, mandate_id, lock=True)
        return _shown(session, use_cases.delegate(session, found, by=caller().subject, **delegation))


@blueprint.route("/<uuid:mandate_id>/delegations/<uuid:delegation_id>/end", methods=["POST"])
@blueprint.arguments(DelegationEndIn)
@blueprint.response(200, MandateOut)
def end_delegation(end: dict[str, Any], mandate_id: UUID, delegation_id: UUID) -> dict[str, Any]:
    """End a delegation; what was signed under it stays signed."""
    with transaction() as session:
        found = queries.mandate(session, mandate_id, lock=True)
        found.end_delegation(delegation_id, on=end["ends_on"])
        return _shown(session, found)


def _shown(session: Session, mandate: Mandate) -> dict[str, Any]:
    entity_tag(mandate.sequence)
    session.flush()
    return queries.with_draws(session, [mandate])[0]
