"""Lists of conventions, over HTTP: which are wanted, and the row that stands for each of them."""

import marshmallow as ma

from chassis.money import Money, VatBasis
from chassis.pagination import PageQuery, page_schema
from contracts.partners import ContributionKind, ConventionStatus, PartyRole
from services.partners.schemas.fields import described, one_of, words


class ConventionQuery(PageQuery):
    """Which conventions."""

    status = one_of(ConventionStatus, load_default=None)
    organisation_id = ma.fields.UUID(load_default=None, metadata=described(None, "Those it is party to."))
    action_id = ma.fields.UUID(load_default=None, metadata=described(None, "Those that contribute to it."))
    axis_code = words(longest=20, load_default=None, metadata=described("2", "Those that serve an action of it."))
    year = ma.fields.Integer(
        load_default=None,
        validate=ma.validate.Range(2000, 2100),
        metadata=described(2018, "Those with a tranche of that budget year."),
    )
    search = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(max=200),
        metadata=described("ubaye", "Words of the title or the reference, with accents or without."),
    )


class PartySummaryOut(ma.Schema):
    """One that signs; `signed_on` is null while its signature is awaited."""

    organisation_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata=described("Région Provence-Alpes-Côte d’Azur"))
    role = one_of(PartyRole, required=True, metadata=described("funder"))
    signed_on = ma.fields.Date(required=True, allow_none=True, metadata=described("2017-11-14"))
    joined_on = ma.fields.Date(required=True, allow_none=True)
    left_on = ma.fields.Date(required=True, allow_none=True)


class ContributionSummaryOut(ma.Schema):
    """What one party promises of one kind: the sum of all its lines and tranches."""

    organisation_id = ma.fields.UUID(required=True)
    kind = one_of(ContributionKind, required=True, metadata=described("cash"))
    vat_basis = one_of(VatBasis, required=True, metadata=described("TTC"))
    amount = Money(required=True, metadata=described("80000.00"))
    passed_on = Money(
        required=True, metadata=described("0.00", "Of it, what another convention promised first and counts there.")
    )


class ActionSummaryOut(ma.Schema):
    """An action that a convention serves."""

    action_id = ma.fields.UUID(required=True)
    action_code = ma.fields.String(required=True, metadata=described("2.1"))
    contributed_to = ma.fields.Boolean(
        required=True, metadata=described(True, "Whether a line of the convention contributes to it.")
    )


class ConventionSummaryOut(ma.Schema):
    """A convention in a list; `GET /v1/conventions/{convention_id}` tells the rest: lines, clauses, signatures.

    `revision` is that of the text as it stands, which a signature names.
    """

    id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True, allow_none=True, metadata=described("SUN-2017-014"))
    title = ma.fields.String(required=True, metadata=described("Télémédecine en vallée de l’Ubaye"))
    programme_code = ma.fields.String(required=True, metadata=described("SUN04"))
    status = one_of(ConventionStatus, required=True, metadata=described("partially_signed"))
    version = ma.fields.Integer(required=True, metadata=described(1))
    revision = ma.fields.Integer(required=True, metadata=described(2))
    starts_on = ma.fields.Date(required=True, metadata=described("2017-11-01"))
    ends_on = ma.fields.Date(required=True, metadata=described("2018-12-31"))
    illustrative = ma.fields.Boolean(required=True, metadata=described(False))
    proposed_on = ma.fields.Date(required=True, allow_none=True, metadata=described("2017-10-20"))
    in_force_on = ma.fields.Date(required=True, allow_none=True)
    ended_on = ma.fields.Date(required=True, allow_none=True)
    amendment_number = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "That of the latest amendment in force."}
    )
    amended_on = ma.fields.Date(required=True, allow_none=True)
    parties = ma.fields.List(ma.fields.Nested(PartySummaryOut), required=True)
    contributions = ma.fields.List(
        ma.fields.Nested(ContributionSummaryOut), required=True, metadata={"description": "By party, kind and VAT."}
    )
    actions = ma.fields.List(ma.fields.Nested(ActionSummaryOut), required=True)


ConventionPage = page_schema(ConventionSummaryOut)
