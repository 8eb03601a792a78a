"""Conventions: who promised what, and the life of each as a line of facts."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from console.amendments import Amendment
from console.conventions import Convention, Listed, life, more_of, steps
from console.forms import Choice, Organisation, Row, Text, phrase
from console.pages.actions_to_choose import actions, axes, years
from console.services import get
from console.sessions import ask, ask_one, needed, signed_in
from console.sums import all_together
from console.words import STATUS, status_in_words

pages = Blueprint("conventions", __name__, url_prefix="/conventions")

PAGE = 50
"""How many conventions stand on one page."""


def _statuses() -> list[tuple[str, str]]:
    return [(each, status_in_words(each)) for each in STATUS]


class FilterForm(Row):
    """Which conventions one looks for."""

    search = Text(phrase("Words or reference"), optional=True)
    status = Choice(phrase("Where they stand"), options=_statuses, optional=True)
    party = Organisation(phrase("Party"), optional=True)
    axis = Choice(phrase("Axis"), options=axes, optional=True)
    action = Choice(phrase("Action"), options=actions, optional=True)
    year = Choice(phrase("Money of the year"), options=years, optional=True)

    def query(self) -> dict[str, Any]:
        """Give what the service is asked for."""
        return {
            "search": self.search.data,
            "status": self.status.data,
            "organisation_id": self.party.data,
            "axis_code": self.axis.data,
            "action_id": self.action.data,
            "year": self.year.data,
        }


@pages.get("/")
def index() -> str:
    """List the conventions that this person may see, those that the filters leave."""
    signed_in()
    form = FilterForm(request.args)
    form.check()
    wrong = any(field.wrong for field in form)
    query = form.query()
    cursor = request.args.get("cursor")
    answer = needed(ask_one(get("partners", "/v1/conventions", **query, cursor=cursor, limit=PAGE)))
    conventions = [] if wrong else [Listed.read(each) for each in answer.items]
    return render_template(
        "conventions.html",
        form=form,
        conventions=conventions,
        cash=all_together(each.cash for each in conventions),
        handed_on=all_together(each.handed_on for each in conventions),
        wrong=wrong,
        filtered=not form.blank,
        later=bool(cursor),
        following=None if wrong else answer.body["next"],
    )


@pages.get("/<uuid:convention_id>")
def show(convention_id: UUID) -> str:
    """Show one convention: its promise in a sentence, its life, its lines."""
    answers = ask(
        convention=get("partners", f"/v1/conventions/{convention_id}"),
        tranches=get("budget", "/v1/tranches", convention_id=convention_id),
        amendments=get("partners", f"/v1/conventions/{convention_id}/amendments"),
    )
    convention = Convention.read(needed(answers["convention"]).body)
    return render_template(
        "convention.html",
        convention=convention,
        life=life(convention.body),
        steps=steps(convention, signed_in()),
        tranches_answer=answers["tranches"],
        amendments=[Amendment.read(each) for each in answers["amendments"].items],
        paid={str(each["id"]): each for each in answers["tranches"].items},
        more_of=more_of,
        upstream=_upstream(convention),
    )


def _upstream(convention: Convention) -> dict[str, str]:
    """Give the pages of the conventions whose money this one hands on, those that this person may see."""
    references = {line["passes_on_reference"] for line in convention.lines if line["passes_on_reference"]}
    answers = ask(**{each: get("partners", "/v1/conventions", search=each, limit=5) for each in references})
    found = [Listed.read(each) for answer in answers.values() for each in answer.items]
    return {each.reference: each.address for each in found if each.reference in references}
