"""Mandates: the deliberations that authorise acts, and what drew on them."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from chassis.database import reading, transaction
from chassis.http import Blueprint, caller, entity_tag, idempotent, own_organisation, require_match
from chassis.pagination import PageQuery, written
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
def list_mandates(query: dict[str, Any]) -> Response:
    """List mandates, the latest recorded first; a partner sees those of its own organisation."""
    with reading() as connection:
        return written(
            queries.mandates(
                connection, organisation_id=query["organisation_id"], seen_by=own_organisation(), page=query
            )
        )


@blueprint.route("", methods=["POST"])
@idempotent
@blueprint.arguments(MandateIn)
@blueprint.response(201, MandateOut)
def record_mandate(mandate: dict[str, Any]) -> Response:
    """Record a deliberation and what it authorises; `corrects` names one whose text it corrects."""
    with transaction() as session:
        recorded = use_cases.record_mandate(
            session,
            organisation_id=mandate["organisation_id"],
            deliberation=deliberation(mandate),
            corrects=mandate["corrects"],
        )
        return _shown(session, recorded, HTTPStatus.CREATED)


@blueprint.route("/<uuid:mandate_id>", methods=["GET"])
@blueprint.response(200, MandateOut)
def show_mandate(mandate_id: UUID) -> Response:
    """Show a mandate, and what remains of what it authorises."""
    return _told(mandate_id, own_organisation())


@blueprint.route("/<uuid:mandate_id>", methods=["PUT"])
@blueprint.arguments(DeliberationIn)
@blueprint.response(200, MandateOut)
def complete_mandate(mandate: dict[str, Any], mandate_id: UUID) -> Response:
    """Correct a mandate; once something rests on it, only fill in what was open. If-Match names the version read."""
    said = deliberation(mandate)
    with transaction() as session:
        held = use_cases.hold_counterparties(session, said)
        found = queries.mandate(session, mandate_id, lock=True)
        require_match(found.sequence)
        return _shown(session, use_cases.complete_mandate(session, found, deliberation=said, counterparties=held))


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
def delegate_signature(delegation: dict[str, Any], mandate_id: UUID) -> Response:
    """Record who may sign under a mandate in the executive's place, by name and by which document."""
    with transaction() as session:
        found = queries.mandate(session, mandate_id, lock=True)
        use_cases.delegate(session, found, by=caller().subject, **delegation)
        return _shown(session, found, HTTPStatus.CREATED)


@blueprint.route("/<uuid:mandate_id>/delegations/<uuid:delegation_id>/end", methods=["POST"])
@blueprint.arguments(DelegationEndIn)
@blueprint.response(200, MandateOut)
def end_delegation(end: dict[str, Any], mandate_id: UUID, delegation_id: UUID) -> Response:
    """End a delegation; what was signed under it stays signed."""
    with transaction() as session:
        found = queries.mandate(session, mandate_id, lock=True)
        found.end_delegation(delegation_id, on=end["ends_on"])
        return _shown(session, found)


def _shown(session: Session, mandate: Mandate, status: HTTPStatus = HTTPStatus.OK) -> Response:
    session.flush()
    return _told(mandate.id, None, status)


def _told(mandate_id: UUID, seen_by: UUID | None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    with reading() as connection:
        told, sequence = queries.mandate_told(connection, mandate_id, seen_by=seen_by)
    entity_tag(sequence)
    return Response(told, status, mimetype="application/json")
