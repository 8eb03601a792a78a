"""Envelopes: an axis's estimate, replaced by version."""

from collections.abc import Sequence
from typing import Any

from chassis.clock import now
from chassis.database import transaction
from chassis.http import Blueprint, caller, entity_tag, require_match
from services.budget import queries, use_cases
from services.budget.domain.envelope import Envelope, Estimate
from services.budget.schemas.acting import EnvelopeSchema, EnvelopesSchema, EstimateSchema, ProgrammeQuery

envelopes = Blueprint("envelopes", __name__, url_prefix="/v1/envelopes", description="What an axis is estimated to get")


@envelopes.route("")
@envelopes.arguments(ProgrammeQuery, location="query")
@envelopes.response(200, EnvelopesSchema)
def list_envelopes(wanted: dict[str, Any]) -> dict[str, Sequence[Envelope]]:
    """List the envelopes in force, one per axis."""
    with transaction() as session:
        return {"items": queries.current_envelopes(session, wanted["programme"])}


@envelopes.route("/<axis_code>")
@envelopes.arguments(ProgrammeQuery, location="query")
@envelopes.response(200, EnvelopesSchema)
def show_envelope(wanted: dict[str, Any], axis_code: str) -> dict[str, Sequence[Envelope]]:
    """Show all versions of an axis's envelope, the one in force first; the ETag is its version."""
    with transaction() as session:
        programme = queries.programme_of(session, wanted["programme"])
        versions = queries.envelope_versions(session, (programme.code, axis_code))
    entity_tag(versions[0].version)
    return {"items": versions}


@envelopes.route("/<axis_code>", methods=["PUT"])
@envelopes.arguments(ProgrammeQuery, location="query")
@envelopes.arguments(EstimateSchema)
@envelopes.response(200, EnvelopeSchema)
def revise_envelope(wanted: dict[str, Any], estimate: Estimate, axis_code: str) -> Envelope:
    """Replace an axis's envelope (If-Match, once there is one); repeating what already holds changes nothing."""
    with transaction() as session:
        axis = queries.programme_of(session, wanted["programme"]).code, axis_code
        envelope = use_cases.revise_envelope(
            session, axis, estimate, before_change=require_match, author=caller().subject, at=now()
        )
    entity_tag(envelope.version)
    return envelope
