"""Organisations, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.pagination import PageQuery, page_schema
from chassis.texts import Written
from services.partners.domain.address import Address, AddressUse
from services.partners.domain.former_identifier import IdentifierKind
from services.partners.domain.identifiers import RNA, IdentifierFlag, valid
from services.partners.domain.organisation import Fate, Sheet
from services.partners.schemas.fields import Day, described, one_of, optional, words


def _siren(example: str | None, text: str | None = None) -> ma.fields.String:
    nine = Written("[0-9]{9}", error="Nine digits.")
    return ma.fields.String(validate=nine, metadata=described(example, text))


def _ensure_siren(typed: str) -> None:
    """Refuse what is no SIREN in its plain form: nine digits, the last of which checks the others."""
    if valid(typed, length=9) != typed:
        raise ma.ValidationError("Not a SIREN: nine digits, the last of which checks the others.")


class AddressSchema(ma.Schema):
    """Where an organisation is reached; never a person's own address."""

    use = one_of(AddressUse, load_default=AddressUse.SEAT, metadata=described("seat"))
    street = optional(words(metadata=described("1 boulevard Martin-Bret")))
    postal_code = optional(words(longest=12, metadata=described("04000")))
    town = optional(words(longest=100, metadata=described("Digne-les-Bains")))


_ADDRESSES = {"example": [{"use": "seat", "street": "1 rue Haute", "postal_code": "04000", "town": "Digne-les-Bains"}]}


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

    legal_category = optional(
        ma.fields.String(
            validate=Written("[0-9]{4}", error="Four digits."),
            metadata=described("7210", "INSEE's code; its words are the legal form where none is given."),
        )
    )
    rna = optional(
        ma.fields.String(
            validate=Written(RNA.pattern, error="W and nine digits."),
            metadata=described(None, "An association's number: W and nine digits."),
        )
    )
    epci_siren = optional(
        ma.fields.String(
            validate=_ensure_siren,
            metadata=described("200067437", "The SIREN of the inter-municipal body that it is a member of."),
        )
    )
    siret_since = optional(
        Day(metadata=described(None, "Since when its office has this SIRET; when it moved, say both."))
    )
    addresses = ma.fields.List(
        ma.fields.Nested(AddressSchema), load_default=list, validate=ma.validate.Length(max=5), metadata=_ADDRESSES
    )

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> Sheet:
        """Give the sheet."""
        addresses = tuple(Address(**each) for each in values.pop("addresses"))
        return Sheet(**values, addresses=addresses)


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
    legal_category = ma.fields.String(required=True, allow_none=True)
    rna = ma.fields.String(required=True, allow_none=True)
    epci_siren = ma.fields.String(required=True, allow_none=True)
    siret_since = ma.fields.Date(required=True, allow_none=True)
    addresses = ma.fields.List(ma.fields.Nested(AddressSchema), required=True)
    merged_into_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata=described(None, "The organisation that this duplicate was merged into."),
    )
    merged_on = ma.fields.Date(required=True, allow_none=True)


class OrganisationNameOut(ma.Schema):
    """An organisation by its name."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class FormerIdentifierOut(ma.Schema):
    """A number that it no longer has; `since` is null where nobody knows."""

    kind = one_of(IdentifierKind, required=True)
    value = ma.fields.String(required=True, metadata=described("21040070100012"))
    since = ma.fields.Date(required=True, allow_none=True)
    until = ma.fields.Date(required=True, metadata=described("2017-10-20"))


class OrganisationDetailOut(OrganisationOut):
    """An organisation as known, with what it was known by before."""

    former_identifiers = ma.fields.List(ma.fields.Nested(FormerIdentifierOut), required=True)
    epci = ma.fields.Nested(OrganisationNameOut, required=True, allow_none=True)
    members = ma.fields.Integer(required=True, metadata=described(46, "How many name it as their EPCI."))
    duplicates = ma.fields.List(
        ma.fields.Nested(OrganisationNameOut), required=True, metadata={"description": "Those merged into it."}
    )


class MergerIn(ma.Schema):
    """Which organisation ends as a duplicate of this one."""

    duplicate_id = ma.fields.UUID(required=True)


class MovedOut(ma.Schema):
    """What would name the survivor: convention, adherence, mandate, contact, person who signs in, client or seat."""

    kind = ma.fields.String(required=True, metadata=described("convention"))
    count = ma.fields.Integer(required=True, metadata=described(3))
    names = ma.fields.List(
        ma.fields.String(), required=True, metadata=described(["SUN-2017-014"], "The first twenty by name.")
    )


class EndedAdherenceOut(ma.Schema):
    """An adherence that ends since both adhered: that to the later version stays."""

    organisation_id = ma.fields.UUID(required=True)
    title = ma.fields.String(required=True, attribute="charter.title")
    version = ma.fields.Integer(required=True, attribute="charter.version")
    signed_on = ma.fields.Date(required=True)


class MergerPreviewOut(ma.Schema):
    """What a merger would do; `obstacle` says what stands in its way, null where nothing does.

    `facts` are those that the duplicate says otherwise: the survivor takes one over where it said nothing itself, is
    still found by a number of former days, or its own stays and the duplicate's is set aside.
    """

    survivor = ma.fields.Nested(OrganisationNameOut, required=True)
    duplicate = ma.fields.Nested(OrganisationNameOut, required=True)
    moves = ma.fields.List(ma.fields.Nested(MovedOut), required=True)
    ended_adherences = ma.fields.List(ma.fields.Nested(EndedAdherenceOut), required=True)
    facts = ma.fields.Dict(
        keys=ma.fields.String(),
        values=one_of(Fate),
        required=True,
        metadata=described({"siren": "taken_over", "siret": "former", "name": "set_aside"}),
    )
    obstacle = ma.fields.String(required=True, allow_none=True)


class OrganisationQuery(PageQuery):
    """Which organisations."""

    search = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(max=200),
        metadata=described("digne", "Words of the name, accents, case and slips aside, or the start of a number."),
    )
    funder = ma.fields.Boolean(load_default=None, metadata=described(None, "Only funders, or only others."))
    public = ma.fields.Boolean(load_default=None, metadata=described(None, "Only public bodies, or only private ones."))
    epci_siren = optional(_siren(None, "Only members of this inter-municipal body."))
    flagged = ma.fields.Boolean(load_default=None, metadata=described(None, "Only those whose identifiers are wrong."))


class ExportQuery(ma.Schema):
    """Which organisations, in what form."""

    format = ma.fields.String(load_default="csv", validate=ma.validate.OneOf(["csv", "xlsx"]))
    search = ma.fields.String(load_default=None, validate=ma.validate.Length(max=200))
    funder = ma.fields.Boolean(load_default=None)
    public = ma.fields.Boolean(load_default=None)
    epci_siren = optional(_siren(None))
    flagged = ma.fields.Boolean(load_default=None)


OrganisationPage = page_schema(OrganisationOut)
