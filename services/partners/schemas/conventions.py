"""Conventions, over HTTP."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma

from chassis.money import Money, NonNegativeMoney, PositiveMoney, VatBasis
from chassis.pagination import page_schema
from contracts.partners import ContributionKind, ConventionStatus, Nature, PartyRole
from services.partners.domain.convention_terms import LineTerms, PartyTerms, Terms, TrancheTerms
from services.partners.schemas.fields import Day, code_word, described, one_of, optional, prose, words
from services.partners.schemas.signing import SigningOut
from services.partners.use_cases.convention_models import ClauseWanted

MOST_COUNTED = Decimal(100_000)


class PartyIn(ma.Schema):
    """One that will sign."""

    organisation_id = ma.fields.UUID(required=True)
    role = one_of(PartyRole, required=True, metadata=described("funder"))
    mandate_id = optional(ma.fields.UUID(metadata=described(None, "The mandate it will sign under, recorded here.")))
    mandate_number = optional(words(longest=100, metadata=described("2017-04-12", "Or its own deliberation's number.")))

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> PartyTerms:
        """Give the terms."""
        return PartyTerms(**values)


class TrancheIn(ma.Schema):
    """An amount due on a day."""

    amount = NonNegativeMoney(required=True)
    due_on = Day(required=True, metadata=described("2017-12-01"))
    year = optional(
        ma.fields.Integer(
            strict=True,
            validate=ma.validate.Range(2000, 2100),
            metadata=described(2017, "The budget year, where it is not that of the day."),
        )
    )
    condition = optional(words(longest=1000, metadata=described("À la signature")))

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> TrancheTerms:
        """Give the terms; the day's own year goes without saying."""
        year = None if values["year"] == values["due_on"].year else values["year"]
        return TrancheTerms(**{**values, "year": year})


class Count(PositiveMoney):
    """A number of people or days: written as strictly as an amount, and above zero."""

    default_error_messages = {
        "invalid": "Write the number as a string with at most two decimals and a dot, such as '0.50'.",
        "much": "Write at most {most}.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        number = super()._deserialize(value, attr, data, **kwargs)
        if number > MOST_COUNTED:
            raise self.make_error("much", most=MOST_COUNTED)
        return number


class LineIn(ma.Schema):
    """What one party promises to one action."""

    organisation_id = ma.fields.UUID(required=True, metadata=described(None, "The party that contributes."))
    action_id = ma.fields.UUID(required=True)
    kind = one_of(ContributionKind, required=True, metadata=described("cash"))
    nature = one_of(Nature, required=True, metadata=described("investment"))
    vat_basis = one_of(VatBasis, required=True, metadata=described("TTC"))
    description = optional(words(longest=1000, metadata=described("Participation aux équipements")))
    fte = optional(Count(metadata=described("0.50", "People: full-time equivalents over the line's time.")))
    days = optional(Count(metadata=described("12.00", "People: days, with a rate; the tranches add up to both.")))
    day_rate = optional(PositiveMoney(metadata=described("350.00", "People: euros a day.")))
    proof = optional(
        words(longest=1000, metadata=described("Procès-verbal d’installation", "Organisational: what will show it."))
    )
    passes_on = optional(
        ma.fields.UUID(metadata=described(None, "The line of another convention whose money this one hands on."))
    )
    tranches = ma.fields.List(ma.fields.Nested(TrancheIn), required=True, validate=ma.validate.Length(min=1, max=100))

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> LineTerms:
        """Give the terms."""
        return LineTerms(**{**values, "tranches": tuple(values["tranches"])})


class ClauseIn(ma.Schema):
    """A clause: one of the programme's model, its placeholders filled with `values`, or one's own title and text."""

    code = code_word(required=True, metadata=described("versement", "Names the clause; that of a template fills it."))
    title = optional(words(metadata=described("Modalités de versement")))
    text = optional(prose(longest=20_000, metadata=described(None, "Instead of the template's text.")))
    values = ma.fields.Dict(
        keys=ma.fields.String(),
        values=words(longest=1000),
        load_default=dict,
        metadata=described({"delay": "30 jours"}, "For placeholders that do not fill themselves."),
    )

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> ClauseWanted:
        """Give what is asked for."""
        return ClauseWanted(**values)


class ConventionIn(ma.Schema):
    """A convention's text; two parties at least, one of them project owner."""

    programme_code = words(required=True, longest=20, metadata=described("SUN04"))
    title = words(required=True, metadata=described("Télémédecine en vallée de l’Ubaye"))
    starts_on = Day(required=True, metadata=described("2017-11-01"))
    ends_on = Day(required=True, metadata=described("2018-12-31"))
    illustrative = ma.fields.Boolean(
        load_default=False, metadata=described(False, "Whether it is an invented example.")
    )
    parties = ma.fields.List(ma.fields.Nested(PartyIn), required=True, validate=ma.validate.Length(max=100))
    lines = ma.fields.List(ma.fields.Nested(LineIn), required=True, validate=ma.validate.Length(max=200))
    action_ids = ma.fields.List(
        ma.fields.UUID(),
        load_default=list,
        validate=ma.validate.Length(max=100),
        metadata=described([], "Actions that it serves without a line of their own."),
    )
    clauses = ma.fields.List(ma.fields.Nested(ClauseIn), load_default=list, validate=ma.validate.Length(max=100))

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Give the terms, and the clauses that are to be filled."""
        clauses = values.pop("clauses")
        lists = {name: tuple(values[name]) for name in ("parties", "lines", "action_ids")}
        return {"terms": Terms(**{**values, **lists}), "clauses": clauses}


class PartyOut(ma.Schema):
    """One that signs; `signature` is null while it is awaited."""

    organisation_id = ma.fields.UUID(required=True, attribute="party.organisation_id")
    name = ma.fields.String(required=True, attribute="party.name")
    role = one_of(PartyRole, required=True, attribute="party.role")
    mandate_id = ma.fields.UUID(required=True, allow_none=True, attribute="party.mandate_id")
    mandate_number = ma.fields.String(required=True, allow_none=True, attribute="party.mandate_number")
    signed_on = ma.fields.Date(required=True, allow_none=True, attribute="party.signed_on")
    joined_on = ma.fields.Date(required=True, allow_none=True, attribute="party.joined_on")
    left_on = ma.fields.Date(required=True, allow_none=True, attribute="party.left_on")
    signature = ma.fields.Nested(SigningOut, required=True, allow_none=True)


class TrancheOut(ma.Schema):
    """An amount of one budget year."""

    tranche_id = ma.fields.UUID(required=True, attribute="id")
    year = ma.fields.Integer(required=True)
    amount = Money(required=True)
    due_on = ma.fields.Date(required=True)
    condition = ma.fields.String(required=True, allow_none=True)


class LineOut(ma.Schema):
    """What one party promises to one action."""

    line_id = ma.fields.UUID(required=True, attribute="id")
    organisation_id = ma.fields.UUID(required=True)
    organisation_name = ma.fields.String(required=True, attribute="organisation.name")
    action_id = ma.fields.UUID(required=True)
    action_code = ma.fields.String(required=True, attribute="action.code")
    kind = one_of(ContributionKind, required=True)
    nature = one_of(Nature, required=True)
    vat_basis = one_of(VatBasis, required=True)
    description = ma.fields.String(required=True, allow_none=True)
    fte = Count(required=True, allow_none=True, metadata=described("0.50"))
    days = Count(required=True, allow_none=True, metadata=described("12.00"))
    day_rate = Money(required=True, allow_none=True)
    proof = ma.fields.String(required=True, allow_none=True)
    passes_on = ma.fields.UUID(required=True, allow_none=True)
    passes_on_reference = ma.fields.String(required=True, allow_none=True, metadata=described("SUN-2017-003"))
    passes_on_organisation = ma.fields.String(required=True, allow_none=True)
    tranches = ma.fields.List(ma.fields.Nested(TrancheOut), required=True)


class ActionOut(ma.Schema):
    """An action that a convention serves."""

    action_id = ma.fields.UUID(required=True)
    action_code = ma.fields.String(required=True, attribute="action.code")
    title = ma.fields.String(required=True, attribute="action.title")
    added_on = ma.fields.Date(required=True, allow_none=True)


class ClauseOut(ma.Schema):
    """A clause as it is signed."""

    code = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    text = ma.fields.String(required=True)


class ConventionOut(ma.Schema):
    """A convention; its ETag is the text's `revision`, which a signature names."""

    id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True, allow_none=True, metadata=described("SUN-2017-014"))
    title = ma.fields.String(required=True)
    programme_code = ma.fields.String(required=True)
    status = one_of(ConventionStatus, required=True)
    version = ma.fields.Integer(required=True)
    revision = ma.fields.Integer(required=True)
    fingerprint = ma.fields.String(required=True, metadata=described(None, "SHA-256 of the text's terms."))
    starts_on = ma.fields.Date(required=True)
    ends_on = ma.fields.Date(required=True)
    illustrative = ma.fields.Boolean(required=True)
    proposed_on = ma.fields.Date(required=True, allow_none=True)
    in_force_on = ma.fields.Date(required=True, allow_none=True)
    ended_on = ma.fields.Date(required=True, allow_none=True)
    ended_by = ma.fields.UUID(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)
    parties = ma.fields.List(ma.fields.Nested(PartyOut), required=True, attribute="party_states")
    lines = ma.fields.List(ma.fields.Nested(LineOut), required=True)
    actions = ma.fields.List(ma.fields.Nested(ActionOut), required=True, attribute="serves")
    clauses = ma.fields.List(ma.fields.Nested(ClauseOut), required=True)
    amendment_number = ma.fields.Integer(
        required=True, allow_none=True, metadata=described(1, "That of the latest amendment in force.")
    )
    amendment_reference = ma.fields.String(
        required=True, allow_none=True, metadata=described("SUN-2017-014 avenant n° 1")
    )
    amended_on = ma.fields.Date(required=True, allow_none=True)
    allowed = ma.fields.List(
        ma.fields.String(), required=True, metadata=described(["sign", "refuse", "withdraw"], "What may happen now.")
    )


class RefusalIn(ma.Schema):
    """Who says no, and why."""

    organisation_id = ma.fields.UUID(required=True)
    reason = words(required=True, longest=1000, metadata=described("Hors compétence"))


class WithdrawalIn(ma.Schema):
    """Why a draft or a proposal is taken back."""

    reason = words(required=True, longest=1000, metadata=described("Remplacée par une autre proposition"))


class TerminationIn(ma.Schema):
    """When and why a convention ends early; `organisation_id` is the party that ended it, where it was one."""

    terminated_on = Day(required=True, metadata=described("2018-03-31"))
    reason = words(required=True, longest=1000, metadata=described("Retrait du financeur"))
    organisation_id = optional(ma.fields.UUID())


class TextOut(ma.Schema):
    """A text that was put before the parties, exactly as its fingerprint was taken: the SHA-256 of `text` in UTF-8."""

    version = ma.fields.Integer(required=True)
    revision = ma.fields.Integer(required=True)
    fingerprint = ma.fields.String(required=True)
    amendment_number = ma.fields.Integer(required=True, allow_none=True)
    amended_on = ma.fields.Date(required=True, allow_none=True)
    text = ma.fields.String(required=True, metadata=described('{"ends_on":"2018-12-31",…}', "Canonical JSON."))


TextPage = page_schema(TextOut)
