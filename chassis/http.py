"""The HTTP door: a Flask application with its description, its rights, and one way to answer everything."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Flask, Response, request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import LengthRequired

from chassis import documentation, observability, operations, strict_json
from chassis.context import acting, current_cause
from chassis.idempotency import idempotent
from chassis.identity import Caller, Rights
from chassis.problems import Malformed, TooLarge, TooManyRequests, answer_errors
from chassis.request import (
    ANONYMOUS,
    add_header,
    admit,
    answer_headers,
    asked_because,
    caller,
    entity_tag,
    identify,
    own_organisation,
    path_for_logs,
    reach,
    require_match,
)
from chassis.routes import Blueprint, answers, takes_files
from chassis.service import Service, serving
from chassis.throttle import Throttle

__all__ = [
    "Blueprint",
    "add_header",
    "answers",
    "caller",
    "create_app",
    "entity_tag",
    "idempotent",
    "own_organisation",
    "reach",
    "require_match",
    "takes_files",
]

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_SECURITY = [(name.lower(), (name, value)) for name, value in SECURITY_HEADERS.items()]


def create_app(
    service: Service, *, title: str, blueprints: Sequence[Blueprint], rights: Rights, broker_needed: bool = False
) -> Flask:
    """Make the WSGI application of a service, with the operators' endpoints and its description at /docs.

    A process that runs the event door alone is ready only with its broker: then `broker_needed`.

    Raises ValueError when the table of rights and the routes do not match one to one.
    """
    app = Flask(__name__, static_folder=None)
    app.json = _Json(app)
    app.config["MAX_CONTENT_LENGTH"] = service.settings.body_limit_bytes
    app.config["BROKER_NEEDED"] = broker_needed
    app.url_map.strict_slashes = False
    api = documentation.describe(app, title, [*blueprints, operations.blueprint])
    table = {**rights, **operations.RIGHTS}
    _check_rights(app, table)
    app.extensions["rights"] = table
    documentation.publish(app, api, table)
    answer_errors(app)
    _guard(app, service, {**table, **documentation.RIGHTS})
    app.wsgi_app = _in_context(service, app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app


WSGI = Callable[[Any, Any], Iterable[bytes]]


def _in_context(service: Service, inner: WSGI) -> WSGI:
    """Let each request run on behalf of the service, answer to its cause and know its caller."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        who = identify(service.keyring, environ)
        actor = who.subject if isinstance(who, Caller) else ANONYMOUS
        environ["entente.caller"], environ["entente.started"] = who, time.perf_counter()
        cause = asked_because(environ, actor)

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            return start_response(status, _completed(headers, cause.correlation_id), *failure)

        with serving(service), acting(cause):
            return inner(environ, start)

    return application


def _completed(headers: list[tuple[str, str]], correlation_id: str) -> list[tuple[str, str]]:
    """Give an answer's headers with those that every answer has; where it says a security header itself, that stands.

    Done on the plain list, since Flask's takes a third of the time of a small request for them.
    """
    said = {name.lower() for name, _ in headers}
    more = [each for key, each in _SECURITY if key not in said]
    return [*headers, ("X-Correlation-Id", correlation_id), *more]


def _guard(app: Flask, service: Service, rights: Rights) -> None:
    throttle = Throttle(service.settings.requests_per_minute)
    metrics = observability.metrics(service.name)

    @app.before_request
    def let_in() -> None:
        _slow_down(throttle)
        if request.endpoint:
            admit(rights)
        if request.content_length is None and "Transfer-Encoding" in request.headers:
            raise LengthRequired  # Werkzeug would read nothing, or cut it at the limit without a word
        _limit_body(app, service)
        if "\0" in request.path or b"%00" in request.query_string:
            raise Malformed("The address holds a null character, which nothing here is named with.")

    @app.after_request
    def complete(answer: Response) -> Response:
        if added := answer_headers():
            answer.headers.update(added)
        _report(service, metrics, answer)
        return answer


def _limit_body(app: Flask, service: Service) -> None:
    """Refuse a body larger than the endpoint takes; one that takes files takes more."""
    files = getattr(app.view_functions.get(str(request.endpoint)), "takes_files", False)
    limit = service.settings.upload_limit_bytes if files else service.settings.body_limit_bytes
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        raise TooLarge(f"The body has {request.content_length} bytes, at most {limit} are taken: send less at once.")


def _slow_down(throttle: Throttle) -> None:
    who = request.environ["entente.caller"]
    seconds = throttle.wait(who.subject if isinstance(who, Caller) else str(request.remote_addr))
    if seconds:
        raise TooManyRequests("You ask too often: wait as Retry-After says.", retry_after=int(seconds) + 1)


def _report(service: Service, metrics: observability.Metrics, answer: Response) -> None:
    """Count and log the request; its id is that of its span."""
    cause, seconds = current_cause(), time.perf_counter() - request.environ["entente.started"]
    endpoint = request.endpoint or "unmatched"
    metrics.request_seconds.labels(request.method, endpoint, answer.status_code).observe(seconds)
    observability.log_request(
        service=service.name,
        method=request.method,
        path=path_for_logs(),
        endpoint=endpoint,
        status=answer.status_code,
        duration=round(seconds, 4),
        actor=cause.actor,
        correlation_id=cause.correlation_id,
        request_id=cause.traceparent.split("-")[2],
    )


def _check_rights(app: Flask, rights: Rights) -> None:
    rules = list(app.url_map.iter_rules())
    unequal = {rule.endpoint for rule in rules} ^ set(rights)
    if unequal:
        raise ValueError(f"Routes and table of rights differ: {', '.join(sorted(unequal))}.")
    several = [rule.endpoint for rule in rules if len((rule.methods or set()) - {"HEAD", "OPTIONS"}) != 1]
    if several:
        raise ValueError(f"Write one function per method, rights are given by function: {', '.join(sorted(several))}.")


class _Json(JSONProvider):
    """Reads strictly, writes UTF-8; dates as ISO 8601, decimals and identifiers as strings."""

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read JSON by the standard; raises ValueError."""
        return strict_json.loads(s)

    def dumps(self, obj: Any, **_: Any) -> str:
        """Write JSON by the standard; raises TypeError or ValueError."""
        return json.dumps(obj, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")
