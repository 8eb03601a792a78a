"""A departure foreseen: partners says what it touches, budget what it costs; asked side by side, nothing is written."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from chassis.clock import today
from console.forms.organisations import look_up
from console.pages.programme import chosen_programme
from console.services import get
from console.sessions import ask, needed, signed_in

pages = Blueprint("departures", __name__, url_prefix="/departures")


@pages.get("/")
def index() -> str:
    """Ask who leaves and when; with both, show what it touches and what it costs."""
    who = signed_in()
    said, day = request.args.get("who", "").strip(), _day(request.args.get("on"))
    chosen = request.args.get("organisation") or (who.organisation_id if who.role == "partner" else None)
    offered: list[dict[str, Any]] = []
    if said and not chosen:
        offered = needed(look_up(said)).items
        chosen = offered[0]["id"] if len(offered) == 1 else None
    found = _foreseen(chosen, day) if chosen else {}
    return render_template("departures.html", said=said, day=day, chosen=chosen, offered=offered, **found)


def _day(said: str | None) -> date:
    """Read the day; today where none, or no day, was said."""
    try:
        return date.fromisoformat(said or "")
    except ValueError:
        return today()


def _foreseen(organisation_id: str, day: date) -> dict[str, Any]:
    programme = chosen_programme()
    code = programme.code if programme else None
    answers = ask(
        touched=get("partners", f"/v1/departures/{organisation_id}", on=day.isoformat()),
        costs=get("budget", f"/v1/departures/{organisation_id}", on=day.isoformat(), programme=code),
    )
    if not answers["touched"].silent:
        needed(answers["touched"])
    return {**answers, "programme": programme}
