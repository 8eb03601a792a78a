"""The sink's two doors: SMTP by aiosmtpd, and HTTP for webhooks, the pages and the demo's own questions."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from flask import Flask, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from entente.sink.arrivals import Arrivals
from entente.sink.words import WORDS

SHOWN = 100
"""Mails, and webhooks, on the page: the newest ones."""
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: cid:; sandbox"
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'"


class MailDoor:
    """What aiosmtpd asks for: takes every mail, for whomever, and sends nothing on."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Keep a mail; gives the answer for its sender."""
        self.arrivals.take_mail(envelope.original_content, envelope.mail_from, envelope.rcpt_tos)
        return "250 Kept"


def mail_door(arrivals: Arrivals) -> SMTP:
    """Make the protocol of one SMTP connection."""
    return SMTP(MailDoor(arrivals), enable_SMTPUTF8=True, hostname="sink")


def http_door(arrivals: Arrivals) -> Flask:
    """Make the web application: `/sink` for people, `/webhooks/NAME` for services, JSON for the demo."""
    app = Flask(__name__, template_folder=str(Path(__file__).parent), static_folder="static")
    _add_pages(app, arrivals)
    _add_webhooks(app, arrivals)
    return app


def _add_pages(app: Flask, arrivals: Arrivals) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        return redirect("/sink")

    @app.get("/sink")
    def sink() -> ResponseReturnValue:
        language = request.accept_languages.best_match(["fr", "en"], "fr")
        page = render_template(
            "sink.html",
            language=language,
            words=WORDS[language],
            mails=arrivals.mails[: -SHOWN - 1 : -1],
            hooks=arrivals.hooks[: -SHOWN - 1 : -1],
            totals={"mails": len(arrivals.mails), "hooks": len(arrivals.hooks)},
        )
        return page, {"Content-Security-Policy": PAGE_POLICY}

    @app.get("/sink/mails/<int:number>")
    def mail(number: int) -> ResponseReturnValue:
        found = next((each for each in arrivals.mails if each.number == number), None)
        if found is None or found.html is None:
            abort(404)
        return found.html, {"Content-Security-Policy": MAIL_POLICY}


def _add_webhooks(app: Flask, arrivals: Arrivals) -> None:
    @app.post("/webhooks/<name>")
    def receive(name: str) -> ResponseReturnValue:
        headers = {key.lower(): value for key, value in request.headers.items()}
        hook = arrivals.take_hook(name, request.get_data(), headers)
        return ("", 204) if hook.verified else ({"detail": hook.why}, 401)

    @app.put("/secrets/<name>")
    def expect(name: str) -> ResponseReturnValue:
        arrivals.secrets[name] = request.get_json()["secret"]
        return "", 204

    @app.get("/arrivals.json")
    def everything() -> ResponseReturnValue:
        return jsonify(mails=[asdict(each) for each in arrivals.mails], hooks=[asdict(each) for each in arrivals.hooks])

    @app.get("/counts.json")
    def counts() -> ResponseReturnValue:
        verified = sum(each.verified for each in arrivals.hooks)
        return jsonify(mails=len(arrivals.mails), hooks=len(arrivals.hooks), verified=verified)
