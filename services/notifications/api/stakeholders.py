"""People who are told by e-mail."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.database import transaction
from chassis.http import Blueprint, entity_tag, idempotent, own_organisation, require_match
from chassis.pagination import page_schema, paginate
from services.notifications import queries, schemas
from services.notifications.api.reaching import organisation_written_for
from services.notifications.domain.stakeholder import Stakeholder
from services.notifications.use_cases import recipients

stakeholders = Blueprint(
    "stakeholders", __name__, url_prefix="/v1/stakeholders", description="People who are told by e-mail"
)


@stakeholders.route("")
@stakeholders.arguments(schemas.RecipientQuery, location="query")
@stakeholders.response(200, page_schema(schemas.StakeholderOut))
def list_stakeholders(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """List them by name; a partner sees its own."""
    with transaction() as session:
        statement = queries.owned(Stakeholder, seen_by=own_organisation(), organisation_id=wanted["organisation_id"])
        return paginate(session, statement, Stakeholder.name, Stakeholder.id, page=wanted)


@stakeholders.route("", methods=["POST"])
@idempotent
@stakeholders.arguments(schemas.Stakeholder)
@stakeholders.response(201, schemas.StakeholderOut)
def add_stakeholder(facts: dict[str, Any]) -> Stakeholder:
    """Let a person be told of conventions, for an organisation or for the programme office."""
    facts["organisation_id"] = organisation_written_for(facts["organisation_id"])
    with transaction() as session:
        person = recipients.add_stakeholder(session, **facts)
    entity_tag(person.sequence)
    return person


@stakeholders.route("/<uuid:stakeholder_id>")
@stakeholders.response(200, schemas.StakeholderOut)
def show_stakeholder(stakeholder_id: UUID) -> Stakeholder:
    """Show one."""
    with transaction() as session:
        person = queries.one(session, Stakeholder, stakeholder_id, seen_by=own_organisation())
    entity_tag(person.sequence)
    return person


@stakeholders.route("/<uuid:stakeholder_id>", methods=["PUT"])
@stakeholders.arguments(schemas.StakeholderChange)
@stakeholders.response(200, schemas.StakeholderOut)
def change_stakeholder(facts: dict[str, Any], stakeholder_id: UUID) -> Stakeholder:
    """Replace what is known of a person (If-Match); a corrected address is written to again."""
    with transaction() as session:
        person = queries.one(session, Stakeholder, stakeholder_id, seen_by=own_organisation(), lock=True)
        recipients.change_stakeholder(session, person, before_change=require_match, **facts)
    entity_tag(person.sequence)
    return person


@stakeholders.route("/<uuid:stakeholder_id>", methods=["DELETE"])
@stakeholders.response(204)
def remove_stakeholder(stakeholder_id: UUID) -> None:
    """Forget a person."""
    with transaction() as session:
        person = queries.one(session, Stakeholder, stakeholder_id, seen_by=own_organisation(), lock=True)
        recipients.remove_stakeholder(session, person)
