"""The programme: its overview in one sentence, one chart and one table; and its actions."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, render_template, request, url_for

from chassis.clock import today
from console.conventions import Listed
from console.figures import MEASURES, Table
from console.lights import lights
from console.services import NAMES, Answer, get
from console.sessions import ask, ask_one, needed, signed_in

pages = Blueprint("programme", __name__)


@dataclass(frozen=True)
class Programme:
    """The programme that a page is about; `years` are those in which its money may fall due."""

    code: str
    title: str
    vat_basis: str
    axes: dict[str, str]
    years: range


def chosen_programme() -> Programme | None:
    """Give the programme asked for, else the first; None while there is none."""
    items = needed(ask_one(get("actions", "/v1/programmes", limit=200))).items
    code = request.args.get("programme")
    chosen = [each for each in items if code in (None, each["code"])]
    if code and not chosen:
        abort(404)
    return _programme(chosen[0]) if chosen else None


def _programme(found: dict[str, Any]) -> Programme:
    axes = {axis["code"]: axis["title"] for axis in found["axes"]}
    first, last = (found[name] and date.fromisoformat(found[name]).year for name in ("starts_on", "ends_on"))
    return Programme(found["code"], found["title"], found["vat_basis"], axes, range(first, (last or today().year) + 2))


@pages.get("/")
def overview() -> str:
    """Show where the programme stands."""
    who = signed_in()
    programme = chosen_programme()
    if programme is None:
        return render_template("no_programme.html")
    answers = ask(
        projection=get("budget", "/v1/projection", by="axis", programme=programme.code),
        changes=get("budget", "/v1/changes", programme=programme.code, limit=6),
        actions=get("actions", "/v1/actions", programme=programme.code, limit=200),
        proposed=get("partners", "/v1/conventions", status="proposed", limit=50),
        partly_signed=get("partners", "/v1/conventions", status="partially_signed", limit=50),
        credits=get("budget", "/v1/credits", programme=programme.code),
        **({f"status_{name}": get(name, "/v1/status") for name in NAMES} if who.watches else {}),
    )
    table = figures(answers["projection"])
    return render_template(
        "overview.html",
        programme=programme,
        table=table,
        stream=url_for("live.projection", programme=programme.code),
        changes=answers["changes"],
        illustrative=any(each["illustrative"] for each in answers["actions"].items),
        lights=lights(answers),
    )


def figures(answer: Answer, measures: tuple[str, ...] = MEASURES) -> Table:
    """Give the figures; none where budget has not heard of the programme yet."""
    return Table.read({} if answer.status == 404 else needed(answer).body, measures)


@pages.get("/actions")
def actions() -> str:
    """List the actions by axis, each with its figures."""
    signed_in()
    programme = chosen_programme()
    if programme is None:
        return render_template("no_programme.html")
    answers = ask(
        actions=get("actions", "/v1/actions", programme=programme.code, limit=200),
        figures=get("budget", "/v1/projection", by="action", programme=programme.code),
    )
    table = Table.read(answers["figures"].body if answers["figures"].ok else {})
    lines = {line.key: line for line in table.lines}
    found = [{**each, "line": lines.get(each["id"])} for each in needed(answers["actions"]).items]
    return render_template(
        "actions.html",
        axes=[
            {"code": code, "title": title, "actions": [each for each in found if each["axis_code"] == code]}
            for code, title in programme.axes.items()
        ],
        figures_answer=answers["figures"],
        number=len(found),
        total=table.total,
        stream=url_for("live.projection", programme=programme.code),
    )


@pages.get("/actions/<uuid:action_id>")
def action(action_id: UUID) -> str:
    """Show one action: its figures by year, its conventions, and who sits in its steering body."""
    found = needed(ask_one(get("actions", f"/v1/actions/{action_id}"))).body
    code = found["programme_code"]
    answers = ask(
        programme=get("actions", f"/v1/programmes/{code}"),
        figures=get("budget", "/v1/projection", by="year", programme=code, action=action_id),
        seats=get("actions", "/v1/seats", body="steering", action_id=action_id, limit=200),
        conventions=get("partners", "/v1/conventions", action_id=action_id, limit=200),
    )
    return render_template(
        "action.html",
        action=found,
        axis=_programme(needed(answers["programme"]).body).axes.get(found["axis_code"], found["axis_code"]),
        table=Table.read(answers["figures"].body),
        figures_answer=answers["figures"],
        seats=answers["seats"],
        conventions=[Listed.read(each) for each in answers["conventions"].items],
        conventions_answer=answers["conventions"],
        stream=url_for("live.projection", programme=code),
    )
