"""Deadlines: what falls due when, in a sentence, month by month, and as a calendar file."""

from calendar import monthrange
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from chassis.clock import now, today
from console.calendars import calendar
from console.forms import Choice, Day, Hidden, Organisation, Row, phrase
from console.forms.fields import Options
from console.services import Question, get
from console.sessions import ask, ask_one, needed, signed_in
from console.words import DEADLINES, deadline_in_words

pages = Blueprint("deadlines", __name__, url_prefix="/deadlines")

PAGE, AT_ONCE, MOST = 50, 200, 1000
"""Deadlines of a page of the list, of a question, and of a calendar file."""


def _kinds() -> Options:
    return [(kind, deadline_in_words(kind)) for kind in DEADLINES]


class FilterForm(Row):
    """Which deadlines one looks for."""

    kind = Choice(phrase("Which"), options=_kinds, optional=True)
    party = Organisation(phrase("Whom they concern"), optional=True)
    since = Day(phrase("From"), optional=True)
    until = Day(phrase("To"), optional=True)
    convention = Hidden(optional=True)

    def query(self) -> dict[str, Any]:
        """Give what the service is asked for."""
        return {
            "kind": self.kind.data,
            "organisation_id": self.party.data,
            "since": self.since.fact(),
            "until": self.until.fact(),
            "convention_id": self.convention.data,
        }


@pages.get("/")
def index() -> str:
    """Say what this month brings and what comes next; list what falls due from today on, or as filtered, by month."""
    signed_in()
    form, wrong = _filter()
    questions = {"found": _asked(form, cursor=request.args.get("cursor"), limit=PAGE)}
    day = today()
    last = day.replace(day=monthrange(day.year, day.month)[1])
    if form.blank:
        questions["month"] = get("partners", "/v1/deadlines", until=last.isoformat(), limit=AT_ONCE)
        questions["following"] = get("partners", "/v1/deadlines", kind="tranche_due", limit=1)
    answers = ask(**questions)
    found = needed(answers["found"])
    months = groupby(found.items, key=lambda each: each["due_on"][:7])
    return render_template(
        "deadlines.html",
        form=form,
        wrong=wrong,
        filtered=not form.blank,
        months=[] if wrong else [(month, list(each)) for month, each in months],
        following=None if wrong else found.body["next"],
        later=bool(request.args.get("cursor")),
        this_month=f"{day:%Y-%m}",
        due=answers["month"].items if form.blank else None,
        more_due=form.blank and answers["month"].body.get("next"),
        cash=_cash(answers["month"].items) if form.blank else None,
        next_tranche=next(iter(answers["following"].items), None) if form.blank else None,
        wanted={name: value for name, value in request.args.items() if name not in ("cursor", "lang", "theme")},
    )


@pages.get("/calendar.ics")
def as_calendar() -> Response:
    """Give the deadlines that the filters leave as a calendar file, a thousand at most."""
    signed_in()
    form, wrong = _filter()
    if wrong:
        abort(404)
    named = {"Content-Disposition": "attachment; filename=entente.ics"}
    return Response(calendar(_all(form), at=now()), content_type="text/calendar; charset=utf-8", headers=named)


def _filter() -> tuple[FilterForm, bool]:
    form = FilterForm(request.args)
    form.check()
    return form, any(field.wrong for field in form)


def _asked(form: FilterForm, **page: Any) -> Question:
    return get("partners", "/v1/deadlines", **form.query(), **page)


def _all(form: FilterForm) -> Iterator[dict[str, Any]]:
    """Give every deadline that is meant, page by page."""
    cursor = None
    for _ in range(MOST // AT_ONCE):
        answer = needed(ask_one(_asked(form, cursor=cursor, limit=AT_ONCE)))
        yield from answer.items
        cursor = answer.body["next"]
        if cursor is None:
            break


def _cash(deadlines: list[dict[str, Any]]) -> Decimal:
    amounts = (Decimal(each["amount"]) for each in deadlines if each["contribution"] == "cash")
    return sum(amounts, Decimal(0))
