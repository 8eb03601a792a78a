"""Conventions: who promised what, and the life of each as a line of facts."""

from uuid import UUID

from flask import Blueprint, render_template, request

from console.conventions import Convention, life, steps
from console.services import get
from console.sessions import ask, ask_one, needed, signed_in
from console.words import STATUS

pages = Blueprint("conventions", __name__, url_prefix="/conventions")


@pages.get("/")
def index() -> str:
    """List the conventions that this person may see."""
    signed_in()
    status = request.args.get("status")
    query = {"status": status if status in STATUS else None, "cursor": request.args.get("cursor"), "limit": 50}
    answer = needed(ask_one(get("partners", "/v1/conventions", **query)))
    found = [Convention.read(each) for each in answer.items]
    return render_template(
        "conventions.html", conventions=found, status=status, statuses=list(STATUS), following=answer.body["next"]
    )


@pages.get("/<uuid:convention_id>")
def show(convention_id: UUID) -> str:
    """Show one convention: its promise in a sentence, its life, its lines."""
    answers = ask(
        convention=get("partners", f"/v1/conventions/{convention_id}"),
        tranches=get("budget", "/v1/tranches", convention_id=convention_id),
    )
    convention = Convention.read(needed(answers["convention"]).body)
    return render_template(
        "convention.html",
        convention=convention,
        life=life(convention.body),
        steps=steps(convention, signed_in()),
        tranches_answer=answers["tranches"],
        paid={str(each["id"]): each for each in answers["tranches"].items},
    )
