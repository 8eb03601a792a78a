"""Financing: the figures by axis, action, funder and year; what makes each of them; envelopes and credit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from console.figures import MEASURES
from console.language import say
from console.pages.programme import Programme, chosen_programme, figures
from console.sentences import actions_in_words
from console.services import Question, get
from console.sessions import ask, ask_one, needed, signed_in

pages = Blueprint("financing", __name__, url_prefix="/financing")

BY = {
    "axis": MEASURES,
    "action": MEASURES,
    "funder": ("sought", "secured", "received"),  # a need has no funder
    "year": MEASURES,
}
CELL = ("axis", "action", "funder", "year")


@pages.get("/")
def index() -> str:
    """Show the figures, added up the way that is asked."""
    signed_in()
    by = request.args.get("by", "axis")
    if by not in BY:
        abort(404)
    programme = chosen_programme()
    if programme is None:
        return render_template("no_programme.html")
    answers = ask(
        projection=get("budget", "/v1/projection", by=by, programme=programme.code),
        credits=get("budget", "/v1/credits", programme=programme.code),
    )
    table = figures(answers["projection"], BY[by])
    if by == "funder":
        table.lines.sort(key=lambda line: -(line.secured + line.sought))
    stream = url_for("live.projection", programme=programme.code)
    return render_template(
        "financing.html",
        programme=programme,
        table=table,
        by=by,
        ways=list(BY),
        credits=answers["credits"],
        stream=stream,
    )


@pages.get("/explanation")
def explanation() -> str:
    """Show the ledger entries behind one figure; a gap is a need less what is secured, so it shows both."""
    signed_in()
    measure = request.args.get("measure", "secured")
    if measure not in MEASURES:
        abort(404)
    programme = chosen_programme()
    if programme is None:
        abort(404)
    measures = ("need", "secured") if measure == "gap" else (measure,)
    cell = {name: request.args.get(name) for name in CELL}
    answers = ask(**{each: _question(each, programme, cell) for each in measures})
    found = {each: needed(answers[each]).body for each in measures}
    return render_template(
        "explanation.html",
        programme=programme,
        measure=measure,
        parts_of=found,
        cell=_cell_in_words(programme, cell, found),
        amount=_amount(found),
    )


def _amount(found: Mapping[str, Mapping[str, Any]]) -> Decimal:
    """Give the figure that the parts make: their only one, or the need less what is secured."""
    first, *rest = (Decimal(part["amount"]) for part in found.values())
    return first - sum(rest, Decimal(0))


def _cell_in_words(programme: Programme, cell: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Name what the figure was limited to; a funder by the name that the entries give."""
    entries = [entry for part in found.values() for entry in part["entries"]]
    funder = next((entry["funder_name"] for entry in entries if entry["funder_name"]), None)
    words = {
        "axis": programme.axes.get(cell["axis"], cell["axis"]),
        "action": actions_in_words([next((entry["action_code"] for entry in entries), "…")]),
        "funder": funder or say("this funder"),
        "year": cell["year"],
    }
    return [words[name] for name in CELL if cell[name]]


def _question(measure: str, programme: Programme, cell: Mapping[str, Any]) -> Question:
    following = request.args.get("cursor")
    where = {"measure": measure, "programme": programme.code, "cursor": following, **cell}
    return get("budget", "/v1/projection/explanation", limit=200, **where)


@pages.get("/envelopes")
def envelopes() -> str:
    """Show the envelopes in force, or every version of one, the one in force first."""
    signed_in()
    programme = chosen_programme()
    if programme is None:
        return render_template("no_programme.html")
    axis = request.args.get("axis")
    if axis is not None and axis not in programme.axes:
        abort(404)
    path = f"/v1/envelopes/{axis}" if axis else "/v1/envelopes"
    answer = needed(ask_one(get("budget", path, programme=programme.code)))
    return render_template("envelopes.html", programme=programme, envelopes=answer.items, axis=axis)


def door_of(measure: str, programme: Programme, by: str | None = None, key: str | None = None) -> str:
    """Give the address of what makes a figure."""
    cell: dict[str, Any] = {by: key} if by in CELL else {}
    return url_for("financing.explanation", measure=measure, programme=programme.code, **cell)
