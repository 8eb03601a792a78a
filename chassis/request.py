"""The request in hand: who calls, how far their right goes, which version they speak of, what the answer carries."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import g, has_request_context, request

from chassis.context import Cause, child_of, new_traceparent
from chassis.errors import Forbidden, PreconditionFailed, PreconditionRequired, Unauthenticated
from chassis.identifiers import new_id
from chassis.identity import PUBLIC, READ, WRITE, Caller, Keyring, Reach, Rights

__all__ = ["add_header", "admit", "answer_headers", "asked_because", "caller", "entity_tag", "identify", "reach"]

ANONYMOUS = "anonymous"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CORRELATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def caller() -> Caller:
    """Give who calls.

    Raises Unauthenticated when no valid token came along.
    """
    known: Caller | Unauthenticated | None = request.environ.get("entente.caller")
    if isinstance(known, Caller):
        return known
    raise known or Unauthenticated("Send an access token in the Authorization header: Bearer <token>.")


def reach() -> Reach:
    """Give how far the caller's right goes on this endpoint."""
    return Reach(g.reach)


def entity_tag(sequence: int) -> None:
    """Tell in the answer which version of the object it shows."""
    add_header("ETag", f'"{sequence}"')


def require_match(sequence: int) -> None:
    """Let the change pass only if the caller speaks of this version of the object (RFC 9110, If-Match).

    Raises PreconditionRequired without the header, PreconditionFailed when it names another version.
    """
    if "If-Match" not in request.headers:
        raise PreconditionRequired('Say which version you change: send its ETag in If-Match, such as If-Match: "3".')
    if not request.if_match.contains(str(sequence)):
        raise PreconditionFailed(f"It is at version {sequence} now: read it again, then repeat your change.")


def path_for_logs() -> str:
    """Give the path of the request in hand; a part of it that is called `token` is a secret, and stays out of logs."""
    return str(request.url_rule) if "token" in (request.view_args or {}) else request.path


def add_header(name: str, value: str) -> None:
    """Add a header to the answer of the request in hand; outside of one, do nothing."""
    if has_request_context():
        answer_headers()[name] = value


def answer_headers() -> dict[str, str]:
    """Give the headers that were added to the answer so far."""
    headers: dict[str, str] = g.setdefault("answer_headers", {})
    return headers


def identify(keyring: Keyring, environ: Mapping[str, Any]) -> Caller | Unauthenticated | None:
    """Give who calls, or why the token does not count, or None without one (RFC 6750)."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return keyring.verify(token.strip())
    except Unauthenticated as refusal:
        return refusal


def asked_because(environ: Mapping[str, Any], actor: str) -> Cause:
    """Give the cause that a request stands for: its correlation if well-formed, one span further in its trace."""
    correlation = environ.get("HTTP_X_CORRELATION_ID", "")
    return Cause(
        correlation_id=correlation if _CORRELATION.fullmatch(correlation) else str(new_id()),
        causation_id=None,
        actor=actor,
        traceparent=_next_span(environ.get("HTTP_TRACEPARENT", "")),
    )


def admit(rights: Rights) -> None:
    """Let the caller through if the table of rights, and the scopes of the token, allow this endpoint.

    Raises Unauthenticated or Forbidden.
    """
    right = rights[str(request.endpoint)]
    if right is PUBLIC:
        return
    who = caller()
    if who.role not in right:
        raise Forbidden(f"This is not for the role {who.role}: ask the programme office.")
    needed = READ if request.method in _SAFE else WRITE
    if needed not in who.scopes:
        raise Forbidden(f"This token lacks the scope {needed}: ask for one that has it.")
    g.reach = right[who.role]


def own_organisation() -> UUID | None:
    """Give the organisation that the caller's view is limited to, or None when it is not limited.

    Raises Forbidden when it is limited and the token names no organisation.
    """
    if reach() is not Reach.OWN:
        return None
    organisation_id = caller().organisation_id
    if organisation_id is None:
        raise Forbidden("Your token names no organisation: ask the programme office for one that does.")
    return organisation_id


def _next_span(traceparent: str) -> str:
    """Follow a W3C Trace Context; one that is not well-formed is ignored, a later version is read as far as known."""
    known = _TRACEPARENT.fullmatch(traceparent)
    if not known or (known[4] and traceparent.startswith("00")):
        return new_traceparent()
    return child_of(f"00-{known[1]}-{known[2]}-{known[3]}")
