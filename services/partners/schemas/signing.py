"""How a signature was given, over HTTP: the same for the charter and for conventions."""

from typing import Any

import marshmallow as ma

from chassis.texts import Written
from contracts.partners import SignatureLevel
from services.partners.schemas.fields import Day, described, one_of, optional, words


class SignatoryIn(ma.Schema):
    """Who signed, and in what capacity."""

    name = words(required=True, metadata=described("Jeanne Martin"))
    capacity = words(required=True, metadata=described("Présidente du conseil départemental"))


class DerogationIn(ma.Schema):
    """The decision by which a signature stands that its mandate does not cover."""

    document = words(required=True, metadata=described("Arrêté préfectoral n° 2017-311"))
    decided_by = words(required=True, metadata=described("Préfecture des Alpes-de-Haute-Provence"))
    decided_on = Day(required=True, metadata=described("2017-11-10"))
    reason = words(required=True, longest=1000, metadata=described("Urgence, délibération à la prochaine session"))


class SigningIn(ma.Schema):
    """A signature. Whoever records somebody else's says in `evidence` where the proof is kept."""

    signed_on = Day(required=True, metadata=described("2017-11-14"))
    signatory = ma.fields.Nested(SignatoryIn, required=True)
    level = one_of(SignatureLevel, required=True, metadata=described("paper"))
    evidence = optional(words(longest=1000, metadata=described("Original n° 2, registre des conventions, feuillet 14")))
    fingerprint = optional(
        ma.fields.String(
            validate=Written("[0-9a-f]{64}", error="Write the SHA-256 in 64 small hexadecimal digits."),
            metadata=described(None, "SHA-256 of the text signed; without it, the present text's."),
        )
    )
    mandate_id = optional(
        ma.fields.UUID(metadata=described(None, "The mandate signed under, where it is recorded here."))
    )
    mandate_number = optional(
        words(longest=100, metadata=described("2017-04-12", "The number of another party's own deliberation."))
    )
    on_behalf_of = optional(words(metadata=described("Pour le Président et par délégation", "In whose place.")))
    proof_fingerprint = optional(
        ma.fields.String(
            validate=Written("[0-9a-f]{64}", error="Write the SHA-256 in 64 small hexadecimal digits."),
            metadata=described(None, "SHA-256 of the proof's file, kept where `evidence` says."),
        )
    )
    derogation = optional(
        ma.fields.Nested(
            DerogationIn,
            metadata=described(None, "By which decision it stands without cover; the programme office records it."),
        )
    )


class DerogationOut(DerogationIn):
    """A derogation as recorded, and what it derogates from: everything that the mandate lacked."""

    derogated_from = ma.fields.List(ma.fields.String(), required=True)


def _derogation(signed: Any) -> dict[str, Any] | None:
    if signed.derogation_document is None:
        return None
    facts = {name: getattr(signed, f"derogation_{name}") for name in ("document", "decided_by", "decided_on", "reason")}
    return dict(DerogationOut().dump({**facts, "derogated_from": signed.derogated_from}))


class SigningOut(ma.Schema):
    """A signature's evidence."""

    signed_on = ma.fields.Date(required=True)
    signatory = ma.fields.Function(
        lambda signed: {"name": signed.signatory_name, "capacity": signed.capacity},
        metadata={"type": "object", "example": {"name": "Jeanne Martin", "capacity": "Présidente"}},
    )
    level = one_of(SignatureLevel, required=True)
    evidence = ma.fields.String(required=True, allow_none=True)
    fingerprint = ma.fields.String(required=True)
    mandate_id = ma.fields.UUID(required=True, allow_none=True)
    mandate_number = ma.fields.String(required=True, allow_none=True)
    on_behalf_of = ma.fields.String(required=True, allow_none=True)
    proof_fingerprint = ma.fields.String(required=True, allow_none=True)
    derogation = ma.fields.Function(_derogation, metadata={"type": ["object", "null"]})
    recorded_by = ma.fields.String(required=True, metadata=described(None, "The person or program that recorded it."))


def signing_facts(values: dict[str, Any], fingerprint: str) -> dict[str, Any]:
    """Give the facts of a signature from what came in; it is of the present text unless it says otherwise."""
    signatory, derogation = values.pop("signatory"), values.pop("derogation") or {}
    return {
        **values,
        **{f"derogation_{name}": fact for name, fact in derogation.items()},
        "signatory_name": signatory["name"],
        "capacity": signatory["capacity"],
        "fingerprint": values["fingerprint"] or fingerprint,
    }
