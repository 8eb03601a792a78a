"""Imports: a file of organisations comes in, is worked through by the worker, and its report is read page by page."""

from typing import Any
from uuid import UUID

from flask import request

from chassis.database import transaction
from chassis.errors import InvalidInput
from chassis.http import Blueprint, idempotent, takes_files
from chassis.pagination import PageQuery
from chassis.problems import UnsupportedMediaType
from services.partners import queries
from services.partners.domain.register_import import RegisterImport
from services.partners.schemas.fields import BINARY
from services.partners.schemas.imports import (
    ChangePage,
    ConfirmationIn,
    ImportOut,
    ImportPage,
    ImportQuery,
    RemarkPage,
    RemarkQuery,
)
from services.partners.use_cases import imports as use_cases

blueprint = Blueprint(
    "imports", __name__, url_prefix="/v1/organisations/imports", description="Registers that come as files."
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ACCEPTED = (
    "text/csv",
    XLSX,
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/octet-stream",
)
_FILE = {"schema": BINARY}
_CSV = {"schema": {"type": "string"}, "example": "nom;siren;siret;population\nDigne-les-Bains;210400701;;16460\n"}


@blueprint.route("", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ImportPage)
def list_imports(query: dict[str, Any]) -> dict[str, Any]:
    """List imports, the latest first."""
    with transaction() as session:
        return queries.imports(session, page=query)


@blueprint.route("", methods=["POST"])
@takes_files
@idempotent
@blueprint.arguments(ImportQuery, location="query")
@blueprint.response(202, ImportOut)
@blueprint.doc(requestBody={"required": True, "content": {**dict.fromkeys(ACCEPTED, _FILE), "text/csv": _CSV}})
def import_register(query: dict[str, Any]) -> RegisterImport:
    """Take in a file of organisations, CSV or a spreadsheet, recognised by SIREN; its report says what came of it.

    A file with a line that cannot be imported is refused whole, unless `leave_out` says to import the others. An
    interrupted import goes on where it stopped; the same file again changes nothing.
    """
    if request.mimetype not in ACCEPTED:
        raise UnsupportedMediaType(f"Send the file as it is, with a Content-Type of {', '.join(ACCEPTED)}.")
    file = request.get_data()
    if not file:
        raise InvalidInput("The file is empty: choose one that holds organisations.")
    with transaction() as session:
        return use_cases.receive(session, file=file, **query)


@blueprint.route("/<uuid:import_id>/confirmation", methods=["POST"])
@blueprint.arguments(ConfirmationIn)
@blueprint.response(202, ImportOut)
def confirm_import(confirmation: dict[str, Any], import_id: UUID) -> RegisterImport:
    """Import for good what was tried, blocked by some lines, or set aside; said again, it changes nothing.

    The file is kept for a week after it was tried.
    """
    with transaction() as session:
        return use_cases.confirm(session, import_id, **confirmation)


@blueprint.route("/<uuid:import_id>", methods=["GET"])
@blueprint.response(200, ImportOut)
def show_import(import_id: UUID) -> RegisterImport:
    """Show how far an import got."""
    with transaction() as session:
        return session.get_one(RegisterImport, import_id)


@blueprint.route("/<uuid:import_id>/remarks", methods=["GET"])
@blueprint.arguments(RemarkQuery, location="query")
@blueprint.response(200, RemarkPage)
def list_remarks(query: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """List what an import found wrong, in the file's order: line, column, reason, and what may be meant."""
    with transaction() as session:
        return queries.import_remarks(session, import_id=import_id, refused=query["refused"], page=query)


@blueprint.route("/<uuid:import_id>/changes", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ChangePage)
def list_changes(query: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """List what an import changed of organisations, or would on a dry run: by line, each fact before and after."""
    with transaction() as session:
        return queries.import_changes(session, import_id=import_id, page=query)
