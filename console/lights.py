"""What needs somebody, said in one sentence each, the most urgent first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for

from chassis.clock import today
from console.language import euros, listed, say, say_number
from console.services import NAMES, Answer
from console.words import service_in_words

LATE_SECONDS = 30
AWAITED_DAYS = 10


@dataclass(frozen=True)
class Light:
    """A light: red (failed), amber (waits for somebody) or no colour (well); a sentence, what is behind it, a door."""

    colour: str
    words: str
    more: str = ""
    address: str | None = None
    door: str = ""


def lights(answers: Mapping[str, Answer]) -> list[Light]:
    """Give what needs somebody; one green light when nothing does."""
    found = [*_silent(answers), *_failing(answers), *_awaited(answers), *_unused_credit(answers)]
    return sorted(found, key=lambda light: light.colour != "red") or [
        Light("", say("Nothing waits for anybody"), say("No event has failed, no signature is awaited."))
    ]


def _silent(answers: Mapping[str, Answer]) -> list[Light]:
    silent = sorted({answer.service for answer in answers.values() if answer.silent})
    return [
        Light(
            "red",
            say("The service “%(name)s” does not answer", name=service_in_words(name)),
            say("What it knows is missing here; the rest stands."),
        )
        for name in silent
    ]


def _failing(answers: Mapping[str, Answer]) -> list[Light]:
    stuck = sum(status.body.get("quarantined", 0) for status in _statuses(answers))
    if not stuck:
        return []
    words = say_number("One event could not be taken in", "%(number)s events could not be taken in", stuck)
    return [
        Light(
            "red",
            words,
            say("They wait in quarantine for an operator."),
            url_for("failures.index"),
            say("look at them"),
        )
    ]


def _statuses(answers: Mapping[str, Answer]) -> list[Answer]:
    return [answers[name] for name in (f"status_{each}" for each in NAMES) if name in answers and answers[name].ok]


def _awaited(answers: Mapping[str, Answer]) -> list[Light]:
    return [
        Light(
            "amber",
            say_number(
                "A signature is awaited for %(reference)s",
                "%(number)s signatures are awaited for %(reference)s",
                len(names),
                reference=each["reference"],
            ),
            _since(names, each.get("proposed_on")),
            url_for("conventions.show", convention_id=each["id"]),
            say("the convention"),
        )
        for answer in (answers["proposed"], answers["partly_signed"])
        for each in answer.items
        if (names := [party["name"] for party in each["parties"] if not party.get("signed_on")])
    ]


def _since(names: list[str], proposed_on: str | None) -> str:
    if not proposed_on:
        return listed(names)
    days = (today() - date.fromisoformat(proposed_on)).days
    if days < 1:
        return say("%(names)s, since today", names=listed(names))
    return say_number("%(names)s, since yesterday", "%(names)s, for %(number)s days", days, names=listed(names))


def _unused_credit(answers: Mapping[str, Answer]) -> list[Light]:
    return [
        Light(
            "amber",
            say(
                "%(amount)s of credit of %(year)s are not committed yet",
                amount=euros(each["available"]),
                year=each["year"],
            ),
            each.get("from_line") or "",
            url_for("financing.index"),
            say("the credit"),
        )
        for each in answers["credits"].items
        if Decimal(each["available"]) > 0
    ]


def health(answers: Mapping[str, Answer]) -> list[dict[str, Any]]:
    """Give each service's state for the strip: its light, and what waits at it."""
    return [_health(name, answers[f"status_{name}"]) for name in NAMES]


def _health(name: str, answer: Answer) -> dict[str, Any]:
    if not answer.ok:
        return {"name": name, "colour": "failed", "words": say("does not answer"), "status": None}
    status = answer.body
    late = status["outbox_lag_seconds"] > LATE_SECONDS or status["retrying"]
    for condition, colour, words in (
        (status["quarantined"], "failed", say("needs a look")),
        (late, "late", say("is late")),
        (True, "ok", say("up to date")),
    ):
        if condition:
            return {"name": name, "colour": colour, "words": words, "status": status}
    raise AssertionError
