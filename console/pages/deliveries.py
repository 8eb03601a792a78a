"""E-mails and webhooks: what was sent to whom, each attempt with its answer."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from console.deliveries import STANDING
from console.language import say
from console.services import get, post
from console.sessions import ask, ask_one, needed, signed_in
from console.words import refusal_in_words

pages = Blueprint("deliveries", __name__, url_prefix="/deliveries")

FILTERS = ("status", "channel", "cursor")


@pages.get("/")
def index() -> str:
    """List deliveries, the newest first."""
    signed_in()
    wanted = {name: request.args.get(name) for name in FILTERS}
    answer = needed(ask_one(get("notifications", "/v1/deliveries", limit=50, **wanted)))
    return render_template(
        "deliveries.html", deliveries=answer.items, following=answer.body["next"], statuses=STANDING, **wanted
    )


@pages.get("/<uuid:delivery_id>")
def show(delivery_id: UUID) -> str:
    """Show one delivery: its attempts, and what was sent where this person may read it."""
    signed_in()
    answers = ask(
        delivery=get("notifications", f"/v1/deliveries/{delivery_id}"),
        content=get("notifications", f"/v1/deliveries/{delivery_id}/content"),
    )
    delivery = needed(answers["delivery"]).body
    content = answers["content"].body if answers["content"].ok else None
    return render_template("delivery.html", delivery=delivery, content=content)


@pages.post("/<uuid:delivery_id>/retry")
def retry(delivery_id: UUID) -> Response:
    """Send it again now."""
    signed_in()
    answer = ask_one(post("notifications", f"/v1/deliveries/{delivery_id}/retry", None))
    if answer.silent:
        needed(answer)
    if answer.ok:
        flash(say("It is sent again now."), "sage")
    else:
        flash(refusal_in_words(answer.status, answer.detail), "amber")
    return redirect(url_for("deliveries.show", delivery_id=delivery_id), 303)
