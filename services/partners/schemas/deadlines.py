"""Deadlines, over HTTP."""

import marshmallow as ma

from chassis.money import Money, VatBasis
from chassis.pagination import PageQuery, page_schema
from contracts.deadlines import DeadlineKind
from contracts.partners import ContributionKind
from services.partners.schemas.fields import described, one_of, optional


class DeadlineQuery(PageQuery):
    """Which deadlines."""

    kind = optional(one_of(DeadlineKind, metadata=described("tranche_due")))
    since = optional(ma.fields.Date(metadata=described("2017-11-01", "First day wanted; today when left out.")))
    until = optional(ma.fields.Date(metadata=described("2018-12-31", "Last day wanted.")))
    organisation_id = optional(ma.fields.UUID(metadata=described(None, "Whom they concern.")))
    convention_id = optional(ma.fields.UUID())


class DeadlineOut(ma.Schema):
    """What falls due on a day (Europe/Paris); a charter's has no convention, only a tranche has an amount.

    Amounts of one `vat_basis` add up, less what of them is `passed_on`.
    """

    kind = one_of(DeadlineKind, required=True)
    subject_id = ma.fields.UUID(
        required=True, metadata=described(None, "The tranche, convention or adherence that it is of.")
    )
    due_on = ma.fields.Date(required=True, metadata=described("2017-12-01"))
    programme_code = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    illustrative = ma.fields.Boolean(required=True)
    convention_id = ma.fields.UUID(required=True, allow_none=True)
    reference = ma.fields.String(required=True, allow_none=True)
    charter_id = ma.fields.UUID(required=True, allow_none=True)
    organisation_id = ma.fields.UUID(required=True, allow_none=True)
    organisation_name = ma.fields.String(required=True, allow_none=True)
    action_id = ma.fields.UUID(required=True, allow_none=True)
    action_code = ma.fields.String(required=True, allow_none=True)
    amount = Money(required=True, allow_none=True)
    passed_on = Money(
        required=True,
        allow_none=True,
        metadata=described("0.00", "Of it, what another convention promised first and counts there."),
    )
    contribution = one_of(ContributionKind, required=True, allow_none=True)
    vat_basis = one_of(VatBasis, required=True, allow_none=True)


DeadlinePage = page_schema(DeadlineOut)


class DeadlineFeedOut(ma.Schema):
    """The secret address of somebody's deadlines."""

    created_at = ma.fields.AwareDateTime(required=True)
    read_at = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata=described(None, "When it was last read; null as long as nobody has.")
    )


class NewDeadlineFeedOut(ma.Schema):
    """A new secret address; the secret is shown only here."""

    secret = ma.fields.String(required=True)
    feed = ma.fields.Nested(DeadlineFeedOut, required=True)
