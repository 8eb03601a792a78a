"""The console: pages over the four services, for the programme office, partners, operators and auditors."""

import hashlib
import time
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_bootstrap import Bootstrap5
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from chassis.clock import now
from chassis.observability import log_fault, log_request
from chassis.settings import Settings
from console import language, menu
from console.changes import change_in_words
from console.deliveries import answered, chip_of, delivery_state, readable
from console.figures import beyond, gap_in_words
from console.forms.organisations import written
from console.forms.refusals import column_in_words, fact_in_words, said
from console.mandates import act_in_words, ceilings, covering, enforceable, named, remaining, vote
from console.pages import (
    amendments,
    charters,
    choices,
    conventions,
    deadlines,
    deliveries,
    departures,
    drafting,
    entrance,
    events,
    failures,
    financing,
    importing,
    live,
    lives,
    mandates,
    merging,
    organisations,
    programme,
    signing,
    today,
)
from console.sentences import delivery_in_words, type_in_words
from console.sessions import ServiceSilent, SignedOut, csrf_token, keep_sessions
from console.sums import by_basis
from console.words import speak_codes

ROOMS = (
    today,
    programme,
    financing,
    conventions,
    drafting,
    signing,
    amendments,
    lives,
    deliveries,
    events,
    failures,
    live,
    entrance,
    choices,
    importing,
    organisations,
    merging,
    charters,
    mandates,
    deadlines,
    departures,
)
"""The pages, room by room."""

STATIC = Path(__file__).parent / "static"
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",  # Bootstrap draws its marks as data
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
A_YEAR = 365 * 86_400
THEMES = ("light", "dark")
THEME_COOKIE = "entente_theme"


def create_console(settings: Settings) -> Flask:
    """Make the console as a WSGI application; the services' addresses and the session key come from `settings`."""
    app = Flask(__name__)
    app.url_map.strict_slashes = False  # a last slash more or less means the same page, as at the doors of the services
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, MAX_CONTENT_LENGTH=settings.upload_limit_bytes)
    app.config["CONSOLE_URL"] = settings.console_url.rstrip("/")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    language.speak(app)
    keep_sessions(app, settings)
    speak_codes(app)
    for each in (delivery_state, chip_of, answered, delivery_in_words, type_in_words):
        app.jinja_env.globals[each.__name__] = each
    app.jinja_env.filters.update(
        readable=readable, change_in_words=change_in_words, act_in_words=act_in_words, beyond=beyond, by_basis=by_basis
    )
    app.jinja_env.globals.update(
        asset=_asset, csrf=_csrf, doors=menu.doors, neighbours=menu.neighbours, here_with=_here_with, theme=_theme
    )
    app.jinja_env.globals.update(
        told=_told,
        organisation_written=written,
        as_said=said,
        said=said,
        column_in_words=column_in_words,
        fact_in_words=fact_in_words,
        ceilings=ceilings,
        covering=covering,
        mandate_named=named,
        enforceable=enforceable,
        remaining=remaining,
        vote=vote,
        language=language.language,
        explanation=financing.door_of,
        gap_in_words=gap_in_words,
        now=now,
        correlation=_correlation,
    )
    for room in ROOMS:
        app.register_blueprint(room.pages)
    app.register_error_handler(SignedOut, _signed_out)
    app.register_error_handler(ServiceSilent, _silent)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)
    app.after_request(_finish)
    return app


def _asset(name: str, versioned: bool = True) -> str:
    return url_for("static", filename=name, v=_fingerprint(name) if versioned else None)


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _csrf() -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token())


def _told(field: Any) -> dict[str, Any]:
    """Give what a field of a form tells about itself to whoever does not see it."""
    hinted = bool(field.description) or field.kind == "day"
    described = [f"{field.id}-hint"] * hinted + [f"{field.id}-wrong"] * bool(field.wrong)
    attributes: dict[str, Any] = {
        "required": not field.optional,
        "aria-describedby": " ".join(described),
        "aria-invalid": "true" if field.wrong else None,
        "data-offers": url_for(field.offers) if field.kind == "picker" else None,
    }
    return {name: value for name, value in attributes.items() if value}


def _here_with(**choice: str) -> str:
    """Give the address of this page with one choice changed."""
    return url_for(request.endpoint or "programme.overview", **{**(request.view_args or {}), **request.args, **choice})


def _correlation() -> str:
    return str(g.get("correlation_id", ""))


def _theme() -> str | None:
    asked = request.args.get("theme") or request.cookies.get(THEME_COOKIE)
    return asked if asked in THEMES else None


def _finish(response: Response) -> Response:
    """Set the headers, remember what was chosen, and log the route: never its address, which may hold a token."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Correlation-Id"] = g.get("correlation_id", "")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    if request.endpoint in ("static", "bootstrap.static"):
        response.cache_control.max_age, response.cache_control.public = A_YEAR, True
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    _remember(response, language.COOKIE, request.args.get("lang"), tuple(language.LANGUAGES))
    _remember(response, THEME_COOKIE, request.args.get("theme"), (*THEMES, "auto"))
    _log(response)
    return response


def _remember(response: Response, cookie: str, chosen: str | None, choices: tuple[str, ...]) -> None:
    if chosen in choices:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(cookie, chosen, max_age=A_YEAR, httponly=True, samesite="Lax", secure=secure)


def _log(response: Response) -> None:
    if request.endpoint in ("static", "bootstrap.static"):
        return
    log_request(
        service="console",
        method=request.method,
        path=str(request.url_rule or "unmatched"),
        endpoint=request.endpoint or "unmatched",
        status=response.status_code,
        duration=round(time.monotonic() - g.get("began", time.monotonic()), 4),
        correlation_id=g.get("correlation_id"),
    )


def _signed_out(_: SignedOut) -> tuple[str, int]:
    return render_template("signed_out.html"), 401


def _silent(error: ServiceSilent) -> tuple[str, int]:
    return render_template("error.html", status=503, service=error.service, detail=None), 503


def _refused(error: HTTPException) -> tuple[str, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    written = error.description if type(error).description != error.description else None
    return render_template("error.html", status=status, service=None, detail=said(written or "")), status


def _broken(_: Exception) -> tuple[str, int]:
    log_fault("page failed", service="console", path=str(request.url_rule), correlation_id=g.get("correlation_id"))
    return render_template("error.html", status=500, service=None, detail=None), 500
