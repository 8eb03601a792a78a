"""The people through whom organisations speak, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.pagination import page_schema
from services.partners.domain.contact import SIGNED_BY_CONTACTS, ContactFacts
from services.partners.domain.mandate import Act
from services.partners.schemas.fields import Day, described, one_of, optional, words


class ContactIn(ma.Schema):
    """What one says of a contact."""

    name = words(required=True, metadata=described("Jeanne Martin"))
    email = optional(
        ma.fields.Email(validate=ma.validate.Length(max=254), metadata=described("jeanne.martin@example.org"))
    )
    capacity = words(required=True, metadata=described("Maire"))
    phone = optional(words(longest=30, metadata=described("04 92 00 00 00")))
    may_sign = ma.fields.List(
        one_of(Act, validate=ma.validate.OneOf(SIGNED_BY_CONTACTS)),
        load_default=list,
        metadata=described(["sign_charter", "sign_conventions"], "What the person may sign for the organisation."),
    )
    since = optional(Day(metadata=described("2017-07-01", "The first day of this capacity.")))
    until = optional(Day(metadata=described(None, "The last one.")))

    @ma.post_load
    def make(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Give who it is, and what is said of them."""
        name, email, may_sign = values.pop("name"), values.pop("email"), tuple(dict.fromkeys(values.pop("may_sign")))
        return {"name": name, "email": email, "said": ContactFacts(**values, may_sign=may_sign)}


class ContactOut(ma.Schema):
    """A contact; shown to its own organisation and to the programme's staff alone."""

    id = ma.fields.UUID(required=True)
    organisation_id = ma.fields.UUID(required=True)
    person_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, attribute="person.name")
    email = ma.fields.String(required=True, allow_none=True, attribute="person.email")
    capacity = ma.fields.String(required=True)
    phone = ma.fields.String(required=True, allow_none=True)
    may_sign = ma.fields.List(ma.fields.String(), required=True)
    since = ma.fields.Date(required=True, allow_none=True)
    until = ma.fields.Date(required=True, allow_none=True)
    sequence = ma.fields.Integer(required=True, metadata=described(1, "The version that If-Match names."))


ContactPage = page_schema(ContactOut)
