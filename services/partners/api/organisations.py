"""Organisations: the register of who takes part."""

from typing import Any
from uuid import UUID

from flask import request

from chassis.database import transaction
from chassis.http import Blueprint, entity_tag, idempotent, require_match
from chassis.problems import UnsupportedMediaType
from services.partners import queries
from services.partners.domain.organisation import Organisation, Sheet
from services.partners.domain.register_file import read_text
from services.partners.schemas.organisations import (
    ImportQuery,
    ImportReportOut,
    OrganisationIn,
    OrganisationOut,
    OrganisationPage,
    OrganisationQuery,
)
from services.partners.use_cases import organisations as use_cases

blueprint = Blueprint("organisations", __name__, url_prefix="/v1/organisations", description="Who takes part.")

_CSV = "nom;siren;siret;population\nDigne-les-Bains;210400701;;16460\n"


@blueprint.route("", methods=["GET"])
@blueprint.arguments(OrganisationQuery, location="query")
@blueprint.response(200, OrganisationPage)
def list_organisations(query: dict[str, Any]) -> dict[str, Any]:
    """List or search organisations, by name."""
    with transaction() as session:
        return queries.organisations(session, search=query["search"], page=query)


@blueprint.route("", methods=["POST"])
@idempotent
@blueprint.arguments(OrganisationIn)
@blueprint.response(201, OrganisationOut)
def register_organisation(sheet: Sheet) -> Organisation:
    """Register an organisation; invalid identifiers are kept and flagged."""
    with transaction() as session:
        return _tagged(use_cases.register_organisation(session, sheet=sheet))


@blueprint.route("/<uuid:organisation_id>", methods=["GET"])
@blueprint.response(200, OrganisationOut)
def show_organisation(organisation_id: UUID) -> Organisation:
    """Show an organisation."""
    with transaction() as session:
        return _tagged(session.get_one(Organisation, organisation_id))


@blueprint.route("/<uuid:organisation_id>", methods=["PUT"])
@blueprint.arguments(OrganisationIn)
@blueprint.response(200, OrganisationOut)
def change_organisation(sheet: Sheet, organisation_id: UUID) -> Organisation:
    """Replace what is known of an organisation; If-Match names the version read."""
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id, with_for_update=True)
        require_match(organisation.sequence)
        return _tagged(use_cases.change_organisation(session, organisation, sheet=sheet))


@blueprint.route("/imports", methods=["POST"])
@blueprint.arguments(ImportQuery, location="query")
@blueprint.response(200, ImportReportOut)
@blueprint.doc(requestBody={"required": True, "content": {"text/csv": {"schema": {"type": "string"}, "example": _CSV}}})
def import_register(query: dict[str, Any]) -> use_cases.ImportReport:
    """Import organisations from CSV, recognised by SIREN; the report says what is wrong, and where."""
    if request.mimetype != "text/csv":
        raise UnsupportedMediaType("Send the file as it is, with Content-Type: text/csv.")
    with transaction() as session:
        return use_cases.import_organisations(session, read_text(request.get_data()), query["dry_run"])


def _tagged(organisation: Organisation) -> Organisation:
    entity_tag(organisation.sequence)
    return organisation
