"""The way to the four services: HTTP with the token of who is signed in, calls side by side, never waiting long."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from chassis.settings import Settings

NAMES = ("partners", "actions", "budget", "notifications")
DEADLINE = httpx.Timeout(5.0, connect=1.0)
STREAM_DEADLINE = httpx.Timeout(40.0, connect=1.0)
"""The services say something at least every fifteen seconds: a stream silent for longer is dead."""
STREAMS = 200
"""Streams to the services that one console keeps, four to a reader of the live list; whoever comes later waits."""
NO_ANSWER = 0


@dataclass(frozen=True)
class Question:
    """One HTTP call to one service; parameters that are None or empty are left out."""

    service: str
    path: str
    method: str = "GET"
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> dict[str, Any]:
        """Give the query's parameters that say something."""
        return {name: value for name, value in self.query.items() if value not in (None, "")}


@dataclass(frozen=True)
class Answer:
    """What a service answered; status 0 and an empty body when it did not."""

    service: str
    status: int
    body: Any
    etag: str | None = None
    correlation_id: str | None = None
    file: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether it answered what was asked."""
        return self.status in range(200, 300)

    @property
    def silent(self) -> bool:
        """Whether the service is down, too slow, or broken."""
        return self.status == NO_ANSWER or self.status >= 500

    @property
    def items(self) -> list[dict[str, Any]]:
        """The objects of a page; none when it did not answer."""
        found = self.body.get("items", []) if isinstance(self.body, dict) else self.body
        return list(found) if self.ok and found else []

    @property
    def detail(self) -> str:
        """The sentence of a refusal (RFC 9457)."""
        return str(self.body.get("detail") or self.body.get("title") or "") if isinstance(self.body, dict) else ""


def get(service: str, path: str, **query: Any) -> Question:
    """Ask for a resource."""
    return Question(service, path, query=query)


def post(service: str, path: str, body: Any, **headers: str) -> Question:
    """Ask for a change."""
    return Question(service, path, "POST", json=body, headers=headers)


def put(service: str, path: str, body: Any, **headers: str) -> Question:
    """Say what something is from now on."""
    return Question(service, path, "PUT", json=body, headers=headers)


class Services:
    """The four services as this console reaches them; one per process, safe for parallel use."""

    def __init__(self, settings: Settings) -> None:
        self._addresses = {name: str(getattr(settings, f"{name}_url")).rstrip("/") for name in NAMES}
        self._client = _client(DEADLINE, httpx.Limits(max_connections=200, max_keepalive_connections=20))
        self._streams = _client(STREAM_DEADLINE, httpx.Limits(max_connections=STREAMS))
        self._side_by_side = ThreadPoolExecutor(max_workers=32, thread_name_prefix="console")

    def ask(self, question: Question, headers: Mapping[str, str]) -> Answer:
        """Put one question; a service that does not answer is an answer too."""
        try:
            response = self._client.request(
                question.method,
                self._addresses[question.service] + question.path,
                params=question.parameters(),
                json=question.json,
                data=question.form,
                content=question.content,
                headers={**headers, **question.headers},
            )
        except httpx.HTTPError:
            return Answer(question.service, NO_ANSWER, {})
        return _answer(question.service, response)

    def ask_together(self, questions: Mapping[str, Question], headers: Mapping[str, str]) -> dict[str, Answer]:
        """Put several questions side by side; give the answers under the questions' names."""
        asked = {name: self._side_by_side.submit(self.ask, each, headers) for name, each in questions.items()}
        return {name: each.result() for name, each in asked.items()}

    @contextmanager
    def stream(self, question: Question, headers: Mapping[str, str]) -> Iterator[Callable[[], Iterator[str]]]:
        """Open a stream of Server-Sent Events; gives what reads its lines.

        Raises httpx.HTTPError when the service is down or refuses.
        """
        with self._streams.stream(
            "GET",
            self._addresses[question.service] + question.path,
            params=question.parameters(),
            headers={**headers, **question.headers, "Accept": "text/event-stream"},
        ) as response:
            response.raise_for_status()
            yield response.iter_lines


def _client(deadline: httpx.Timeout, limits: httpx.Limits) -> httpx.Client:
    return httpx.Client(timeout=deadline, limits=limits, trust_env=False, verify=_certificates())


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _answer(service: str, response: httpx.Response) -> Answer:
    body: Any = {}
    file = b""
    try:
        body = response.json() if response.content else {}
    except ValueError:
        file = response.content
    found = response.headers
    return Answer(service, response.status_code, body, found.get("ETag"), found.get("X-Correlation-Id"), file)
