"""Organisations and the report of an import, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.pagination import PageQuery, page_schema
from services.partners.domain.identifiers import IdentifierFlag
from services.partners.domain.organisation import Sheet
from services.partners.schemas.fields import described, one_of, optional, words


class OrganisationIn(ma.Schema):
    """What one says of an organisation; identifiers as typed, invalid ones are kept and flagged."""

    name = words(required=True, metadata=described("Digne-les-Bains"))
    legal_form = optional(words(metadata=described("Commune")))
    siren = optional(words(longest=30, metadata=described("210400701", "Nine digits; enough to sign.")))
    siret = optional(words(longest=30, metadata=described(None, "Fourteen digits; asked for before a payment.")))
    public = ma.fields.Boolean(load_default=True, metadata=described(True, "Whether its money is public."))
    funder = ma.fields.Boolean(load_default=False, metadata=described(False))
    insee_code = optional(words(longest=5, metadata=described("04070", "A commune's code.")))
    population = optional(
        ma.fields.Integer(strict=True, validate=ma.validate.Range(0, 100_000_000), metadata=described(16460))
    )
    needs_mandate = ma.fields.Boolean(
        load_default=False, metadata=described(False, "Whether it signs only under an enforceable deliberation.")
    )

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> Sheet:
        """Give the sheet."""
        return Sheet(**values)


class OrganisationOut(ma.Schema):
    """An organisation as known; `siren` and `siret` are there when valid, `typed_…` holds what was typed otherwise."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    legal_form = ma.fields.String(required=True, allow_none=True)
    siren = ma.fields.String(required=True, allow_none=True)
    siret = ma.fields.String(required=True, allow_none=True)
    typed_siren = ma.fields.String(required=True, allow_none=True)
    typed_siret = ma.fields.String(required=True, allow_none=True)
    identifier_flag = one_of(IdentifierFlag, required=True, allow_none=True)
    public = ma.fields.Boolean(required=True)
    funder = ma.fields.Boolean(required=True)
    insee_code = ma.fields.String(required=True, allow_none=True)
    population = ma.fields.Integer(required=True, allow_none=True)
    needs_mandate = ma.fields.Boolean(required=True)
    may_sign = ma.fields.Boolean(required=True, metadata=described(True, "Whether its SIREN is known and valid."))


class OrganisationQuery(PageQuery):
    """Which organisations."""

    search = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(max=200),
        metadata=described("digne", "Words of the name, accents and case aside, or the start of a SIREN or SIRET."),
    )


OrganisationPage = page_schema(OrganisationOut)


class ImportQuery(ma.Schema):
    """How to import."""

    dry_run = ma.fields.Boolean(load_default=False, metadata=described(True, "Say what would happen, change nothing."))


class RemarkOut(ma.Schema):
    """What was found wrong in one cell; a line that is not refused was imported all the same."""

    line = ma.fields.Integer(required=True, metadata=described(12, "The file's line, its header being line 1."))
    column = ma.fields.String(required=True, metadata=described("siren"))
    reason = ma.fields.String(required=True)
    suggestion = ma.fields.String(required=True, allow_none=True)
    refused = ma.fields.Boolean(required=True)


class ImportReportOut(ma.Schema):
    """What an import did, or would do."""

    dry_run = ma.fields.Boolean(required=True)
    registered = ma.fields.Integer(required=True, metadata=described(198))
    changed = ma.fields.Integer(required=True, metadata=described(0))
    unchanged = ma.fields.Integer(required=True, metadata=described(0))
    refused = ma.fields.Integer(required=True, metadata=described(0))
    ignored_columns = ma.fields.List(ma.fields.String(), required=True)
    lines = ma.fields.List(ma.fields.Nested(RemarkOut), required=True)
