"""Every e-mail and webhook, with its attempts: the log that partners and operators share."""

from typing import Any
from uuid import UUID

from flask import Response

from chassis.database import transaction
from chassis.http import Blueprint, caller, own_organisation
from chassis.pagination import page_schema, paginate
from services.notifications import queries, schemas
from services.notifications.domain.delivery import Delivery
from services.notifications.use_cases import content, sending

deliveries = Blueprint("deliveries", __name__, url_prefix="/v1/deliveries", description="E-mails and webhooks sent")

_PAGE = {
    "html": ("text/html", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"),
    "text": ("text/plain", "default-src 'none'; sandbox; frame-ancestors 'none'"),
}
"""The media type of a body shown by itself, and what it may do: nothing but look."""


@deliveries.route("")
@deliveries.arguments(schemas.DeliveryQuery, location="query")
@deliveries.response(200, page_schema(schemas.Delivery))
def list_deliveries(wanted: dict[str, Any]) -> dict[str, Any]:
    """List them, the newest first; a partner sees those to its own organisation."""
    page = {name: wanted.pop(name) for name in ("limit", "cursor")}
    with transaction() as session:
        statement = queries.deliveries(seen_by=own_organisation(), **wanted)
        return paginate(session, statement, Delivery.created_at.desc(), Delivery.id.desc(), page=page)


@deliveries.route("/<uuid:delivery_id>")
@deliveries.response(200, schemas.DeliveryWithAttempts)
def show_delivery(delivery_id: UUID) -> Delivery:
    """Show one with all its attempts."""
    with transaction() as session:
        return queries.delivery_with_attempts(session, delivery_id, seen_by=own_organisation())


@deliveries.route("/<uuid:delivery_id>/content")
@deliveries.arguments(schemas.ContentQuery, location="query")
@deliveries.response(200, schemas.Content)
def show_content(wanted: dict[str, str], delivery_id: UUID) -> Any:
    """Show what it says from the facts held now, without the person's own unsubscribe link."""
    with transaction() as session:
        delivery = queries.one(session, Delivery, delivery_id, seen_by=own_organisation())
        shown = content.preview(session, delivery)
    if wanted["format"] == "json":
        return shown
    kind, policy = _PAGE[wanted["format"]]
    return Response(shown[wanted["format"]] or "", content_type=kind, headers={"Content-Security-Policy": policy})


@deliveries.route("/<uuid:delivery_id>/retry", methods=["POST"])
@deliveries.response(202, schemas.Delivery)
def retry_delivery(delivery_id: UUID) -> Delivery:
    """Try one that ended again, at once; 409 while it is pending, or when nothing is left to tell."""
    with transaction() as session:
        return sending.retry(session, delivery_id, by=caller().subject)
