"""How a signature was given, over HTTP: the same for the charter and for conventions."""

from typing import Any

import marshmallow as ma

from contracts.partners import SignatureLevel
from services.partners.schemas.fields import described, one_of, optional, words


class SignatoryIn(ma.Schema):
    """Who signed, and in what capacity."""

    name = words(required=True, metadata=described("Jeanne Martin"))
    capacity = words(required=True, metadata=described("Présidente du conseil départemental"))


class SigningIn(ma.Schema):
    """A signature. Whoever records somebody else's says in `evidence` where the proof is kept."""

    signed_on = ma.fields.Date(required=True, metadata=described("2017-11-14"))
    signatory = ma.fields.Nested(SignatoryIn, required=True)
    level = one_of(SignatureLevel, required=True, metadata=described("paper"))
    evidence = optional(words(longest=1000, metadata=described("Original n° 2, registre des conventions, feuillet 14")))
    fingerprint = optional(
        ma.fields.String(
            validate=ma.validate.Regexp(r"^[0-9a-f]{64}$"),
            metadata=described(None, "SHA-256 of the text signed; without it, the present text's."),
        )
    )
    mandate_id = optional(
        ma.fields.UUID(metadata=described(None, "The mandate signed under, where it is recorded here."))
    )
    mandate_number = optional(
        words(longest=100, metadata=described("2017-04-12", "The number of another party's own deliberation."))
    )


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
    recorded_by = ma.fields.String(required=True, metadata=described(None, "The person or program that recorded it."))


def signing_facts(values: dict[str, Any], fingerprint: str) -> dict[str, Any]:
    """Give the facts of a signature from what came in; it is of the present text unless it says otherwise."""
    signatory = values.pop("signatory")
    return {
        **values,
        "signatory_name": signatory["name"],
        "capacity": signatory["capacity"],
        "fingerprint": values["fingerprint"] or fingerprint,
    }
