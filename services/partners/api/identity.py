"""Identity: invitations, sign-ins, access tokens and the keys they are verified with."""

from typing import Any

from flask import Response, jsonify, request

from chassis.database import transaction
from chassis.http import Blueprint, answers, caller, idempotent
from services.partners import queries
from services.partners.domain.oauth import OAuthError
from services.partners.schemas.identity import (
    InvitationIn,
    InvitationOut,
    KeySet,
    SignInIn,
    SignInOut,
    TokenOut,
    TokenRequest,
)
from services.partners.use_cases import people, tokens

blueprint = Blueprint("identity", __name__, description="Who calls, and how it is proved.")

_FORM = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": TokenRequest}}}


@blueprint.route("/v1/oauth/token", methods=["POST"])
@answers(401)
@blueprint.response(200, TokenOut)
@blueprint.doc(requestBody=_FORM)
def grant_token() -> tokens.Tokens:
    """Give an access token for a client's secret, or the next one of a sign-in; errors as in RFC 6749, section 5.2."""
    grant = _GRANTS.get(_sent("grant_type"))
    if grant is None:
        raise OAuthError("unsupported_grant_type", f"Use one of {', '.join(_GRANTS)}.")
    return grant()


@blueprint.route("/.well-known/jwks.json", methods=["GET"])
@blueprint.response(200, KeySet)
def publish_keys() -> dict[str, Any]:
    """Give the public keys that access tokens are signed with."""
    with transaction() as session:
        return {"keys": queries.published_keys(session)}


@blueprint.route("/v1/invitations", methods=["POST"])
@idempotent
@blueprint.arguments(InvitationIn)
@blueprint.response(201, InvitationOut)
def invite(invitation: dict[str, Any]) -> people.Invitation:
    """Invite somebody; the answer holds a link's secret, which works once."""
    with transaction() as session:
        return people.invite(session, **invitation)


@blueprint.route("/v1/sign-ins", methods=["POST"])
@answers(401)
@blueprint.arguments(SignInIn)
@blueprint.response(201, SignInOut)
def sign_in(link: dict[str, Any]) -> dict[str, Any]:
    """Sign in by a link."""
    with transaction() as session:
        person, given = people.sign_in(session, sign_in_token=link["sign_in_token"])
    return {**vars(given), "person": person}


@blueprint.route("/v1/sign-ins/current", methods=["DELETE"])
@blueprint.response(204)
def sign_out() -> None:
    """Sign out: no sign-in of this person gives a new token any more."""
    with transaction() as session:
        people.sign_out(session, subject=caller().subject)


def _for_client() -> tokens.Tokens:
    basic = request.authorization
    stated = (basic.username, basic.password) if basic and basic.type == "basic" else None
    client_id, client_secret = stated or (_sent("client_id"), _sent("client_secret"))
    with transaction() as session:
        return tokens.grant_to_client(
            session, client_id=client_id or "", client_secret=client_secret or "", scope=request.form.get("scope")
        )


def _for_sign_in() -> tokens.Tokens:
    with transaction() as session:
        given = tokens.refresh(session, refresh_token=_sent("refresh_token"))
    if given is None:
        raise OAuthError("invalid_grant", "This sign-in has ended, or its refresh token was used: sign in again.")
    return given


def _sent(name: str) -> str:
    value = request.form.get(name, "")
    if not value:
        raise OAuthError("invalid_request", f"Send {name} in a form (application/x-www-form-urlencoded).")
    return value


_GRANTS = {"client_credentials": _for_client, "refresh_token": _for_sign_in}


@blueprint.errorhandler(OAuthError)
def answer_oauth_error(refused: OAuthError) -> Response:
    """Answer as the standard says, not as problem details: OAuth2 libraries read this."""
    answer: Response = jsonify(error=refused.error, error_description=refused.description)
    answer.status_code = refused.status
    if refused.error == "invalid_client":
        answer.headers["WWW-Authenticate"] = 'Basic realm="entente"'
    return answer
