"""A departure foreseen, over HTTP."""

import marshmallow as ma

from chassis.money import Money, VatBasis
from contracts.actions import Body
from contracts.amendments import AmendmentStatus
from contracts.partners import ContributionKind, ConventionStatus, Nature
from services.partners.schemas.fields import described, one_of


class DepartureQuery(ma.Schema):
    """When the organisation would leave."""

    on = ma.fields.Date(required=True, metadata=described("2018-03-31", "The day it leaves."))


class AdherenceAtStake(ma.Schema):
    """An adherence that would be withdrawn."""

    id = ma.fields.UUID(required=True)
    charter_id = ma.fields.UUID(required=True)
    title = ma.fields.String(required=True, attribute="charter.title")
    version = ma.fields.Integer(required=True, attribute="charter.version")
    signed_on = ma.fields.Date(required=True)


class ConventionAtStake(ma.Schema):
    """A convention that would end."""

    id = ma.fields.UUID(required=True, attribute="convention.id")
    reference = ma.fields.String(required=True, attribute="convention.reference")
    title = ma.fields.String(required=True, attribute="convention.title")
    status = one_of(ConventionStatus, required=True, attribute="convention.status")
    becomes = one_of(ConventionStatus, required=True)
    ends_on = ma.fields.Date(required=True, attribute="convention.ends_on")
    parties = ma.fields.Function(
        lambda ending: [party.organisation.name for party in ending.convention.parties],
        required=True,
        metadata={"type": "array", "items": {"type": "string"}},
    )


class DraftOut(ma.Schema):
    """A draft that names the organisation: nothing of it ends, one reads it again before proposing it."""

    id = ma.fields.UUID(required=True)
    title = ma.fields.String(required=True)


class SeatAtStake(ma.Schema):
    """A seat that would close."""

    id = ma.fields.UUID(required=True)
    body = one_of(Body, required=True)
    action_id = ma.fields.UUID(required=True, allow_none=True)
    action_code = ma.fields.String(required=True, allow_none=True)
    organisation_id = ma.fields.UUID(required=True)
    organisation_name = ma.fields.String(required=True)
    opened_on = ma.fields.Date(required=True)


class ActionAtStake(ma.Schema):
    """An action that would lose a party, a seat or a promise."""

    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    title = ma.fields.String(required=True)


class TrancheAtStakeOut(ma.Schema):
    """A tranche of a convention that would end; a lost one is no longer owed, but for what was received of it."""

    convention_id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    tranche_id = ma.fields.UUID(required=True)
    organisation_id = ma.fields.UUID(required=True)
    organisation_name = ma.fields.String(required=True)
    action_code = ma.fields.String(required=True)
    kind = one_of(ContributionKind, required=True)
    nature = one_of(Nature, required=True)
    vat_basis = one_of(VatBasis, required=True)
    year = ma.fields.Integer(required=True)
    due_on = ma.fields.Date(required=True)
    amount = Money(required=True)
    lost = ma.fields.Boolean(required=True)


class AmendmentAtStake(ma.Schema):
    """An amendment under way that it signs: it ends with its convention, or is written anew without it."""

    id = ma.fields.UUID(required=True)
    convention_id = ma.fields.UUID(required=True)
    convention_reference = ma.fields.String(required=True, attribute="convention.reference")
    reference = ma.fields.String(required=True, allow_none=True, metadata=described("SUN-2017-014 avenant n° 1"))
    title = ma.fields.String(required=True)
    status = one_of(AmendmentStatus, required=True)
    effective_on = ma.fields.Date(required=True)


class LineFedOut(ma.Schema):
    """A line of a convention that goes on, which hands on money that would no longer come."""

    convention_id = ma.fields.UUID(required=True, attribute="convention.id")
    reference = ma.fields.String(required=True, attribute="convention.reference")
    line_id = ma.fields.UUID(required=True, attribute="line.id")
    organisation_id = ma.fields.UUID(required=True, attribute="line.organisation.id")
    organisation_name = ma.fields.String(required=True, attribute="line.organisation.name")
    passes_on = ma.fields.UUID(required=True, attribute="line.passes_on")
    passes_on_reference = ma.fields.String(required=True, attribute="line.passes_on_reference")
    amount = Money(required=True, attribute="line.amount")


class DepartureOut(ma.Schema):
    """What a departure would touch; nothing was written."""

    organisation_id = ma.fields.UUID(required=True, attribute="organisation.id")
    organisation_name = ma.fields.String(required=True, attribute="organisation.name")
    on = ma.fields.Date(required=True)
    adherences = ma.fields.List(ma.fields.Nested(AdherenceAtStake), required=True)
    conventions = ma.fields.List(ma.fields.Nested(ConventionAtStake), required=True, attribute="endings")
    seats = ma.fields.List(ma.fields.Nested(SeatAtStake), required=True)
    actions = ma.fields.List(ma.fields.Nested(ActionAtStake), required=True)
    tranches = ma.fields.List(ma.fields.Nested(TrancheAtStakeOut), required=True)
    drafts = ma.fields.List(
        ma.fields.Nested(DraftOut), required=True, metadata={"description": "None where an organisation asks itself."}
    )
    amendments = ma.fields.List(ma.fields.Nested(AmendmentAtStake), required=True)
    fed = ma.fields.List(
        ma.fields.Nested(LineFedOut),
        required=True,
        metadata={"description": "Lines of other conventions that hand on what would no longer come."},
    )
