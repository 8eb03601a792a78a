"""What failed, grouped by cause: an operator tries it again, or gives it up for a reason that is kept."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from console.language import say_number
from console.sentences import sentence
from console.services import NAMES, get, post
from console.sessions import ask, ask_one, needed, signed_in
from console.words import refusal_in_words

pages = Blueprint("failures", __name__, url_prefix="/failures")

REASON_MOST = 1000


@pages.get("/")
def index() -> str:
    """Show every group of failing events, and the deliveries given up."""
    signed_in()
    answers = ask(
        **{name: get(name, "/v1/failures/groups") for name in NAMES},
        deliveries=get("notifications", "/v1/deliveries", status="failed", limit=50),
    )
    found = {name: answers[name] for name in NAMES}
    if all(answer.status == 403 for answer in found.values()):
        abort(403)
    groups = [{"service": name, **group} for name, answer in found.items() for group in answer.items]
    groups.sort(key=lambda group: -group["quarantined"] - group["retrying"])
    silent = [answer for answer in found.values() if answer.silent]
    return render_template("failures.html", groups=groups, silent=silent, deliveries=answers["deliveries"].items)


@pages.get("/<service>/")
def group(service: str) -> str:
    """Show the failing events of one group."""
    signed_in()
    known(service)
    query = {name: request.args.get(name) for name in ("group", "cursor")}
    answer = needed(ask_one(get(service, "/v1/failures", limit=50, **query)))
    return render_template(
        "failure_group.html",
        service=service,
        failures=answer.items,
        group=query["group"],
        following=answer.body["next"],
    )


@pages.get("/<service>/<int:number>")
def show(service: str, number: int) -> str:
    """Show one failing event whole: error, message as it came, decisions."""
    signed_in()
    known(service)
    failure = needed(ask_one(get(service, f"/v1/failures/{number}"))).body
    return render_template(
        "failure.html", service=service, failure=failure, said=sentence(failure["body"], failure["type"])
    )


@pages.post("/<service>/<any(retry, drop):decision>")
def decide(service: str, decision: str) -> Response:
    """Try failing events again, or give them up; a refusal is shown as the sentence it is."""
    signed_in()
    known(service)
    answer = ask_one(post(service, f"/v1/failures/{decision}", _asked()))
    if answer.silent:
        needed(answer)
    if answer.ok:
        flash(_done(decision, answer.body["count"]), "sage")
    else:
        flash(refusal_in_words(answer.status, answer.detail), "amber")
    return redirect(_back(service), 303)


def known(service: str) -> None:
    """Answer 404 for a service that is not one of ours."""
    if service not in NAMES:
        abort(404)


def _asked() -> dict[str, Any]:
    reason = request.form.get("reason", "").strip()[:REASON_MOST]
    if request.form.get("group"):
        return {"group": request.form["group"], "reason": reason}
    return {"failures": request.form.getlist("failure", type=int), "reason": reason}


def _done(decision: str, number: int) -> str:
    if decision == "retry":
        return say_number("One event is tried again now.", "%(number)s events are tried again now.", number)
    return say_number(
        "One event was given up; the reason is kept.", "%(number)s events were given up; the reason is kept.", number
    )


def _back(service: str) -> str:
    number = request.form.get("failure", type=int)
    if number is not None and not request.form.get("group"):
        return url_for("failures.show", service=service, number=number)
    return url_for("failures.index")
