"""Deadlines: what falls due when, in a sentence, month by month, as a file or a feed for calendars."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from chassis.clock import now, today
from chassis.identifiers import new_id
from console.calendars import calendar, in_full
from console.forms import Choice, Day, Hidden, Organisation, Row, phrase
from console.forms.fields import Options
from console.language import language, say
from console.services import Answer, Question, get, post
from console.sessions import ServiceSilent, ask, ask_one, causes, needed, services, signed_in
from console.sums import Sums, together
from console.words import DEADLINES, deadline_in_words

pages = Blueprint("deadlines", __name__, url_prefix="/deadlines")

PAGE, AT_ONCE, MOST = 50, 200, 1000
"""Deadlines of a page of the list, of a question, and of a calendar."""

FEED = "/v1/deadlines/feed"
STAYS = timedelta(days=92)
"""How long a calendar that reads the feed keeps what is over."""


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
        cash=_cash(answers["month"].items, "amount") if form.blank else None,
        handed_on=_cash(answers["month"].items, "passed_on") if form.blank else None,
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
    return _calendar(_all(lambda page: needed(ask_one(_asked(form, **page)))), "attachment; filename=entente.ics")


@pages.get("/feed")
def feed() -> str:
    """Say what a secret address for a calendar is, and since when this person has one."""
    return _feed_page(None)


@pages.post("/feed")
def renew_feed() -> str:
    """Make the address anew and show it, this once."""
    secret = needed(ask_one(post("partners", FEED, None, **{"Idempotency-Key": str(new_id())}))).body["secret"]
    return _feed_page(in_full(url_for("deadlines.read_feed", secret=secret, lang=language().code)))


@pages.post("/feed/end")
def end_feed() -> AnyResponse:
    """Let the address open nothing any more."""
    if (answer := ask_one(Question("partners", FEED, "DELETE"))).status != HTTPStatus.NOT_FOUND:
        needed(answer)
    flash(say("The address opens nothing any more."), "sage")
    return redirect(url_for("deadlines.feed"), 303)


@pages.get("/feed/<secret>.ics")
def read_feed(secret: str) -> Response:
    """Give a calendar the deadlines of whoever made this address; nobody is signed in."""
    headers = {**causes(), "Authorization": f"Bearer {secret}"}
    since = (today() - STAYS).isoformat()

    def asked(page: dict[str, Any]) -> Answer:
        answer = services().ask(get("partners", f"{FEED}/items", since=since, **page), headers)
        if answer.silent:
            raise ServiceSilent("partners")
        return answer if answer.ok else abort(404)

    return _calendar(_all(asked), "inline; filename=entente.ics")


def _feed_page(address: str | None) -> str:
    signed_in()
    known = ask_one(get("partners", FEED))
    if known.status != HTTPStatus.NOT_FOUND:
        needed(known)
    webcal = address and address.replace(f"{urlsplit(address).scheme}:", "webcal:", 1)
    return render_template("deadline_feed.html", known=known.body if known.ok else None, address=address, webcal=webcal)


def _calendar(deadlines: Iterator[dict[str, Any]], disposition: str) -> Response:
    named = {"Content-Disposition": disposition}
    return Response(calendar(deadlines, at=now()), content_type="text/calendar; charset=utf-8", headers=named)


def _filter() -> tuple[FilterForm, bool]:
    form = FilterForm(request.args)
    form.check()
    return form, any(field.wrong for field in form)


def _asked(form: FilterForm, **page: Any) -> Question:
    return get("partners", "/v1/deadlines", **form.query(), **page)


def _all(asked: Callable[[dict[str, Any]], Answer]) -> Iterator[dict[str, Any]]:
    """Give every deadline of what is asked page by page, up to the most that a calendar holds."""
    cursor = None
    for _ in range(MOST // AT_ONCE):
        answer = asked({"cursor": cursor, "limit": AT_ONCE})
        yield from answer.items
        cursor = answer.body["next"]
        if cursor is None:
            break


def _cash(deadlines: list[dict[str, Any]], part: str) -> Sums:
    """Add up a `part` of the cash that falls due: its amount, or what of it is passed on."""
    return together((each["vat_basis"], each[part]) for each in deadlines if each["contribution"] == "cash")
