"""A departure foreseen: partners says what it touches, budget what it costs; asked side by side, nothing is written."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from chassis.clock import today
from console.forms import Day, Organisation, Row, phrase
from console.language import say
from console.pages.programme import chosen_programme
from console.services import get
from console.sessions import ask, needed, signed_in

pages = Blueprint("departures", __name__, url_prefix="/departures")


class DepartureForm(Row):
    """Who would leave, and when."""

    who = Organisation(phrase("Who leaves"), hint=phrase("Its name or SIREN"), optional=True)
    on = Day(phrase("On what day"), optional=True)


@pages.get("/")
def index() -> str:
    """Ask who leaves and when; with both, show what it touches and what it costs."""
    person = signed_in()
    form = DepartureForm(request.args)
    form.check()
    own = person.organisation_id if person.role == "partner" else None
    if own:
        del form.who
    chosen = own or form.who.data or (None if form.who.wrong else request.args.get("organisation"))
    day = form.on.data or today()
    if not form.on.wrong:
        form.on.data = day
    found = _foreseen(chosen, day) if chosen and not form.on.wrong else {}
    if found and not own and found["touched"].ok:
        form.who.data = chosen
    return render_template("departures.html", form=form, day=day, chosen=chosen if found else None, **found)


def _foreseen(organisation_id: str, day: date) -> dict[str, Any]:
    programme = chosen_programme()
    code = programme.code if programme else None
    answers = ask(
        touched=get("partners", f"/v1/departures/{organisation_id}", on=day.isoformat()),
        costs=get("budget", f"/v1/departures/{organisation_id}", on=day.isoformat(), programme=code),
    )
    if not answers["touched"].silent:
        needed(answers["touched"])
    seats = answers["touched"].body.get("seats", []) if answers["touched"].ok else []
    return {**answers, "programme": programme, "seats": list(dict.fromkeys(_seat(each) for each in seats))}


def _seat(seat: dict[str, Any]) -> str:
    """Name a seat; several conventions may give the same."""
    name, code = seat["organisation_name"], seat["action_code"]
    if code:
        return say("Seat of %(name)s in the steering body of %(code)s", name=name, code=code)
    return say("Seat of %(name)s in the consultation body", name=name)
