"""Mandates: the deliberations that authorise acts."""

from typing import Any
from uuid import UUID

from chassis.database import transaction
from chassis.http import Blueprint, entity_tag, idempotent, own_organisation, require_match
from services.partners import queries
from services.partners.domain.mandate import Mandate
from services.partners.schemas.mandates import (
    DeliberationIn,
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
def record_mandate(mandate: dict[str, Any]) -> Mandate:
    """Record a deliberation and what it authorises."""
    with transaction() as session:
        recorded = use_cases.record_mandate(
            session, organisation_id=mandate["organisation_id"], deliberation=deliberation(mandate)
        )
        return _tagged(recorded)


@blueprint.route("/<uuid:mandate_id>", methods=["GET"])
@blueprint.response(200, MandateOut)
def show_mandate(mandate_id: UUID) -> Mandate:
    """Show a mandate."""
    with transaction() as session:
        return _tagged(queries.mandate(session, mandate_id, seen_by=own_organisation()))


@blueprint.route("/<uuid:mandate_id>", methods=["PUT"])
@blueprint.arguments(DeliberationIn)
@blueprint.response(200, MandateOut)
def complete_mandate(mandate: dict[str, Any], mandate_id: UUID) -> Mandate:
    """Put in what became known since, such as the day it became enforceable; If-Match names the version read."""
    with transaction() as session:
        found = queries.mandate(session, mandate_id, lock=True)
        require_match(found.sequence)
        return _tagged(use_cases.complete_mandate(session, found, deliberation=deliberation(mandate)))


def _tagged(mandate: Mandate) -> Mandate:
    entity_tag(mandate.sequence)
    return mandate
