"""Amendments, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.money import NonNegativeMoney
from chassis.pagination import PageQuery, page_schema
from contracts.amendments import AmendmentStatus, ChangeKind
from services.partners.domain.amendment_changes import Change
from services.partners.domain.convention_terms import ClauseTerms
from services.partners.schemas.convention_lists import PartySummaryOut
from services.partners.schemas.conventions import LineIn, PartyIn, PartyOut, TrancheIn
from services.partners.schemas.fields import Day, code_word, described, one_of, optional, prose, words


class AmendmentQuery(PageQuery):
    """Which amendments."""

    status = one_of(AmendmentStatus, load_default=None)


class ChangedClauseIn(ma.Schema):
    """A clause as it will read; without a text it goes."""

    code = code_word(required=True, metadata=described("versement"))
    title = optional(words(metadata=described("Modalités de versement")))
    text = optional(prose(longest=20_000, metadata=described("Versement sous 45 jours.")))

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> ClauseTerms:
        """Give the terms; without a title the clause keeps its own."""
        return ClauseTerms(code=values["code"], title=values["title"] or "", text=values["text"] or "")


class ChangeIn(ma.Schema):
    """One thing that changes; `kind` says which of the other fields it needs, and the others stay out."""

    kind = one_of(ChangeKind, required=True, metadata=described("amount"))
    starts_on = optional(Day(metadata=described(None, "period: the first day, where it changes.")))
    ends_on = optional(Day(metadata=described(None, "period: the last day, where it changes.")))
    party = optional(ma.fields.Nested(PartyIn, metadata=described(None, "party_joins: who, and in what role.")))
    organisation_id = optional(ma.fields.UUID(metadata=described(None, "party_leaves: who.")))
    action_id = optional(ma.fields.UUID(metadata=described(None, "action_added: one served without a line.")))
    line = optional(ma.fields.Nested(LineIn, metadata=described(None, "line_added: what is promised besides.")))
    line_id = optional(ma.fields.UUID(metadata=described(None, "tranche_added: the line that it comes to.")))
    tranche = optional(ma.fields.Nested(TrancheIn, metadata=described(None, "tranche_added: how much, when.")))
    tranche_id = optional(
        ma.fields.UUID(
            metadata=described("0198c9a0-0000-7000-8000-000000000014", "amount, tranche_changed, tranche_removed.")
        )
    )
    amount = optional(NonNegativeMoney(metadata=described("65000.00", "amount: what the tranche brings from now on.")))
    due_on = optional(Day(metadata=described(None, "tranche_changed: the day from now on.")))
    year = optional(
        ma.fields.Integer(
            strict=True,
            validate=ma.validate.Range(2000, 2100),
            metadata=described(None, "tranche_changed: the budget year, where it is not that of the day."),
        )
    )
    condition = optional(
        words(longest=1000, metadata=described(None, "tranche_changed: the condition from now on, none if left out."))
    )
    clause = optional(ma.fields.Nested(ChangedClauseIn, metadata=described(None, "clause: as it will read.")))

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> Change:
        """Give the change."""
        return Change(**values)


class AmendmentIn(ma.Schema):
    """What changes in a convention, and from when."""

    title = words(required=True, metadata=described("Complément à la seconde tranche"))
    effective_on = Day(required=True, metadata=described("2018-02-01"))
    changes = ma.fields.List(ma.fields.Nested(ChangeIn), required=True, validate=ma.validate.Length(max=100))


class DifferenceOut(ma.Schema):
    """One thing that changes, from what to what; null before is new, null after is gone."""

    kind = one_of(ChangeKind, required=True)
    field = ma.fields.String(required=True, metadata=described("amount"))
    before = ma.fields.String(required=True, allow_none=True, metadata=described("50000.00"))
    after = ma.fields.String(required=True, allow_none=True, metadata=described("65000.00"))
    organisation_id = ma.fields.UUID(required=True, allow_none=True)
    organisation_name = ma.fields.String(required=True, allow_none=True)
    action_id = ma.fields.UUID(required=True, allow_none=True)
    action_code = ma.fields.String(required=True, allow_none=True)
    line_id = ma.fields.UUID(required=True, allow_none=True)
    tranche_id = ma.fields.UUID(required=True, allow_none=True)
    year = ma.fields.Integer(required=True, allow_none=True)
    clause = ma.fields.String(required=True, allow_none=True)
    contribution = ma.fields.String(required=True, allow_none=True, metadata=described("cash"))
    vat_basis = ma.fields.String(required=True, allow_none=True, metadata=described("TTC"))


class AmendmentOut(ma.Schema):
    """An amendment; its ETag is the text's `revision`, which a signature names.

    Its parties are those who sign it: `joined_on` and `left_on` say who joins or leaves. `text` is what they sign.
    """

    id = ma.fields.UUID(required=True)
    convention_id = ma.fields.UUID(required=True)
    convention_reference = ma.fields.String(required=True, attribute="convention.reference")
    programme_code = ma.fields.String(required=True, attribute="convention.programme_code")
    number = ma.fields.Integer(required=True, allow_none=True, metadata=described(1))
    reference = ma.fields.String(required=True, allow_none=True, metadata=described("SUN-2017-014 avenant n° 1"))
    title = ma.fields.String(required=True)
    status = one_of(AmendmentStatus, required=True)
    amends_version = ma.fields.Integer(
        required=True, metadata=described(1, "The convention's version that it changes.")
    )
    revision = ma.fields.Integer(required=True)
    effective_on = ma.fields.Date(required=True)
    proposed_on = ma.fields.Date(required=True, allow_none=True)
    in_force_on = ma.fields.Date(
        required=True, allow_none=True, metadata=described(None, "The last signature's day where that came later.")
    )
    ended_on = ma.fields.Date(required=True, allow_none=True)
    ended_by = ma.fields.UUID(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)
    fingerprint = ma.fields.String(required=True, metadata=described(None, "SHA-256 of `text` in UTF-8."))
    text = ma.fields.String(required=True, metadata=described('{"changes":[…],…}', "Canonical JSON."))
    changes = ma.fields.List(ma.fields.Dict(), required=True, attribute="said_changes")
    differences = ma.fields.List(ma.fields.Nested(DifferenceOut), required=True)
    parties = ma.fields.List(ma.fields.Nested(PartyOut), required=True, attribute="party_states")
    allowed = ma.fields.List(
        ma.fields.String(), required=True, metadata=described(["sign", "refuse", "withdraw"], "What may happen now.")
    )


class AmendmentSummaryOut(ma.Schema):
    """An amendment in a list; `GET /v1/amendments/{amendment_id}` tells the rest: its text, evidence, what is allowed.

    `revision` is that of the text as it stands, which a signature names.
    """

    id = ma.fields.UUID(required=True)
    convention_id = ma.fields.UUID(required=True)
    convention_reference = ma.fields.String(required=True, metadata=described("SUN-2017-014"))
    programme_code = ma.fields.String(required=True, metadata=described("SUN04"))
    number = ma.fields.Integer(required=True, allow_none=True, metadata=described(1))
    reference = ma.fields.String(required=True, allow_none=True, metadata=described("SUN-2017-014 avenant n° 1"))
    title = ma.fields.String(required=True, metadata=described("Complément à la seconde tranche"))
    status = one_of(AmendmentStatus, required=True, metadata=described("partially_signed"))
    revision = ma.fields.Integer(required=True, metadata=described(1))
    effective_on = ma.fields.Date(required=True, metadata=described("2018-02-01"))
    proposed_on = ma.fields.Date(required=True, allow_none=True)
    in_force_on = ma.fields.Date(required=True, allow_none=True)
    ended_on = ma.fields.Date(required=True, allow_none=True)
    differences = ma.fields.List(ma.fields.Nested(DifferenceOut), required=True)
    parties = ma.fields.List(ma.fields.Nested(PartySummaryOut), required=True)


AmendmentPage = page_schema(AmendmentSummaryOut)
