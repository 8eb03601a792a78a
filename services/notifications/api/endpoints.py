"""Systems that are told by webhook."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.database import transaction
from chassis.http import Blueprint, entity_tag, idempotent, own_organisation, require_match
from chassis.pagination import page_schema, paginate
from services.notifications import queries, schemas
from services.notifications.api.reaching import organisation_written_for
from services.notifications.domain.delivery import Delivery
from services.notifications.domain.endpoint import Endpoint
from services.notifications.use_cases import recipients

endpoints = Blueprint("endpoints", __name__, url_prefix="/v1/endpoints", description="Systems told by webhook")


@endpoints.route("")
@endpoints.arguments(schemas.RecipientQuery, location="query")
@endpoints.response(200, page_schema(schemas.EndpointOut))
def list_endpoints(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """List them, the oldest first; a partner sees its own."""
    with transaction() as session:
        statement = queries.owned(Endpoint, seen_by=own_organisation(), organisation_id=wanted["organisation_id"])
        return paginate(session, statement, Endpoint.id, page=wanted)


@endpoints.route("", methods=["POST"])
@idempotent
@endpoints.arguments(schemas.Endpoint)
@endpoints.response(201, schemas.NewEndpoint)
def add_endpoint(facts: dict[str, Any]) -> dict[str, Any]:
    """Let a system be told; the answer alone holds the secret that signs its webhooks (Standard Webhooks)."""
    facts["organisation_id"] = organisation_written_for(facts["organisation_id"])
    with transaction() as session:
        endpoint, secret = recipients.add_endpoint(session, **facts)
        shown: dict[str, Any] = schemas.EndpointOut().dump(endpoint)
    entity_tag(endpoint.sequence)
    return {**shown, "secret": secret}


@endpoints.route("/<uuid:endpoint_id>")
@endpoints.response(200, schemas.EndpointOut)
def show_endpoint(endpoint_id: UUID) -> Endpoint:
    """Show one, without its secret."""
    with transaction() as session:
        endpoint = queries.one(session, Endpoint, endpoint_id, seen_by=own_organisation())
    entity_tag(endpoint.sequence)
    return endpoint


@endpoints.route("/<uuid:endpoint_id>", methods=["PUT"])
@endpoints.arguments(schemas.EndpointChange)
@endpoints.response(200, schemas.EndpointOut)
def change_endpoint(facts: dict[str, Any], endpoint_id: UUID) -> Endpoint:
    """Replace what is known of an endpoint (If-Match); its secret stays."""
    with transaction() as session:
        endpoint = queries.one(session, Endpoint, endpoint_id, seen_by=own_organisation(), lock=True)
        recipients.change_endpoint(session, endpoint, before_change=require_match, **facts)
    entity_tag(endpoint.sequence)
    return endpoint


@endpoints.route("/<uuid:endpoint_id>", methods=["DELETE"])
@endpoints.response(204)
def remove_endpoint(endpoint_id: UUID) -> None:
    """Call it no more."""
    with transaction() as session:
        endpoint = queries.one(session, Endpoint, endpoint_id, seen_by=own_organisation(), lock=True)
        recipients.remove_endpoint(session, endpoint)


@endpoints.route("/<uuid:endpoint_id>/test", methods=["POST"])
@idempotent
@endpoints.response(202, schemas.Delivery)
def test_endpoint(endpoint_id: UUID) -> Delivery:
    """Send it an event `notifications.endpoint.tested.v1`; the delivery tells how that went."""
    with transaction() as session:
        endpoint = queries.one(session, Endpoint, endpoint_id, seen_by=own_organisation())
        return recipients.test_endpoint(session, endpoint)
