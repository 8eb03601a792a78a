"""Organisations: the register of who takes part."""

from typing import Any
from uuid import UUID

from flask import Response

from chassis import clock
from chassis.database import reading, transaction
from chassis.http import Blueprint, entity_tag, idempotent, require_match
from chassis.pagination import written
from services.partners import queries
from services.partners.domain import register_export
from services.partners.domain.organisation import Organisation, Sheet
from services.partners.schemas.fields import BINARY
from services.partners.schemas.organisations import (
    ExportQuery,
    MergerIn,
    MergerPreviewOut,
    OrganisationDetailOut,
    OrganisationIn,
    OrganisationOut,
    OrganisationPage,
    OrganisationQuery,
)
from services.partners.use_cases import mergers
from services.partners.use_cases import organisations as use_cases

blueprint = Blueprint("organisations", __name__, url_prefix="/v1/organisations", description="Who takes part.")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(OrganisationQuery, location="query")
@blueprint.response(200, OrganisationPage)
def list_organisations(query: dict[str, Any]) -> Response:
    """List or search organisations by name; where no name has the words, those that resemble them, likest first."""
    wanted = {name: query[name] for name in ("search", "funder", "public", "epci_siren", "flagged")}
    with reading() as connection:
        return written(queries.organisations(connection, **wanted, page=query))


@blueprint.route("", methods=["POST"])
@idempotent
@blueprint.arguments(OrganisationIn)
@blueprint.response(201, OrganisationOut)
def register_organisation(sheet: Sheet) -> Organisation:
    """Register an organisation; invalid identifiers are kept and flagged."""
    with transaction() as session:
        return _tagged(use_cases.register_organisation(session, sheet=sheet))


@blueprint.route("/<uuid:organisation_id>", methods=["GET"])
@blueprint.response(200, OrganisationDetailOut)
def show_organisation(organisation_id: UUID) -> Response:
    """Show an organisation; a duplicate that was merged says into which."""
    with reading() as connection:
        told, sequence = queries.organisation(connection, organisation_id)
    entity_tag(sequence)
    return Response(told, mimetype="application/json")


@blueprint.route("/<uuid:organisation_id>", methods=["PUT"])
@blueprint.arguments(OrganisationIn)
@blueprint.response(200, OrganisationOut)
def change_organisation(sheet: Sheet, organisation_id: UUID) -> Organisation:
    """Replace what is known of an organisation; If-Match names the version read."""
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id, with_for_update=True)
        require_match(organisation.sequence)
        return _tagged(use_cases.change_organisation(session, organisation, sheet=sheet))


@blueprint.route("/<uuid:organisation_id>/mergers", methods=["POST"])
@idempotent
@blueprint.arguments(MergerIn)
@blueprint.response(200, OrganisationOut)
def merge_organisations(merger: dict[str, Any], organisation_id: UUID) -> Organisation:
    """Merge a duplicate into this organisation: charter, mandates, conventions, people and programs follow.

    The other services learn it by an event; what was signed, booked or sent before stays as it is. Refused where the
    two have different valid SIRENs, are parties of one convention, or both have a mandate of one number: the preview
    says it before.
    """
    with transaction() as session:
        return _tagged(
            mergers.merge_organisations(
                session, survivor_id=organisation_id, duplicate_id=merger["duplicate_id"], on=clock.today()
            )
        )


@blueprint.route("/<uuid:organisation_id>/mergers/preview", methods=["GET"])
@blueprint.arguments(MergerIn, location="query")
@blueprint.response(200, MergerPreviewOut)
def preview_merger(merger: dict[str, Any], organisation_id: UUID) -> mergers.MergerPreview:
    """Say what merging a duplicate into this one would move, end and keep, and what stands in the way.

    Nothing is written.
    """
    with transaction() as session:
        return mergers.preview_merger(
            session, survivor_id=organisation_id, duplicate_id=merger["duplicate_id"], on=clock.today()
        )


@blueprint.route("/export", methods=["GET"])
@blueprint.arguments(ExportQuery, location="query")
@blueprint.response(200, BINARY, content_type="text/csv")
@blueprint.doc(
    responses={"200": {"content": {each: {"schema": BINARY} for each in register_export.MIME_TYPES.values()}}}
)
def export_register(query: dict[str, Any]) -> Response:
    """Give the register as a file, CSV or XLSX, which an import reads again; no cell of it is a formula."""
    form = query.pop("format")
    with transaction() as session:
        file = register_export.FORMS[form](queries.every_organisation(session, **query))
    headers = {"Content-Disposition": f'attachment; filename="organisations.{form}"'}
    return Response(file, mimetype=register_export.MIME_TYPES[form], headers=headers)


def _tagged(organisation: Organisation) -> Organisation:
    entity_tag(organisation.sequence)
    return organisation
