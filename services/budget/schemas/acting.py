"""What comes in: envelopes, credit, payments and reversals; and these as they go out."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from chassis.money import Money, NonNegativeMoney, PositiveMoney, VatBasis
from chassis.pagination import PageQuery
from contracts.partners import Nature
from services.budget.domain.credit import Move
from services.budget.domain.envelope import Estimate
from services.budget.domain.payment import Receipt
from services.budget.schemas.reading import YEAR

WORDS = validate.Length(min=1, max=300)
SENTENCE = validate.Length(min=3, max=1000)


class ProgrammeQuery(ma.Schema):
    """Of which programme."""

    programme = ma.fields.String(
        load_default=None, metadata={"description": "Programme code; may be left out while there is only one."}
    )


class ProgrammePageQuery(PageQuery, ProgrammeQuery):
    """Of which programme, and which page."""


class EstimateSchema(ma.Schema):
    """An axis's envelope: an estimate over the whole programme, in its VAT basis."""

    amount = NonNegativeMoney(required=True)
    reason = ma.fields.String(load_default=None, allow_none=True, validate=SENTENCE)
    mandate_number = ma.fields.String(load_default=None, allow_none=True, validate=WORDS)

    @ma.post_load
    def _estimate(self, read: Mapping[str, Any], **_: Any) -> Estimate:
        return Estimate(**read)


class EnvelopeSchema(ma.Schema):
    """One version of an envelope."""

    envelope_id = ma.fields.UUID()
    programme_code = ma.fields.String()
    axis_code = ma.fields.String()
    version = ma.fields.Integer()
    amount = Money()
    vat_basis = ma.fields.Enum(VatBasis, by_value=True)
    reason = ma.fields.String(allow_none=True)
    mandate_number = ma.fields.String(allow_none=True)
    author = ma.fields.String()
    recorded_at = ma.fields.AwareDateTime()


class EnvelopesSchema(ma.Schema):
    """Envelopes, one or a few per axis."""

    items = ma.fields.List(ma.fields.Nested(EnvelopeSchema))


class MoveSchema(ma.Schema):
    """A movement of credit under a mandate."""

    programme_code = ma.fields.String(load_default=None, allow_none=True)
    from_line = ma.fields.String(required=True, validate=WORDS, metadata={"example": "Révision du SDAN04"})
    to_line = ma.fields.String(required=True, validate=WORDS, metadata={"example": "Actions du schéma"})
    year = ma.fields.Integer(required=True, validate=YEAR)
    amount = PositiveMoney(required=True)
    mandate_id = ma.fields.UUID(required=True)

    @ma.post_load
    def _move(self, read: dict[str, Any], **_: Any) -> dict[str, Any]:
        programme_code, mandate_id = read.pop("programme_code"), read.pop("mandate_id")
        return {"programme_code": programme_code, "mandate_id": mandate_id, "move": Move(**read)}


class ReallocationSchema(ma.Schema):
    """A movement of credit, and what is left of it."""

    id = ma.fields.UUID()
    programme_code = ma.fields.String()
    from_line = ma.fields.String()
    to_line = ma.fields.String()
    year = ma.fields.Integer()
    amount = Money()
    committed = Money()
    available = Money()
    organisation_id = ma.fields.UUID()
    organisation_name = ma.fields.String()
    mandate_id = ma.fields.UUID()
    mandate_number = ma.fields.String()
    author = ma.fields.String()
    recorded_at = ma.fields.AwareDateTime()


class CreditTotalSchema(ma.Schema):
    """All credit together, in euros."""

    amount = Money()
    committed = Money()
    available = Money()


class CreditsSchema(ma.Schema):
    """Credit by movement, and in all."""

    items = ma.fields.List(ma.fields.Nested(ReallocationSchema))
    next = ma.fields.String(allow_none=True)
    total = ma.fields.Nested(CreditTotalSchema)


class CreditCommitmentSchema(ma.Schema):
    """Credit given to an action; `entry_id` is what a reversal names."""

    id = ma.fields.UUID(dump_only=True)
    entry_id = ma.fields.UUID(dump_only=True)
    reallocation_id = ma.fields.UUID(required=True)
    action_id = ma.fields.UUID(required=True)
    year = ma.fields.Integer(
        load_only=True,
        load_default=None,
        allow_none=True,
        validate=YEAR,
        metadata={"description": "The credit's own year; it cannot be committed in another."},
    )
    nature = ma.fields.Enum(Nature, by_value=True, required=True)
    amount = PositiveMoney(required=True)
    mandate_id = ma.fields.UUID(required=True)
    mandate_number = ma.fields.String(dump_only=True)
    author = ma.fields.String(dump_only=True)
    recorded_at = ma.fields.AwareDateTime(dump_only=True)
    reversed = ma.fields.Boolean(dump_only=True)


class CreditCommitmentQuery(PageQuery):
    """Of which movement of credit."""

    reallocation_id = ma.fields.UUID(load_default=None)


class ReceiptSchema(ma.Schema):
    """A payment against a tranche."""

    tranche_id = ma.fields.UUID(required=True)
    amount = PositiveMoney(required=True)
    paid_on = ma.fields.Date(required=True)
    reference = ma.fields.String(
        load_default=None, allow_none=True, validate=WORDS, metadata={"example": "Mandat 2017-4411"}
    )

    @ma.post_load
    def _receipt(self, read: Mapping[str, Any], **_: Any) -> Receipt:
        return Receipt(**read)


class PaymentSchema(ma.Schema):
    """A payment as recorded; `entry_id` is what a reversal names, `reversed_by` the entry that took it back."""

    id = ma.fields.UUID()
    entry_id = ma.fields.UUID()
    tranche_id = ma.fields.UUID()
    convention_id = ma.fields.UUID()
    convention_reference = ma.fields.String()
    funder_id = ma.fields.UUID()
    action_id = ma.fields.UUID()
    amount = Money()
    paid_on = ma.fields.Date()
    reference = ma.fields.String(allow_none=True)
    author = ma.fields.String()
    recorded_at = ma.fields.AwareDateTime()
    reversed_by = ma.fields.UUID(allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Read from a listed row, or from a payment just recorded, which nothing has reversed."""
        if attr == "reversed_by":
            return getattr(obj, attr, None)
        return getattr(getattr(obj, "Payment", obj), attr, default)


class ReversalSchema(ma.Schema):
    """Why an entry is taken back."""

    reason = ma.fields.String(required=True, validate=SENTENCE, metadata={"example": "Saisi deux fois"})
