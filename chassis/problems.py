"""Every error leaves as problem details (RFC 9457): what is wrong, what to do, and the correlation to quote."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Flask, Response, current_app, request
from sqlalchemy import exc as sql
from werkzeug.exceptions import HTTPException

from chassis.context import current_cause
from chassis.database import is_away
from chassis.errors import InvalidInput, NotFound, Refusal, RuleBroken, Unauthenticated
from chassis.observability import log_fault
from chassis.request import path_for_logs

MEDIA_TYPE = "application/problem+json"


class Malformed(Refusal):
    """The request cannot be read."""

    code, title = "malformed", "Not readable"


class UnsupportedMediaType(Refusal):
    """The body is of a kind that this endpoint does not read."""

    status, code, title = HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type"


class TooLarge(Refusal):
    """The body is larger than the endpoint takes."""

    status, code, title = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request-entity-too-large", "Request Entity Too Large"


class TooManyRequests(Refusal):
    """The caller asked more than its share."""

    status, code, title = HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", "Too many requests"


class Conflict(Refusal):
    """Two changes met."""

    status, code, title = HTTPStatus.CONFLICT, "conflict", "Changed at the same moment"


class Unavailable(Refusal):
    """Something this service needs does not answer."""

    status, code, title = HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Not available now"


_FROM_DATABASE: Mapping[type[Exception], Refusal] = {
    sql.NoResultFound: NotFound("Nothing of that name exists here, or you may not know that it does."),
    sql.DataError: InvalidInput("A value is too large or holds a character that cannot be stored: correct it."),
    sql.IntegrityError: Conflict("It clashes with what is there, perhaps since a moment: read it again, then repeat."),
    sql.OperationalError: Unavailable("The database does not answer: try again in a moment.", retry_after=2),
    sql.TimeoutError: Unavailable("The service is busy: try again in a moment.", retry_after=2),
}

_DETAILS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read: compare it with its description at /docs.",
    HTTPStatus.NOT_FOUND: "Nothing is here: what there is stands at /docs.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This resource does not answer this method: the header Allow lists those it does.",
    HTTPStatus.LENGTH_REQUIRED: "Say how long the body is: send Content-Length instead of Transfer-Encoding.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large: send it in smaller parts.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side. Quote the correlation id when you report it.",
}

_SCHEMA_PROPERTIES = {
    "type": {"type": "string", "format": "uri", "examples": ["urn:entente:problem:rule-broken"]},
    "title": {"type": "string", "examples": [RuleBroken.title]},
    "status": {"type": "integer", "examples": [409]},
    "detail": {"type": "string", "examples": ["The convention was signed already: nothing is left to do."]},
    "instance": {"type": "string", "examples": ["/v1/conventions"]},
    "correlation_id": {"type": "string", "examples": ["0192f0c1-52f7-7c4e-9d3e-0c2f8a1b4d5e"]},
    "errors": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["pointer", "detail"],
            "properties": {
                "pointer": {"type": "string", "examples": ["/amount"]},
                "detail": {"type": "string", "examples": ["The amount must be more than 0."]},
            },
        },
    },
}
SCHEMA = {
    "type": "object",
    "description": "What went wrong and what to do (RFC 9457). `errors` points into the input (RFC 6901).",
    "required": ["type", "title", "status", "detail", "correlation_id"],
    "properties": _SCHEMA_PROPERTIES,
}


def answer_errors(app: Flask) -> None:
    """Let every error of `app` leave as problem details."""
    app.register_error_handler(Refusal, refusal_as_problem)
    app.register_error_handler(HTTPException, _http_as_problem)
    app.register_error_handler(Exception, _fault_as_problem)


def refusal_as_problem(refusal: Refusal) -> Response:
    """Write a refusal down."""
    more = dict(refusal.more)
    if refusal.errors:
        more["errors"] = [
            {"pointer": pointer, "detail": detail} for pointer, details in refusal.errors.items() for detail in details
        ]
    answer = _problem(refusal.status, refusal.code, refusal.title, refusal.detail, more)
    if isinstance(refusal, Unauthenticated):
        invalid = ', error="invalid_token"' if "Authorization" in request.headers else ""
        answer.headers["WWW-Authenticate"] = f'Bearer realm="entente"{invalid}'
    if "retry_after" in more:
        answer.headers["Retry-After"] = str(more["retry_after"])
    return answer


def _http_as_problem(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    status = HTTPStatus(error.code)
    code = status.name.lower().replace("_", "-")
    answer = _problem(status, code, status.phrase, _DETAILS.get(status) or error.description or status.description, {})
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def _fault_as_problem(error: Exception) -> Response | HTTPException:
    known = next((refusal for kind, refusal in _FROM_DATABASE.items() if isinstance(error, kind)), None)
    if known is None and is_away(error):  # such as read-only
        known = _FROM_DATABASE[sql.OperationalError]
    if not isinstance(error, sql.NoResultFound):
        log_fault("request failed", correlation_id=current_cause().correlation_id, path=path_for_logs())
    if known:
        return refusal_as_problem(known)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _problem(status, "internal-error", status.phrase, _DETAILS[status], {})


def _problem(status: HTTPStatus, code: str, title: str, detail: str, more: Mapping[str, object]) -> Response:
    body = {
        "type": f"urn:entente:problem:{code}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": request.path,
        "correlation_id": current_cause().correlation_id,
        **more,
    }
    return Response(current_app.json.dumps(body), status, content_type=MEDIA_TYPE)
