"""What comes in and goes out over HTTP."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from chassis.money import NonNegativeMoney, VatBasis
from chassis.pagination import PageQuery
from chassis.texts import Readable, Written
from contracts.actions import Axis, Body, Need, Priority
from contracts.partners import Nature
from services.actions.domain.action import Sheet, in_order
from services.actions.domain.programme import Frame
from services.actions.queries import SeatStatus

CODE = Written("[A-Za-z0-9][A-Za-z0-9._-]{0,19}", error="Letters, digits, dots and dashes, at most 20.")
TITLE = [validate.Length(min=1, max=300), Readable()]


class AxisSchema(ma.Schema):
    """A strategic axis."""

    code = ma.fields.String(required=True, validate=CODE, metadata={"example": "2"})
    title = ma.fields.String(required=True, validate=TITLE, metadata={"example": "Qualité de vie"})

    @ma.post_load
    def _axis(self, read: Mapping[str, Any], **_: Any) -> Axis:
        return Axis(**read)


class FrameSchema(ma.Schema):
    """A programme as its founding deliberation fixes it."""

    title = ma.fields.String(required=True, validate=TITLE, metadata={"example": "Schéma des usages numériques"})
    starts_on = ma.fields.Date(required=True, metadata={"example": "2017-01-01"})
    ends_on = ma.fields.Date(load_default=None, allow_none=True, metadata={"example": "2020-12-31"})
    vat_basis = ma.fields.Enum(VatBasis, by_value=True, required=True, metadata={"example": "TTC"})
    axes = ma.fields.List(ma.fields.Nested(AxisSchema), required=True, validate=validate.Length(min=1, max=50))

    @ma.validates_schema(skip_on_field_errors=True)
    def _in_order(self, read: Mapping[str, Any], **_: Any) -> None:
        codes = [axis.code for axis in read["axes"]]
        if len(set(codes)) < len(codes):
            raise ma.ValidationError("Two axes have the same code.", "axes")
        if read["ends_on"] is not None and read["ends_on"] < read["starts_on"]:
            raise ma.ValidationError("The programme ends before it starts.", "ends_on")

    @ma.post_load
    def _frame(self, read: Mapping[str, Any], **_: Any) -> Frame:
        return Frame(**{**read, "axes": tuple(read["axes"])})


class ProgrammeSchema(FrameSchema):
    """A programme with its code."""

    code = ma.fields.String(dump_only=True, metadata={"example": "SUN04"})


class NeedSchema(ma.Schema):
    """What an action needs in one year, in euros, in the programme's VAT basis."""

    year = ma.fields.Integer(
        required=True, strict=True, validate=validate.Range(1900, 2200), metadata={"example": 2017}
    )
    nature = ma.fields.Enum(Nature, by_value=True, required=True, metadata={"example": "investment"})
    amount = NonNegativeMoney(required=True)

    @ma.post_load
    def _need(self, read: Mapping[str, Any], **_: Any) -> Need:
        return Need(**read)


class SheetSchema(ma.Schema):
    """An action's sheet; `illustrative` marks what the deliberation does not name."""

    programme_code = ma.fields.String(required=True, validate=CODE, metadata={"example": "SUN04"})
    axis_code = ma.fields.String(required=True, validate=CODE, metadata={"example": "2"})
    code = ma.fields.String(required=True, validate=CODE, metadata={"example": "2.1"})
    title = ma.fields.String(required=True, validate=TITLE, metadata={"example": "Télémédecine en vallée de l’Ubaye"})
    summary = ma.fields.String(load_default="", validate=validate.Length(max=5000))
    priority = ma.fields.Enum(Priority, by_value=True, required=True, metadata={"example": "strong"})
    lead_organisation_id = ma.fields.UUID(load_default=None, allow_none=True)
    closed = ma.fields.Boolean(load_default=False)
    illustrative = ma.fields.Boolean(load_default=False)
    needs = ma.fields.List(ma.fields.Nested(NeedSchema), load_default=list, validate=validate.Length(max=100))

    @ma.validates_schema(skip_on_field_errors=True)
    def _each_need_once(self, read: Mapping[str, Any], **_: Any) -> None:
        cells = [(need.year, need.nature) for need in read["needs"]]
        if len(set(cells)) < len(cells):
            raise ma.ValidationError("Two needs have the same year and nature: add them up.", "needs")

    @ma.post_load
    def _sheet(self, read: Mapping[str, Any], **_: Any) -> Sheet:
        return Sheet(**{**read, "needs": in_order(read["needs"])})


class ActionSchema(SheetSchema):
    """An action with its id."""

    id = ma.fields.UUID(dump_only=True)


class SeatSchema(ma.Schema):
    """A seat in a body; `because` is the charter signature or convention that gave it."""

    id = ma.fields.UUID(dump_only=True)
    body = ma.fields.Enum(Body, by_value=True, dump_only=True)
    programme_code = ma.fields.String(dump_only=True)
    action_id = ma.fields.UUID(dump_only=True, allow_none=True)
    action_code = ma.fields.String(dump_only=True, allow_none=True)
    organisation_id = ma.fields.UUID(dump_only=True)
    organisation_name = ma.fields.String(dump_only=True)
    because = ma.fields.UUID(dump_only=True)
    opened_on = ma.fields.Date(dump_only=True)
    closed_on = ma.fields.Date(dump_only=True, allow_none=True)


class ActionQuery(PageQuery):
    """Which actions."""

    programme = ma.fields.String(metadata={"description": "programme code"})
    axis = ma.fields.String(metadata={"description": "axis code"})


class SeatQuery(PageQuery):
    """Which seats."""

    programme = ma.fields.String(metadata={"description": "programme code"})
    body = ma.fields.Enum(Body, by_value=True)
    action_id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    status = ma.fields.Enum(SeatStatus, by_value=True)
