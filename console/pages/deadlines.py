"""Deadlines: what falls due when, month by month."""

from itertools import groupby

from flask import Blueprint, render_template, request

from console.services import get
from console.sessions import ask_one, needed, signed_in
from console.words import DEADLINES

pages = Blueprint("deadlines", __name__, url_prefix="/deadlines")


@pages.get("/")
def index() -> str:
    """List what falls due from today on, or from another day, by month."""
    signed_in()
    kind = request.args.get("kind")
    query = {
        "kind": kind if kind in DEADLINES else None,
        "since": request.args.get("since") or None,
        "cursor": request.args.get("cursor"),
        "limit": 50,
    }
    answer = needed(ask_one(get("partners", "/v1/deadlines", **query)))
    months = [(month, list(found)) for month, found in groupby(answer.items, key=lambda each: each["due_on"][:7])]
    return render_template(
        "deadlines.html",
        months=months,
        kind=kind,
        kinds=list(DEADLINES),
        since=request.args.get("since", ""),
        following=answer.body["next"],
    )
