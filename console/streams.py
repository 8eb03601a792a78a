"""Streams to the browser: the services' events merged into one, and a watch that says when an answer changed."""

import hashlib
import json
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

import httpx

from console.services import NAMES, Answer, Question, Services, get

LOOK_EVERY = 1.0
BEAT_EVERY = 10.0
WAITING = 200
"""Events that may wait for a slow browser; then the services wait too, and lose nothing."""


@dataclass(frozen=True)
class Fact:
    """One event from one service's stream; `position` is the cursor after it, `body` its structured JSON."""

    service: str
    position: str
    body: str


def message(name: str, body: str, mark: str) -> str:
    """Write one Server-Sent Event; the browser gives `mark` back when it comes again."""
    lines = "".join(f"data: {line}\n" for line in body.splitlines() or [""])
    return f"event: {name}\nid: {mark}\n{lines}\n"


def watch(
    services: Services, questions: Mapping[str, Question], headers: Mapping[str, str], seen: str | None
) -> Iterator[str]:
    """Say `changed` when the answers differ from those seen; ends with the token, and the browser comes again."""
    beat = time.monotonic()
    yield "retry: 1000\n\n"
    while True:
        answers = services.ask_together(questions, headers)
        if any(answer.status == 401 for answer in answers.values()):
            return
        mark = fingerprint(answers)
        if not any(answer.silent for answer in answers.values()) and mark != seen:
            yield message("changed", "", mark) if seen else f"id: {mark}\n\n"
            seen = mark
        elif time.monotonic() - beat > BEAT_EVERY:
            beat = time.monotonic()
            yield ": still here\n\n"
        time.sleep(LOOK_EVERY)


def fingerprint(answers: Mapping[str, Answer]) -> str:
    """Give a short mark of what was answered."""
    told = [(name, answers[name].etag or answers[name].body) for name in sorted(answers)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


class Merged:
    """The event streams of all services as one; each runs in a thread of its own and hands over through one queue."""

    def __init__(self, services: Services, headers: Mapping[str, str], mark: str | None, **query: str | None) -> None:
        self._services, self._headers, self._query = services, headers, query
        self._positions = read_mark(mark)
        self._queue: queue.Queue[Fact] = queue.Queue(WAITING)
        self._closed = threading.Event()

    def facts(self) -> Iterator[Fact | None]:
        """Give facts as they come, None at least every `LOOK_EVERY` seconds; ends when a service refuses the token."""
        for name in NAMES:
            threading.Thread(target=self._follow, args=(name,), daemon=True).start()
        try:
            while not self._closed.is_set():
                yield self._next()
        finally:
            self._closed.set()

    def mark(self) -> str:
        """Give where each service's stream stands."""
        return json.dumps(self._positions, separators=(",", ":"))

    def _next(self) -> Fact | None:
        try:
            fact = self._queue.get(timeout=LOOK_EVERY)
        except queue.Empty:
            return None
        if fact:
            self._positions[fact.service] = fact.position
        return fact

    def _follow(self, name: str) -> None:
        position = self._positions.get(name)
        while not self._closed.is_set():
            try:
                position = self._read(name, position)
            except httpx.HTTPStatusError as refusal:
                if refusal.response.status_code in (401, 403):
                    self._closed.set()
            except httpx.HTTPError:
                pass
            self._closed.wait(LOOK_EVERY)

    def _read(self, name: str, position: str | None) -> str | None:
        follow = {"Last-Event-ID": position} if position else {}
        question = get(name, "/v1/events/stream", **self._query)
        with self._services.stream(question, {**self._headers, **follow}) as lines:
            for fact in facts_in(name, takewhile(lambda _: not self._closed.is_set(), lines())):
                position = fact.position
                self._hand_over(fact)
        return position

    def _hand_over(self, fact: Fact) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._queue.put(fact, timeout=LOOK_EVERY)
                return


def read_mark(mark: str | None) -> dict[str, str]:
    """Read where a browser's stream stood; from now on when it says nothing that we wrote."""
    try:
        positions = json.loads(mark or "{}")
    except ValueError:
        return {}
    known = positions.items() if isinstance(positions, dict) else ()
    return {name: position for name, position in known if name in NAMES and isinstance(position, str)}


def facts_in(name: str, lines: Iterator[str]) -> Iterator[Fact]:
    """Read the events of one stream (WHATWG HTML, 9.2.6); comments and other fields are passed over."""
    position, body = "", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            position = value
        elif field == "data":
            body.append(value)
        elif not line:
            if body:
                yield Fact(name, position, "\n".join(body))
            body = []
