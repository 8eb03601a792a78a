"""The operators' live list of events, and the trace of one correlation as a tree."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from console.language import clock_time
from console.lights import health
from console.sentences import known_types, sentence
from console.services import NAMES, Answer, Question, get
from console.sessions import ask, needed, signed_in
from console.traces import read_trace

pages = Blueprint("events", __name__)

LISTED = 60


@dataclass(frozen=True)
class Row:
    """One event in the live list."""

    service: str
    title: str
    detail: str
    correlation_id: str
    time: str
    state: str = "done"

    @classmethod
    def of(cls, service: str, event: Mapping[str, Any]) -> "Row":
        """Say an event (its structured JSON) as a row."""
        said = sentence(event)
        return cls(service, said.title, said.detail, event["correlationid"], event["time"])

    @property
    def clock(self) -> str:
        """The time of day it happened, in Paris."""
        return clock_time(self.time, seconds=True)


@pages.get("/events/")
def index() -> str:
    """Show the newest events of all services; the page's script adds those that follow."""
    signed_in()
    kind, correlation_id = request.args.get("type"), request.args.get("correlation_id")
    wanted = {"type": kind, "correlation_id": correlation_id}
    lists = {f"events_{name}": get(name, "/v1/events", newest="true", limit=LISTED, **wanted) for name in NAMES}
    answers = ask(**lists, **statuses())
    listed = {name: answers[f"events_{name}"] for name in NAMES}
    if all(answer.status == 403 for answer in listed.values()):
        abort(403)
    return render_template(
        "events.html",
        facts=_newest(listed),
        health=health(answers),
        types=known_types(),
        stream=url_for(
            "live.events", since=_mark(listed), type=wanted["type"], correlation_id=wanted["correlation_id"]
        ),
        silent=[answer for answer in listed.values() if answer.silent],
        **wanted,
    )


def statuses() -> dict[str, Question]:
    """Give the questions that the health strip rests on."""
    return {f"status_{name}": get(name, "/v1/status") for name in NAMES}


def _newest(listed: Mapping[str, Answer]) -> list[Row]:
    rows = [(each["recorded_at"], name, each["event"]) for name, answer in listed.items() for each in answer.items]
    newest = sorted(rows, key=lambda row: str(row[0]), reverse=True)[:LISTED]
    return [Row.of(name, event) for _, name, event in newest]


def _mark(listed: Mapping[str, Answer]) -> str:
    """Give where each service's list ended, for the stream to go on after."""
    return json.dumps({name: answer.items[-1]["cursor"] for name, answer in listed.items() if answer.items})


@pages.get("/traces/<correlation_id>")
def trace(correlation_id: str) -> str:
    """Show what one correlation set off, in all services."""
    signed_in()
    answers = ask(**trace_questions(correlation_id))
    found = [answers[name] for name in NAMES]
    if all(answer.status == 403 for answer in found):
        abort(403)
    tree = read_trace([answer.body for answer in found if answer.ok], answers["deliveries"].items)
    silent = [answer for answer in found if answer.silent]
    if tree is None:
        needed(silent[0]) if silent else abort(404)
    return render_template(
        "trace.html",
        trace=tree,
        correlation_id=correlation_id,
        silent=silent,
        stream=url_for("live.trace", correlation_id=correlation_id),
    )


def trace_questions(correlation_id: str) -> dict[str, Question]:
    """Give the questions that a trace rests on."""
    traces = {name: get(name, f"/v1/traces/{correlation_id}") for name in NAMES}
    return {**traces, "deliveries": get("notifications", "/v1/deliveries", correlation_id=correlation_id, limit=200)}
