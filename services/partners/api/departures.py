"""A departure foreseen: what it would touch; this call writes nothing."""

from typing import Any
from uuid import UUID

from chassis.database import transaction
from chassis.http import Blueprint, own_organisation
from services.partners import queries
from services.partners.domain.departure import Departure
from services.partners.schemas.departures import DepartureOut, DepartureQuery

blueprint = Blueprint(
    "departures", __name__, url_prefix="/v1/departures", description="What a departure would touch; nothing is written."
)


@blueprint.route("/<uuid:organisation_id>", methods=["GET"])
@blueprint.arguments(DepartureQuery, location="query")
@blueprint.response(200, DepartureOut)
def show_departure(query: dict[str, Any], organisation_id: UUID) -> Departure:
    """Foresee which conventions, seats, actions and tranches are touched if an organisation leaves on a day."""
    with transaction() as session:
        return queries.departure(session, organisation_id, on=query["on"], seen_by=own_organisation())
