"""Contacts: an organisation keeps its own; others do not see them."""

from typing import Any
from uuid import UUID

from chassis.database import transaction
from chassis.errors import NotFound
from chassis.http import Blueprint, entity_tag, idempotent, own_organisation, require_match
from chassis.pagination import PageQuery
from services.partners import queries
from services.partners.domain.contact import Contact
from services.partners.domain.organisation import Organisation
from services.partners.schemas.contacts import ContactIn, ContactOut, ContactPage
from services.partners.use_cases import contacts as use_cases

blueprint = Blueprint(
    "contacts", __name__, url_prefix="/v1/organisations", description="Through whom organisations speak and sign."
)


@blueprint.route("/<uuid:organisation_id>/contacts", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ContactPage)
def list_contacts(query: dict[str, Any], organisation_id: UUID) -> dict[str, Any]:
    """List an organisation's contacts."""
    _ensure_own(organisation_id)
    with transaction() as session:
        session.get_one(Organisation, organisation_id)
        return queries.contacts(session, organisation_id=organisation_id, page=query)


@blueprint.route("/<uuid:organisation_id>/contacts", methods=["POST"])
@idempotent
@blueprint.arguments(ContactIn)
@blueprint.response(201, ContactOut)
def add_contact(contact: dict[str, Any], organisation_id: UUID) -> Contact:
    """Add a contact: who it is, in what capacity, and what they may sign until when."""
    _ensure_own(organisation_id)
    with transaction() as session:
        return _tagged(use_cases.add_contact(session, organisation_id=organisation_id, **contact))


@blueprint.route("/<uuid:organisation_id>/contacts/<uuid:contact_id>", methods=["PUT"])
@blueprint.arguments(ContactIn)
@blueprint.response(200, ContactOut)
def change_contact(contact: dict[str, Any], organisation_id: UUID, contact_id: UUID) -> Contact:
    """Replace what is known of a contact; If-Match names the version read."""
    _ensure_own(organisation_id)
    with transaction() as session:
        kept = use_cases.contact_of(session, organisation_id, contact_id)
        require_match(kept.sequence)
        return _tagged(use_cases.change_contact(session, kept, **contact))


@blueprint.route("/<uuid:organisation_id>/contacts/<uuid:contact_id>", methods=["DELETE"])
@blueprint.response(204)
def remove_contact(organisation_id: UUID, contact_id: UUID) -> None:
    """Forget a contact, and the person where nothing else knows them."""
    _ensure_own(organisation_id)
    with transaction() as session:
        use_cases.remove_contact(session, use_cases.contact_of(session, organisation_id, contact_id))


def _ensure_own(organisation_id: UUID) -> None:
    if own_organisation() not in (None, organisation_id):
        raise NotFound("You see the contacts of your own organisation alone.")


def _tagged(contact: Contact) -> Contact:
    entity_tag(contact.sequence)
    return contact
