"""Who is signed in: the person and their tokens in a signed cookie, renewed when a service says that they ended."""

import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, current_app, g, redirect, request, session
from joserfc import jws

from chassis.context import new_traceparent
from chassis.identifiers import new_id
from chassis.settings import Settings
from console.language import say
from console.services import Answer, Question, Services, post

REMEMBERED_SECONDS = 60
LIFETIME_SECONDS = 14 * 86_400


class SignedOut(Exception):
    """Nobody is signed in, or not any longer."""


class ServiceSilent(Exception):
    """A service without which this page makes no sense does not answer."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


@dataclass(frozen=True)
class Person:
    """Whoever is signed in, as their present token says: an invitation may have moved them since the last one."""

    id: str
    name: str
    role: str
    organisation_id: str | None = None
    language: str | None = None

    @property
    def watches(self) -> bool:
        """Whether the services show this person their events: everybody but a partner."""
        return self.role != "partner"

    @property
    def runs(self) -> bool:
        """Whether this person drafts, proposes and records: the programme office."""
        return self.role == "programme_office"

    @property
    def acts(self) -> bool:
        """Whether something may wait for this person: a signature, a draft."""
        return self.role in ("programme_office", "partner")

    @property
    def mends(self) -> bool:
        """Whether this person may retry and drop what failed."""
        return self.role == "operator"


class Renewals:
    """Renews a refresh token once, and gives the result to every request that still came with the old one.

    A refresh token serves once (RFC 9700, 4.14.2), and a browser sends several requests with one cookie.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._renewed: dict[str, tuple[float, dict[str, Any]]] = {}

    def renew(self, services: Services, refresh_token: str) -> dict[str, Any] | None:
        """Give new tokens, or None when partners refuses; raises ServiceSilent when it does not answer."""
        key = hashlib.sha256(refresh_token.encode()).hexdigest()
        with self._lock:
            self._forget()
            if key not in self._renewed:
                form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
                answer = services.ask(Question("partners", "/v1/oauth/token", "POST", form=form), {})
                if answer.silent:
                    raise ServiceSilent("partners")
                if not answer.ok:
                    return None
                self._renewed[key] = (time.monotonic(), answer.body)
            return self._renewed[key][1]

    def _forget(self) -> None:
        old = time.monotonic() - REMEMBERED_SECONDS
        self._renewed = {key: kept for key, kept in self._renewed.items() if kept[0] > old}


def keep_sessions(app: Flask, settings: Settings) -> None:
    """Give `app` its cookie, its services and its guard against forged forms."""
    secure = settings.console_url.startswith("https:")
    app.config.update(
        SECRET_KEY=settings.session_key or secrets.token_urlsafe(32),
        SESSION_COOKIE_NAME="__Host-entente" if secure else "entente",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LIFETIME_SECONDS,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.extensions["services"], app.extensions["renewals"] = Services(settings), Renewals()
    app.jinja_env.globals.update(person=person, csrf_token=csrf_token)
    app.before_request(_begin)
    app.before_request(_refuse_forged_forms)


def services() -> Services:
    """Give this console's way to the services."""
    known: Services = current_app.extensions["services"]
    return known


def person() -> Person | None:
    """Give the person signed in, if any."""
    kept = session.get("person")
    return Person(**kept) if kept else None


def signed_in() -> Person:
    """Give the person signed in.

    Raises SignedOut.
    """
    who = person()
    if who is None:
        raise SignedOut
    return who


def sign_in(sign_in_token: str) -> Answer:
    """Exchange a one-time link's token for a session; the answer says why when it is refused."""
    answer = services().ask(post("partners", "/v1/sign-ins", {"sign_in_token": sign_in_token}), causes())
    if answer.ok:
        session.clear()
        session.permanent = True
        _keep_tokens(answer.body)
    return answer


def sign_out() -> None:
    """End the session here, and at partners if it answers."""
    if "access_token" in session:
        services().ask(Question("partners", "/v1/sign-ins/current", "DELETE"), headers())
    session.clear()


def ask(**questions: Question) -> dict[str, Answer]:
    """Put questions side by side on behalf of the person; ended tokens are renewed once.

    A page begun for who the person no longer is begins anew.
    Raises SignedOut when the services do not know the person any more.
    """
    who = signed_in()
    answers = services().ask_together(questions, headers())
    refused = {name: questions[name] for name, answer in answers.items() if answer.status == 401}
    if refused:
        renew()
        if signed_in() != who and request.method == "GET":
            abort(redirect(request.full_path, 303))
        answers |= services().ask_together(refused, headers())
        if any(answers[name].status == 401 for name in refused):
            raise SignedOut
    return answers


def ask_one(question: Question) -> Answer:
    """Put one question on behalf of the person."""
    return ask(it=question)["it"]


def needed(answer: Answer) -> Answer:
    """Give an answer without which the page makes no sense, or show the page of its error instead."""
    if answer.silent:
        raise ServiceSilent(answer.service)
    if not answer.ok:
        abort(answer.status if answer.status in (403, 404) else 400, answer.detail or None)
    return answer


def renew() -> None:
    """Put new tokens into the session.

    Raises SignedOut when they are refused.
    """
    renewals: Renewals = current_app.extensions["renewals"]
    tokens = renewals.renew(services(), session.get("refresh_token", ""))
    if tokens is None:
        session.clear()
        raise SignedOut
    _keep_tokens(tokens)


def headers() -> dict[str, str]:
    """Give what each call of this request carries: the person's token, and what the call answers to."""
    return {"Authorization": f"Bearer {session.get('access_token', '')}", **causes()}


def causes() -> dict[str, str]:
    """Give the headers that tie the services' work to this request."""
    return {"X-Correlation-Id": g.correlation_id, "traceparent": g.traceparent, "Accept": "application/json"}


def csrf_token() -> str:
    """Give the word that each form of this session must repeat."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def _keep_tokens(tokens: dict[str, Any]) -> None:
    session["access_token"], session["person"] = tokens["access_token"], _person_in(tokens["access_token"])
    if tokens.get("refresh_token"):
        session["refresh_token"] = tokens["refresh_token"]


def _person_in(access_token: str) -> dict[str, str | None]:
    """Read for whom a token speaks; unverified, since partners itself just gave it and the services verify it."""
    claims = json.loads(jws.extract_compact(access_token.encode()).payload)
    return {"id": claims["sub"]} | {name: claims.get(name) for name in ("name", "role", "organisation_id", "language")}


def _begin() -> None:
    g.began, g.correlation_id, g.traceparent = time.monotonic(), str(new_id()), new_traceparent()


def _refuse_forged_forms() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if not hmac.compare_digest(request.form.get("csrf", "").encode(), session.get("csrf", " ").encode()):
        abort(400, say("This form is too old: go back, reload the page and try again."))
