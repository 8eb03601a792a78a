"""What goes out: the projection, the entries behind it, tranches and payments."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from chassis.money import Money, VatBasis
from chassis.pagination import PageQuery
from contracts.partners import ContributionKind, ConventionStatus, Nature
from services.budget.domain.ledger import CauseKind, Measure
from services.budget.queries import By, Scope

YEAR = validate.Range(1900, 2999)


class ScopeQuery(ma.Schema):
    """Which part of the programme; each that is given narrows."""

    programme = ma.fields.String(metadata={"description": "Programme code; may be left out while there is only one."})
    axis = ma.fields.String(metadata={"description": "Axis code."})
    action = ma.fields.UUID(metadata={"description": "Action id."})
    funder = ma.fields.UUID(metadata={"description": "Organisation id."})
    year = ma.fields.Integer(validate=YEAR, metadata={"description": "Budget year."})


class ProjectionQuery(ScopeQuery):
    """How the projection is cut."""

    by = ma.fields.Enum(By, by_value=True, load_default=By.AXIS, metadata={"description": "What the rows are."})


class EntryQuery(ScopeQuery, PageQuery):
    """Which entries."""

    measure = ma.fields.Enum(Measure, by_value=True)
    cause = ma.fields.Enum(CauseKind, by_value=True)
    nature = ma.fields.Enum(Nature, by_value=True)
    kind = ma.fields.Enum(ContributionKind, by_value=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True)
    convention_id = ma.fields.UUID()
    tranche_id = ma.fields.UUID()
    credit_commitment_id = ma.fields.UUID()
    event_id = ma.fields.UUID()
    correlation_id = ma.fields.String()


class ExplanationQuery(ScopeQuery, PageQuery):
    """Which figure; cash in the programme's VAT basis unless told otherwise."""

    measure = ma.fields.Enum(Measure, by_value=True, required=True)
    nature = ma.fields.Enum(Nature, by_value=True)
    kind = ma.fields.Enum(ContributionKind, by_value=True, load_default=ContributionKind.CASH)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True, load_default=None)
    passed_on = ma.fields.Boolean(
        load_default=False, metadata={"description": "Ask for what is counted upstream, and so not here."}
    )


class ChangeQuery(PageQuery):
    """Since when; an ISO 8601 moment with its offset."""

    since = ma.fields.AwareDateTime(load_default=None)
    programme = ma.fields.String(load_default=None)


class ConventionQuery(PageQuery):
    """Of which convention, action or funder."""

    convention_id = ma.fields.UUID()
    action_id = ma.fields.UUID()
    funder_id = ma.fields.UUID()


class PaymentQuery(ConventionQuery):
    """Of which convention, tranche, action or funder."""

    tranche_id = ma.fields.UUID()


def scope_and_page(wanted: dict[str, Any]) -> tuple[Scope, dict[str, Any]]:
    """Take the scope, and the page, out of a loaded query; what stays in it is the rest of the question."""
    scope = Scope(
        programme_code=wanted.pop("programme", None),
        axis_code=wanted.pop("axis", None),
        action_id=wanted.pop("action", None),
        funder_id=wanted.pop("funder", None),
        year=wanted.pop("year", None),
    )
    return scope, {name: wanted.pop(name) for name in ("limit", "cursor") if name in wanted}


class BesideSchema(ma.Schema):
    """What no total counts: another kind than cash, another VAT basis, or cash passed on and counted upstream."""

    kind = ma.fields.Enum(ContributionKind, by_value=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True)
    passed_on = ma.fields.Boolean()
    need = Money()
    sought = Money()
    secured = Money()
    received = Money()


class RowSchema(ma.Schema):
    """One row; `gap` = need - secured, `coverage` = secured / need; a funder's row has neither."""

    key = ma.fields.String(metadata={"description": "What to narrow by: a code, an id or a year."})
    code = ma.fields.String(metadata={"description": "What people call it."})
    label = ma.fields.String()
    envelope = Money(allow_none=True)
    need = Money(allow_none=True)
    sought = Money()
    secured = Money()
    received = Money()
    gap = Money(allow_none=True)
    coverage = ma.fields.Decimal(as_string=True, allow_none=True, metadata={"example": "0.4444"})
    entries = ma.fields.Integer(metadata={"description": "How many ledger entries add up to this."})
    beside = ma.fields.List(ma.fields.Nested(BesideSchema))


class ProjectionSchema(ma.Schema):
    """The projection: cash in `vat_basis` is counted, all else stands beside."""

    by = ma.fields.Enum(By, by_value=True)
    programme_code = ma.fields.String(allow_none=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True, allow_none=True)
    rows = ma.fields.List(ma.fields.Nested(RowSchema))
    total = ma.fields.Nested(RowSchema, allow_none=True)


