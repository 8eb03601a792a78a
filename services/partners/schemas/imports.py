"""Imports of organisations and what they found wrong, over HTTP."""

import marshmallow as ma

from chassis.pagination import PageQuery, page_schema
from services.partners.domain.register_import import ImportStatus
from services.partners.schemas.fields import described, one_of, words


class ImportQuery(ma.Schema):
    """How to import."""

    dry_run = ma.fields.Boolean(load_default=False, metadata=described(True, "Say what would happen, change nothing."))
    leave_out = ma.fields.Boolean(
        load_default=False,
        metadata=described(False, "Leave out the lines that cannot be imported; otherwise they block the whole file."),
    )
    name = words(
        longest=200, load_default="organisations", metadata=described("communes.csv", "What the file is called.")
    )


class ConfirmationIn(ma.Schema):
    """How an import that was tried, blocked or set aside is taken up for good."""

    leave_out = ma.fields.Boolean(
        load_default=False, metadata=described(False, "Leave out the lines that cannot be imported.")
    )


class ImportOut(ma.Schema):
    """How far an import got; while it runs, ask again."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata=described("communes.csv"))
    fingerprint = ma.fields.String(required=True, metadata=described(None, "The SHA-256 of the file."))
    dry_run = ma.fields.Boolean(required=True)
    leave_out = ma.fields.Boolean(required=True)
    status = one_of(ImportStatus, required=True)
    confirmable = ma.fields.Boolean(
        required=True, metadata=described(False, "Whether it can be imported for good by its confirmation.")
    )
    attempts = ma.fields.Integer(required=True, metadata=described(0, "Failures since the last progress."))
    problem = ma.fields.String(
        required=True, allow_none=True, metadata=described(None, "Why the file was refused, or what failed.")
    )
    lines = ma.fields.Integer(required=True, allow_none=True, metadata=described(198, "Null until the file is read."))
    position = ma.fields.Integer(required=True, metadata=described(198, "How many of the lines are done."))
    registered = ma.fields.Integer(required=True, metadata=described(198))
    changed = ma.fields.Integer(required=True, metadata=described(0))
    unchanged = ma.fields.Integer(required=True, metadata=described(0))
    refused = ma.fields.Integer(required=True, metadata=described(0))
    ignored_columns = ma.fields.List(ma.fields.String(), required=True)
    recorded_by = ma.fields.String(required=True)
    received_at = ma.fields.AwareDateTime(required=True)
    finished_at = ma.fields.AwareDateTime(required=True, allow_none=True)


ImportPage = page_schema(ImportOut)


class RemarkQuery(PageQuery):
    """Which remarks."""

    refused = ma.fields.Boolean(
        load_default=None, metadata=described(None, "Only of lines left out, or only of others.")
    )


class RemarkOut(ma.Schema):
    """What was found wrong in one cell; a line that is not refused was imported all the same."""

    line = ma.fields.Integer(required=True, metadata=described(12, "The file's line, counted from 1."))
    column = ma.fields.String(required=True, metadata=described("siren"))
    reason = ma.fields.String(required=True)
    suggestion = ma.fields.String(required=True, allow_none=True)
    refused = ma.fields.Boolean(required=True)


RemarkPage = page_schema(RemarkOut)


class FactChangeOut(ma.Schema):
    """One fact of an organisation, by its column's name; null is what is not known."""

    column = ma.fields.String(required=True, metadata=described("population"))
    before = ma.fields.String(required=True, allow_none=True, metadata=described("16460"))
    after = ma.fields.String(required=True, allow_none=True, metadata=described("16512"))


class ChangeOut(ma.Schema):
    """What a line changed of an organisation, or would on a dry run; `name` is what it was called before."""

    line = ma.fields.Integer(required=True, metadata=described(12, "The file's line, counted from 1."))
    organisation_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata=described("Digne-les-Bains"))
    differences = ma.fields.List(ma.fields.Nested(FactChangeOut), required=True)


ChangePage = page_schema(ChangeOut)
