"""Invitations, sign-ins, tokens and clients, over HTTP."""

from typing import Any

import marshmallow as ma

from chassis.identity import READ, WRITE, Role
from chassis.pagination import page_schema
from services.partners.schemas.fields import described, one_of, optional, words


class InvitationIn(ma.Schema):
    """Whom to let in; somebody known already gets a new link, and this role from now on."""

    email = ma.fields.Email(required=True, validate=ma.validate.Length(max=254), metadata=described("j.martin@cd04.fr"))
    name = words(required=True, metadata=described("Jeanne Martin"))
    role = one_of(Role, required=True, metadata=described("partner"))
    organisation_id = optional(ma.fields.UUID(metadata=described(None, "Needed for a partner.")))
    language = ma.fields.String(load_default="fr", validate=ma.validate.OneOf(["fr", "en"]), metadata=described("fr"))


class PersonOut(ma.Schema):
    """Somebody who may sign in."""

    id = ma.fields.UUID(required=True)
    email = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    role = one_of(Role, required=True)
    organisation_id = ma.fields.UUID(required=True, allow_none=True)
    language = ma.fields.String(required=True)


class InvitationOut(ma.Schema):
    """What opens the door once; the token is shown only here."""

    sign_in_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    person = ma.fields.Nested(PersonOut, required=True)


class SignInIn(ma.Schema):
    """The secret of a sign-in link."""

    sign_in_token = ma.fields.String(required=True, validate=ma.validate.Length(1, 200))


class SignInOut(ma.Schema):
    """A sign-in: the access token for the calls, the refresh token for the next pair, at /v1/oauth/token."""

    access_token = ma.fields.String(required=True)
    refresh_token = ma.fields.String(required=True)
    token_type = ma.fields.Constant("Bearer")
    expires_in = ma.fields.Integer(required=True, metadata=described(600, "Seconds."))
    person = ma.fields.Nested(PersonOut, required=True)


class TokenRequest(ma.Schema):
    """What the token endpoint reads: a form (RFC 6749)."""

    grant_type = ma.fields.String(metadata=described("client_credentials", "Or `refresh_token`."))
    client_id = ma.fields.String(metadata=described(None, "Here, or in an Authorization header of scheme Basic."))
    client_secret = ma.fields.String()
    scope = ma.fields.String(metadata=described("read", "Fewer than the client's own, if wanted."))
    refresh_token = ma.fields.String()


class TokenOut(ma.Schema):
    """A token (RFC 6749, section 5.1)."""

    access_token = ma.fields.String(required=True)
    token_type = ma.fields.Constant("Bearer")
    expires_in = ma.fields.Integer(required=True, metadata=described(600, "Seconds."))
    scope = ma.fields.String(required=True, metadata=described("read write"))
    refresh_token = ma.fields.String(metadata=described(None, "For people; a client asks again with its secret."))

    @ma.post_dump
    def without_null(self, answer: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave the refresh token out where there is none, as OAuth2 libraries expect."""
        return {name: value for name, value in answer.items() if value is not None}


class KeySet(ma.Schema):
    """Public keys (JWK set, RFC 7517)."""

    keys = ma.fields.List(ma.fields.Dict(), required=True)


class ClientIn(ma.Schema):
    """A program to let in."""

    name = words(required=True, metadata=described("Système financier de la Région"))
    role = one_of(Role, required=True, metadata=described("partner"))
    organisation_id = optional(ma.fields.UUID(metadata=described(None, "Needed for a partner.")))
    scopes = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf([READ, WRITE])),
        load_default=lambda: [READ, WRITE],
        validate=ma.validate.Length(min=1),
        metadata=described([READ]),
    )


class ClientOut(ma.Schema):
    """A program that may ask for tokens."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    role = one_of(Role, required=True)
    organisation_id = ma.fields.UUID(required=True, allow_none=True)
    scopes = ma.fields.List(ma.fields.String(), required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class NewClientOut(ma.Schema):
    """A new program; its secret is shown only here."""

    client_id = ma.fields.UUID(required=True, attribute="client.id")
    client_secret = ma.fields.String(required=True)
    client = ma.fields.Nested(ClientOut, required=True)


ClientPage = page_schema(ClientOut)
