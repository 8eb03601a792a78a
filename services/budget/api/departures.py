"""A departure foreseen: what would be lost; this call writes nothing."""

from typing import Any
from uuid import UUID

from chassis.database import transaction
from chassis.http import Blueprint, own_organisation
from services.budget import queries
from services.budget.domain.departure import Departure
from services.budget.schemas.departures import DepartureQuery, DepartureSchema

departures = Blueprint(
    "departures", __name__, url_prefix="/v1/departures", description="What a departure would cost; nothing is written"
)


@departures.route("/<uuid:organisation_id>")
@departures.arguments(DepartureQuery, location="query")
@departures.response(200, DepartureSchema)
def show_departure(wanted: dict[str, Any], organisation_id: UUID) -> Departure:
    """Foresee what is lost, by axis and year, if an organisation leaves on a day; a partner asks about itself alone."""
    with transaction() as session:
        return queries.departure(
            session,
            organisation_id,
            on=wanted["on"],
            programme_code=wanted["programme"],
            seen_by=own_organisation(),
        )
