"""Deadlines: what falls due when."""

from typing import Any

from chassis import clock
from chassis.database import transaction
from chassis.http import Blueprint, own_organisation
from services.partners import queries
from services.partners.schemas.deadlines import DeadlinePage, DeadlineQuery

blueprint = Blueprint("deadlines", __name__, url_prefix="/v1/deadlines", description="What falls due when.")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(DeadlineQuery, location="query")
@blueprint.response(200, DeadlinePage)
def list_deadlines(query: dict[str, Any]) -> dict[str, Any]:
    """List deadlines, the nearest first: tranches due, ends of conventions, proposals and adherences.

    A partner sees those of conventions it is party to and of its own adherence.
    """
    with transaction() as session:
        return queries.deadlines(
            session,
            kind=query["kind"],
            since=query["since"] or clock.today(),
            until=query["until"],
            organisation_id=query["organisation_id"],
            convention_id=query["convention_id"],
            seen_by=own_organisation(),
            page=query,
        )
