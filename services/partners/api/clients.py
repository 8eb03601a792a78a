"""API clients: programs that act for an organisation or the programme office."""

from typing import Any
from uuid import UUID

from chassis.database import transaction
from chassis.http import Blueprint, idempotent
from chassis.pagination import PageQuery
from services.partners import queries
from services.partners.schemas.identity import ClientIn, ClientPage, NewClientOut
from services.partners.use_cases import clients as use_cases

blueprint = Blueprint("clients", __name__, url_prefix="/v1/clients", description="Programs that may ask for tokens.")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ClientPage)
def list_clients(query: dict[str, Any]) -> dict[str, Any]:
    """List clients, revoked ones included."""
    with transaction() as session:
        return queries.clients(session, page=query)


@blueprint.route("", methods=["POST"])
@idempotent
@blueprint.arguments(ClientIn)
@blueprint.response(201, NewClientOut)
def register_client(client: dict[str, Any]) -> use_cases.NewClient:
    """Register a client; its secret is shown only now."""
    with transaction() as session:
        return use_cases.register_client(session, **client)


@blueprint.route("/<uuid:client_id>", methods=["DELETE"])
@blueprint.response(204)
def revoke_client(client_id: UUID) -> None:
    """Revoke a client: it gets no token any more."""
    with transaction() as session:
        use_cases.revoke_client(session, client_id=client_id)