class EntrySchema(ma.Schema):
    """A ledger entry with its cause; nothing rewrites it."""

    id = ma.fields.UUID()
    recorded_at = ma.fields.AwareDateTime()
    measure = ma.fields.Enum(Measure, by_value=True)
    amount = Money()
    programme_code = ma.fields.String()
    axis_code = ma.fields.String()
    action_id = ma.fields.UUID()
    action_code = ma.fields.String()
    funder_id = ma.fields.UUID(allow_none=True)
    funder_name = ma.fields.String(allow_none=True)
    year = ma.fields.Integer()
    quarter = ma.fields.Integer(allow_none=True)
    nature = ma.fields.Enum(Nature, by_value=True)
    kind = ma.fields.Enum(ContributionKind, by_value=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True)
    passed_on = ma.fields.Boolean()
    passes_on = ma.fields.String(
        allow_none=True,
        metadata={"example": "SUN-2017-003 (État)", "description": "Whose promise it hands on: counted there."},
    )
    convention_id = ma.fields.UUID(allow_none=True)
    convention_reference = ma.fields.String(allow_none=True)
    convention_status = ma.fields.Enum(ConventionStatus, by_value=True, allow_none=True)
    amendment_number = ma.fields.Integer(
        allow_none=True, metadata={"description": "The amendment that made it, if one did."}
    )
    line_id = ma.fields.UUID(allow_none=True)
    tranche_id = ma.fields.UUID(allow_none=True)
    credit_commitment_id = ma.fields.UUID(allow_none=True)
    mandate_number = ma.fields.String(allow_none=True)
    cause = ma.fields.Enum(CauseKind, by_value=True)
    cause_id = ma.fields.UUID(allow_none=True)
    because = ma.fields.String()
    reason = ma.fields.String(allow_none=True)
    author = ma.fields.String()
    event_id = ma.fields.UUID()
    correlation_id = ma.fields.String()
    reverses = ma.fields.UUID(allow_none=True)
    reversed_by = ma.fields.UUID(allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Read from the row: the entry's own columns, and what reversed it."""
        return obj.reversed_by if attr == "reversed_by" else getattr(obj.LedgerEntry, attr, default)


class NotCountedSchema(ma.Schema):
    """A promise that hands on money which `passes_on` promised first: counted there, so that nothing counts twice."""

    convention_id = ma.fields.UUID()
    convention_reference = ma.fields.String()
    funder_name = ma.fields.String()
    passes_on = ma.fields.String(metadata={"example": "SUN-2017-003 (État)"})
    amount = Money()


class ExplanationSchema(ma.Schema):
    """A figure with the entries it adds up from, oldest first; `limited` where only the caller's part is shown."""

    measure = ma.fields.Enum(Measure, by_value=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True)
    amount = Money()
    count = ma.fields.Integer()
    limited = ma.fields.Boolean()
    passed_on = ma.fields.Boolean()
    not_counted = ma.fields.List(ma.fields.Nested(NotCountedSchema))
    entries = ma.fields.List(ma.fields.Nested(EntrySchema))
    next = ma.fields.String(allow_none=True)


class ChangeSchema(ma.Schema):
    """What one event did to the counted figures."""

    event_id = ma.fields.UUID()
    correlation_id = ma.fields.String()
    recorded_at = ma.fields.AwareDateTime()
    programme_code = ma.fields.String()
    cause = ma.fields.Enum(CauseKind, by_value=True)
    because = ma.fields.String()
    reason = ma.fields.String(allow_none=True)
    author = ma.fields.String()
    convention_reference = ma.fields.String(allow_none=True)
    convention_status = ma.fields.Enum(ConventionStatus, by_value=True, allow_none=True)
    amendment_number = ma.fields.Integer(allow_none=True)
    action_codes = ma.fields.List(ma.fields.String())
    entries = ma.fields.Integer()
    need = Money()
    sought = Money()
    secured = Money()
    received = Money()


class TrancheSchema(ma.Schema):
    """A promised amount and what became of it; `payable` is what may be recorded as paid."""

    id = ma.fields.UUID()
    convention_id = ma.fields.UUID()
    convention_reference = ma.fields.String()
    convention_status = ma.fields.Enum(ConventionStatus, by_value=True)
    line_id = ma.fields.UUID()
    action_id = ma.fields.UUID()
    action_code = ma.fields.String()
    funder_id = ma.fields.UUID()
    funder_name = ma.fields.String()
    kind = ma.fields.Enum(ContributionKind, by_value=True)
    nature = ma.fields.Enum(Nature, by_value=True)
    vat_basis = ma.fields.Enum(VatBasis, by_value=True)
    year = ma.fields.Integer()
    due_on = ma.fields.Date()
    condition = ma.fields.String(allow_none=True)
    amount = Money()
    sought = Money()
    secured = Money()
    received = Money()
    payable = Money()

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Read from the row: what was added up, else the tranche's own columns."""
        return getattr(obj, attr) if attr in obj._fields else getattr(obj.Tranche, attr, default)


class DiscrepanciesSchema(ma.Schema):
    """Whatever does not add up, a sentence each; an empty list is as it should be."""

    items = ma.fields.List(ma.fields.String())
