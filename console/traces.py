"""One correlation as a tree in business words: every event hangs from the one that caused it, every delivery too."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import url_for

from chassis.clock import PARIS
from console.deliveries import answered, chip_of, delivery_state
from console.language import clock_time, day, lapse, listed, say, say_number
from console.sentences import delivery_in_words, sentence

SHOWN = 300
DELIVERY = "notifications.delivery."


@dataclass
class Knot:
    """One fact of the tree: an event, a failing arrival or a delivery; `state` is done, waiting, failed or quiet."""

    state: str
    title: str
    at: datetime
    took: str = ""
    detail: str = ""
    chips: list[tuple[str, str]] = field(default_factory=list)
    taken: str = ""
    address: str | None = None
    door: str = ""
    children: "list[Knot]" = field(default_factory=list)


@dataclass(frozen=True)
class Trace:
    """What one correlation set off, and how it stands."""

    title: str
    state: str
    began: str
    roots: list[Knot]
    hidden: int


@dataclass(frozen=True)
class Announced:
    """An event as its service recorded it."""

    service: str
    event: Mapping[str, Any]
    recorded_at: datetime
    published: bool

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.event["id"])


def read_trace(traces: Sequence[Mapping[str, Any]], deliveries: Sequence[Mapping[str, Any]]) -> Trace | None:
    """Make the tree of what the services answered; None when nothing is known of that correlation."""
    announced = sorted(_announced(traces, deliveries), key=lambda each: (each.recorded_at, each.event["sequence"]))
    arrived = [row for trace in traces for row in trace["arrived"]]
    if not announced and not arrived:
        return None
    began = min([each.recorded_at for each in announced] + [_moment(row["received_at"]) for row in arrived])
    tree = _Tree(began, arrived, deliveries)
    roots = tree.grow(announced)
    return Trace(
        roots[0].title, _state(tree.knots), _beginning(announced, began), roots[:SHOWN], max(len(roots) - SHOWN, 0)
    )


def _announced(traces: Sequence[Mapping[str, Any]], deliveries: Sequence[Mapping[str, Any]]) -> list[Announced]:
    """Give every announced event but those that a delivery's own line tells better."""
    told = {str(each["id"]) for each in deliveries}
    return [
        Announced(trace["service"], row["event"], _moment(row["recorded_at"]), row["published_at"] is not None)
        for trace in traces
        for row in trace["announced"]
        if not (row["event"]["type"].startswith(DELIVERY) and row["event"]["subject"] in told)
    ]


class _Tree:
    """Grows the tree from the events; remembers every knot."""

    def __init__(
        self, began: datetime, arrived: Sequence[Mapping[str, Any]], deliveries: Sequence[Mapping[str, Any]]
    ) -> None:
        self.began, self.knots = began, list[Knot]()
        self._arrived = _by(arrived, "event_id")
        self._deliveries = _by(deliveries, "event_id")

    def grow(self, announced: Sequence[Announced]) -> list[Knot]:
        """Hang every event from its cause; give those without one, and what failed before it could be read."""
        knots = {each.id: self._event(each) for each in announced}
        roots: list[Knot] = []
        for each in announced:
            cause = _cause(each, announced)
            (knots[cause].children if cause in knots else roots).append(knots[each.id])
        lost = [row for event_id, rows in self._arrived.items() if event_id not in knots for row in rows]
        roots += [self._arrival(row) for row in lost]
        for knot in self.knots:
            knot.children.sort(key=lambda child: child.at)
        return roots

    def _keep(self, knot: Knot) -> Knot:
        knot.took = _took(knot.at, self.began)
        self.knots.append(knot)
        return knot

    def _event(self, each: Announced) -> Knot:
        said = sentence(each.event)
        state, chips = "done", [("", each.service)]
        if not each.published:
            state, chips = "waiting", [*chips, ("late", say("to be published"))]
        rows = self._arrived.get(each.id, [])
        knot = Knot(state, said.title, each.recorded_at, detail=said.detail, chips=chips, taken=self._taken(rows))
        if said.convention_id:
            knot.address, knot.door = (
                url_for("conventions.show", convention_id=said.convention_id),
                say("the convention"),
            )
        knot.children = [self._arrival(row) for row in rows if row["status"] not in ("applied", "superseded")]
        knot.children += [self._delivery(row) for row in self._deliveries.get(each.id, [])]
        return self._keep(knot)

    def _taken(self, rows: Sequence[Mapping[str, Any]]) -> str:
        taken = [
            f"{row['subscription']} {_took(_moment(row['finished_at'] or row['received_at']), self.began)}"
            for row in rows
            if row["status"] in ("applied", "superseded")
        ]
        return say("Taken in by %(names)s", names=listed(taken)) if taken else ""

    def _arrival(self, row: Mapping[str, Any]) -> Knot:
        state, colour, words = ARRIVALS[row["status"]]
        service = row["subscription"].partition(".")[0]
        knot = Knot(
            state,
            row["subscription"],
            _moment(row["received_at"]),
            detail=_error(row),
            chips=[(colour, _attempts(words, row))],
        )
        if state in ("failed", "waiting"):
            knot.address, knot.door = url_for("failures.show", service=service, number=row["id"]), say("open")
        return self._keep(knot)

    def _delivery(self, row: Mapping[str, Any]) -> Knot:
        title = delivery_in_words(row["channel"], row["recipient_name"])
        at = _moment(row["finished_at"] or row["created_at"])
        knot = Knot(delivery_state(row), title, at, chips=[chip_of(row)])
        knot.address, knot.door = url_for("deliveries.show", delivery_id=row["id"]), say("its attempts")
        knot.detail = _outcome(row)
        return self._keep(knot)


