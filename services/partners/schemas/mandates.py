"""Mandates, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.money import Money, NonNegativeMoney, VatBasis
from chassis.pagination import PageQuery, page_schema
from services.partners.domain.authorisation import Act, AuthorisationTerms
from services.partners.domain.mandate import Deliberation, Opinion
from services.partners.schemas.fields import Day, described, one_of, optional, words


def _votes(text: str) -> ma.fields.Field[Any]:
    votes = ma.fields.Integer(strict=True, validate=ma.validate.Range(0, 10_000), metadata=described(None, text))
    return optional(votes)


class AuthorisationIn(ma.Schema):
    """One thing that the deliberation authorises; credit and signatures stand in different ones."""

    label = optional(words(longest=1000, metadata=described("Valider et signer les conventions")))
    acts = ma.fields.List(
        one_of(Act), required=True, validate=ma.validate.Length(1, 10), metadata=described(["sign_conventions"])
    )
    counterparties = ma.fields.List(
        ma.fields.UUID(),
        load_default=list,
        validate=ma.validate.Length(max=1000),
        metadata=described(None, "With whom one may sign, by organisation; empty: with anybody."),
    )
    ceiling = optional(
        NonNegativeMoney(
            metadata=described(
                None,
                "Euros. For signatures: what the signer may promise in cash, what it passes on included, counted here. "
                "For credit: what may be moved and what may be committed, counted by the budget.",
            )
        )
    )
    vat_basis = one_of(VatBasis, load_default=VatBasis.TTC, metadata=described("TTC"))
    starts_on = optional(Day(metadata=described(None, "Its first day; none: since it is enforceable.")))
    ends_on = optional(Day(metadata=described(None, "Its last day; none: until it is replaced.")))
    signatories = ma.fields.List(
        words(),
        load_default=list,
        validate=ma.validate.Length(max=50),
        metadata=described(
            ["Président du conseil départemental"], "In what capacity one may sign under it; empty: not said."
        ),
    )


class DeliberationIn(ma.Schema):
    """A deliberation; enforceable once published and, where the law asks, transmitted (CGCT, article L3131-1)."""

    number = words(required=True, longest=100, metadata=described("2017-118"))
    title = words(required=True, metadata=described("Adoption du schéma départemental des usages numériques"))
    body = words(required=True, metadata=described("Conseil départemental"))
    adopted_on = Day(required=True, metadata=described("2017-06-30"))
    transmitted_on = optional(Day(metadata=described("2017-07-04")))
    published_on = optional(Day(metadata=described("2017-07-05")))
    enforceable_since = optional(Day(metadata=described("2017-07-05")))
    commission = optional(words(metadata=described("4e commission")))
    commission_opinion = optional(one_of(Opinion, metadata=described("favourable")))
    unanimous = ma.fields.Boolean(load_default=False, metadata=described(True))
    votes_for = _votes("Votes for.")
    votes_against = _votes("Votes against.")
    abstentions = _votes("Abstentions.")
    authorisations = ma.fields.List(
        ma.fields.Nested(AuthorisationIn), required=True, validate=ma.validate.Length(1, 50)
    )


class MandateIn(DeliberationIn):
    """A deliberation, and whose it is."""

    organisation_id = ma.fields.UUID(required=True, metadata=described(None, "Whose assembly deliberated."))
    corrects = optional(
        ma.fields.UUID(metadata=described(None, "The mandate whose text it corrects, where something rests on that."))
    )


class BasisDrawnOut(ma.Schema):
    """What was taken on one VAT basis, in euros."""

    vat_basis = one_of(
        VatBasis,
        required=True,
        allow_none=True,
        metadata=described("TTC", "None for credit, or where it is not known."),
    )
    amount = Money(required=True, metadata=described("80000.00"))


class DrawnOut(ma.Schema):
    """What one act took of an authorisation, in euros; without a ceiling nothing remains, and `drawn` sums VAT bases.

    `drawn_by_vat_basis` tells them apart.
    """

    act = one_of(Act, required=True)
    drawn = Money(required=True)
    drawn_by_vat_basis = ma.fields.List(ma.fields.Nested(BasisDrawnOut), required=True)
    remaining = Money(required=True, allow_none=True)


class AuthorisationOut(ma.Schema):
    """One thing that the deliberation authorises, and what remains of it."""

    id = ma.fields.UUID(required=True)
    label = ma.fields.String(required=True, allow_none=True)
    acts = ma.fields.List(one_of(Act), required=True)
    counterparties = ma.fields.List(ma.fields.UUID(), required=True)
    ceiling = Money(required=True, allow_none=True)
    vat_basis = one_of(VatBasis, required=True)
    starts_on = ma.fields.Date(required=True, allow_none=True)
    ends_on = ma.fields.Date(required=True, allow_none=True)
    signatories = ma.fields.List(ma.fields.String(), required=True)
    draws = ma.fields.List(ma.fields.Nested(DrawnOut), required=True)


class DelegationIn(ma.Schema):
    """Who may sign in the executive's place, by name, and by which document."""

    name = words(required=True, metadata=described("Jeanne Martin"))
    capacity = words(required=True, metadata=described("Première vice-présidente"))
    document = words(required=True, metadata=described("Arrêté n° 2017-42 du 10 juillet 2017"))
    starts_on = Day(required=True, metadata=described("2017-07-10"))
    ends_on = optional(Day(metadata=described("2018-12-31")))


