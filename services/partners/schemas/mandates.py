"""Mandates, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.money import Money, NonNegativeMoney
from chassis.pagination import PageQuery, page_schema
from services.partners.domain.mandate import Act, Deliberation, Opinion
from services.partners.schemas.fields import described, one_of, optional, words


def _votes(text: str) -> ma.fields.Field[Any]:
    votes = ma.fields.Integer(strict=True, validate=ma.validate.Range(0, 10_000), metadata=described(None, text))
    return optional(votes)


class DeliberationIn(ma.Schema):
    """A deliberation; enforceable once published and, where the law asks, transmitted (CGCT, article L3131-1)."""

    number = words(required=True, longest=100, metadata=described("2017-118"))
    title = words(required=True, metadata=described("Adoption du schéma départemental des usages numériques"))
    body = words(required=True, metadata=described("Conseil départemental"))
    adopted_on = ma.fields.Date(required=True, metadata=described("2017-06-30"))
    transmitted_on = optional(ma.fields.Date(metadata=described("2017-07-04")))
    published_on = optional(ma.fields.Date(metadata=described("2017-07-05")))
    enforceable_since = optional(ma.fields.Date(metadata=described("2017-07-05")))
    commission = optional(words(metadata=described("4e commission")))
    commission_opinion = optional(one_of(Opinion, metadata=described("favourable")))
    unanimous = ma.fields.Boolean(load_default=False, metadata=described(True))
    votes_for = _votes("Votes for.")
    votes_against = _votes("Votes against.")
    abstentions = _votes("Abstentions.")
    authorises = ma.fields.List(
        one_of(Act),
        required=True,
        validate=ma.validate.Length(min=1),
        metadata=described(["sign_conventions", "sign_charter", "reallocate_credit"]),
    )
    ceiling = optional(
        NonNegativeMoney(metadata=described("50000.00", "Euros that may be moved or committed under it."))
    )
    signatories = ma.fields.List(
        words(),
        load_default=list,
        metadata=described(
            ["Président du conseil départemental"], "In what capacity one may sign under it; empty: not said."
        ),
    )

    @ma.validates_schema
    def dates_follow(self, values: dict[str, Any], **_: Any) -> None:
        """Refuse a deliberation that took effect before it was adopted."""
        since = values.get("enforceable_since")
        if since and since < values["adopted_on"]:
            raise ma.ValidationError("It cannot be enforceable before it was adopted.", "enforceable_since")


class MandateIn(DeliberationIn):
    """A deliberation, and whose it is."""

    organisation_id = ma.fields.UUID(required=True, metadata=described(None, "Whose assembly deliberated."))


class MandateOut(ma.Schema):
    """A deliberation as recorded."""

    id = ma.fields.UUID(required=True)
    organisation_id = ma.fields.UUID(required=True)
    organisation_name = ma.fields.String(required=True, attribute="organisation.name")
    number = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    body = ma.fields.String(required=True)
    adopted_on = ma.fields.Date(required=True)
    transmitted_on = ma.fields.Date(required=True, allow_none=True)
    published_on = ma.fields.Date(required=True, allow_none=True)
    enforceable_since = ma.fields.Date(required=True, allow_none=True)
    commission = ma.fields.String(required=True, allow_none=True)
    commission_opinion = one_of(Opinion, required=True, allow_none=True)
    unanimous = ma.fields.Boolean(required=True)
    votes_for = ma.fields.Integer(required=True, allow_none=True)
    votes_against = ma.fields.Integer(required=True, allow_none=True)
    abstentions = ma.fields.Integer(required=True, allow_none=True)
    authorises = ma.fields.List(ma.fields.String(), required=True)
    ceiling = Money(required=True, allow_none=True)
    signatories = ma.fields.List(ma.fields.String(), required=True)


class MandateQuery(PageQuery):
    """Which mandates."""

    organisation_id = ma.fields.UUID(load_default=None)


def deliberation(values: dict[str, Any]) -> Deliberation:
    """Give the deliberation from what came in."""
    stated = {name: value for name, value in values.items() if name != "organisation_id"}
    lists = {name: tuple(stated[name]) for name in ("authorises", "signatories")}
    return Deliberation(**{**stated, **lists})


MandatePage = page_schema(MandateOut)