def _outcome(row: Mapping[str, Any]) -> str:
    """Say what a delivery met: the last answer, unless it was taken at the first attempt."""
    if row["status"] == "accepted":
        return say("Taken at attempt %(number)s", number=row["attempts"]) if row["attempts"] > 1 else ""
    return ", ".join(each for each in (answered(row), _next_attempt(row["due_at"])) if each)


def _next_attempt(due_at: str | None) -> str:
    """Say in how long it is tried again; retries run on the real clock, whatever the programme's says."""
    seconds = (_moment(due_at) - datetime.now(UTC)).total_seconds() if due_at else 0
    return say("next attempt in %(lapse)s", lapse=lapse(seconds)) if seconds > 0 else ""


ARRIVALS = {
    "retrying": ("waiting", "late", "being retried"),
    "quarantined": ("failed", "failed", "in quarantine"),
    "dropped": ("quiet", "quiet", "given up"),
    "applied": ("done", "ok", "taken in"),
    "superseded": ("quiet", "quiet", "overtaken by a newer one"),
}


def _attempts(words: str, row: Mapping[str, Any]) -> str:
    attempts = say_number("one attempt", "%(number)s attempts", row["attempts"])
    return f"{say(words)}, {attempts}"


def _error(row: Mapping[str, Any]) -> str:
    error = str(row["error_message"] or row["error_class"] or "")
    return ", ".join(
        each for each in (textwrap.shorten(error, 200, placeholder="…"), _next_attempt(row["next_attempt_at"])) if each
    )


def _cause(each: Announced, announced: Sequence[Announced]) -> str | None:
    """Give the event it hangs from: its cause, else the one just before it in the life of the same thing."""
    if each.event.get("causationid"):
        return str(each.event["causationid"])
    before = (each.event["subject"], each.event["sequence"] - 1)
    same = (
        one.id
        for one in announced
        if one.service == each.service and (one.event["subject"], one.event["sequence"]) == before
    )
    return next(same, None)


def _state(knots: Sequence[Knot]) -> str:
    waiting = sum(knot.state == "waiting" for knot in knots)
    failed = sum(knot.state == "failed" for knot in knots)
    said = [
        say_number("one thing has failed", "%(number)s things have failed", failed) if failed else "",
        say_number("one thing is awaited", "%(number)s things are awaited", waiting) if waiting else "",
    ]
    return listed([each for each in said if each]) or say("everything has arrived")


def _beginning(announced: Sequence[Announced], recorded: datetime) -> str:
    """Say when it began: in the programme's time, which the events carry."""
    first = datetime.fromisoformat(announced[0].event["time"]) if announced else recorded
    return f"{day(first.astimezone(PARIS).date())}, {clock_time(first, seconds=True)}"


def _took(at: datetime, began: datetime) -> str:
    return f"+ {lapse(max((at - began).total_seconds(), 0))}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _by(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row[name]), []).append(row)
    return found