class DelegationOut(DelegationIn):
    """A delegation as recorded."""

    id = ma.fields.UUID(required=True)
    recorded_by = ma.fields.String(required=True)


class DelegationEndIn(ma.Schema):
    """Until when."""

    ends_on = Day(required=True, metadata=described("2018-03-31", "Its last day."))


class MandateOut(ma.Schema):
    """A deliberation as recorded."""

    id = ma.fields.UUID(required=True)
    organisation_id = ma.fields.UUID(required=True)
    organisation_name = ma.fields.String(required=True)
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
    authorises = ma.fields.List(one_of(Act), required=True, metadata=described(None, "All acts that it authorises."))
    authorisations = ma.fields.List(ma.fields.Nested(AuthorisationOut), required=True)
    delegations = ma.fields.List(ma.fields.Nested(DelegationOut), required=True)
    corrects = ma.fields.UUID(required=True, allow_none=True)
    corrected_by = ma.fields.String(
        required=True, allow_none=True, metadata=described(None, "The number of the record that took its place.")
    )
    fixed = ma.fields.Boolean(
        required=True, metadata=described(None, "Something rests on it: its text stays as it is.")
    )


class MandateQuery(PageQuery):
    """Which mandates."""

    organisation_id = ma.fields.UUID(load_default=None)


class DrawOut(ma.Schema):
    """One act under a mandate, on one VAT basis; given back where it came to nothing."""

    id = ma.fields.UUID(required=True)
    act = one_of(Act, required=True)
    subject_id = ma.fields.UUID(required=True)
    subject_name = ma.fields.String(required=True, metadata=described("SUN-2017-014"))
    amount = Money(required=True)
    vat_basis = one_of(
        VatBasis,
        required=True,
        allow_none=True,
        metadata=described("TTC", "Of the amount; none for credit, where nothing was taken, or where it is not known."),
    )
    drawn_on = ma.fields.Date(required=True)
    derogated = ma.fields.Boolean(required=True, metadata=described(None, "Signed although the mandate fell short."))
    given_back_on = ma.fields.Date(required=True, allow_none=True)
    given_back_because = ma.fields.String(required=True, allow_none=True)


def deliberation(values: dict[str, Any]) -> Deliberation:
    """Give the deliberation from what came in."""
    stated = {name: value for name, value in values.items() if name not in ("organisation_id", "corrects")}
    return Deliberation(**{**stated, "authorisations": tuple(map(_authorisation, stated["authorisations"]))})


def _authorisation(values: dict[str, Any]) -> AuthorisationTerms:
    lists = {name: tuple(dict.fromkeys(values[name])) for name in ("acts", "counterparties", "signatories")}
    return AuthorisationTerms(**{**values, **lists})


MandatePage = page_schema(MandateOut)
DrawPage = page_schema(DrawOut)
