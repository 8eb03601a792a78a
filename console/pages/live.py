"""What a page's script listens to: that something changed, or the events themselves."""

import json
import time
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context

from console.pages.events import Row, statuses, trace_questions
from console.services import Question, get
from console.sessions import ask, headers, services
from console.streams import BEAT_EVERY, Fact, Merged, fingerprint, message, watch

pages = Blueprint("live", __name__, url_prefix="/live")

HEALTH_EVERY = 3.0


@pages.get("/projection")
def projection() -> Response:
    """Say when the programme's figures change."""
    programme = request.args.get("programme")
    return _watched(projection=get("budget", "/v1/projection", by="axis", programme=programme))


@pages.get("/traces/<correlation_id>")
def trace(correlation_id: str) -> Response:
    """Say when more is known of a correlation."""
    return _watched(**trace_questions(correlation_id))


@pages.get("/events")
def events() -> Response:
    """Tell the events of all services as they come, as rows of the list; and that the services' health changed."""
    ask(**statuses())
    wanted = {name: request.args.get(name) for name in ("type", "correlation_id")}
    mark = request.headers.get("Last-Event-ID") or request.args.get("since")
    return _stream(_rows(Merged(services(), headers(), mark, **wanted)))


def _watched(**questions: Question) -> Response:
    """Watch these questions; asking once first renews an ended token while the cookie can still be set."""
    seen = request.headers.get("Last-Event-ID") or fingerprint(ask(**questions))
    return _stream(watch(services(), questions, headers(), seen))


def _rows(merged: Merged) -> Iterator[str]:
    health = fingerprint(services().ask_together(statuses(), headers()))
    looked = beat = time.monotonic()
    yield "retry: 1000\n\n"
    for fact in merged.facts():
        now = time.monotonic()
        if fact:
            beat = now
            yield message("fact", _row(fact), merged.mark())
        if now - looked > HEALTH_EVERY:
            looked, before = now, health
            health = fingerprint(services().ask_together(statuses(), headers()))
            if health != before:
                yield message("changed", "", merged.mark())
        if now - beat > BEAT_EVERY:
            beat = now
            yield ": still here\n\n"


def _row(fact: Fact) -> str:
    row = Row.of(fact.service, json.loads(fact.body))
    return json.dumps({"html": render_template("row.html", fact=row)})


def _stream(messages: Iterator[str]) -> Response:
    return Response(
        stream_with_context(messages),
        content_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )
