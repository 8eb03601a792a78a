"""What goes out of a departure foreseen."""

import marshmallow as ma

from chassis.money import Money, VatBasis
from contracts.partners import ContributionKind, ConventionStatus


class DepartureQuery(ma.Schema):
    """When the organisation would leave."""

    on = ma.fields.Date(required=True, metadata={"description": "The day it leaves.", "example": "2018-03-31"})
    programme = ma.fields.String(
        load_default=None, metadata={"description": "Programme code; may be left out while there is only one."}
    )


class TouchedSchema(ma.Schema):
    """A convention that would end, and the counted cash it would lose."""

    convention_id = ma.fields.UUID(required=True, attribute="convention.id")
    reference = ma.fields.String(required=True, attribute="convention.reference")
    title = ma.fields.String(required=True, attribute="convention.title")
    status = ma.fields.Enum(ConventionStatus, by_value=True, required=True, attribute="convention.status")
    becomes = ma.fields.Enum(ConventionStatus, by_value=True, required=True)
    secured_lost = Money(required=True)
    own_secured_lost = Money(required=True, metadata={"description": "The part that the leaver itself promised."})
    sought_lost = Money(required=True)


class TotalGapSchema(ma.Schema):
    """Counted cash of the whole programme, as it is and as it would be."""

    need = Money(required=True)
    secured_before = Money(required=True)
    secured_after = Money(required=True)
    secured_lost = Money(required=True)
    gap_before = Money(required=True)
    gap_after = Money(required=True)
    sought_before = Money(required=True)
    sought_after = Money(required=True)
    sought_lost = Money(required=True)


class GapSchema(TotalGapSchema):
    """The same of one axis in one year."""

    axis_code = ma.fields.String(required=True)
    year = ma.fields.Integer(required=True)


class LostBesideSchema(ma.Schema):
    """What no total counts and would be lost too; `passed_on` is money that is counted where it was promised first."""

    kind = ma.fields.Enum(ContributionKind, by_value=True, required=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True, required=True)
    passed_on = ma.fields.Boolean(required=True)
    secured_lost = Money(required=True)
    sought_lost = Money(required=True)


class DepartureSchema(ma.Schema):
    """What a departure would cost; `rows` are the axes and years whose figures would move."""

    organisation_id = ma.fields.UUID(required=True)
    on = ma.fields.Date(required=True)
    programme_code = ma.fields.String(required=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True, required=True)
    conventions = ma.fields.List(ma.fields.Nested(TouchedSchema), required=True)
    rows = ma.fields.List(ma.fields.Nested(GapSchema), required=True)
    total = ma.fields.Nested(TotalGapSchema, required=True)
    beside = ma.fields.List(ma.fields.Nested(LostBesideSchema), required=True)
