"""Those who act in the story: each signs in by a link and speaks to the services over HTTP with a token of its own."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from chassis.identifiers import new_id
from entente.exits import Exit, Stopped
from entente.platform import Platform

PATIENCE = 10.0
"""Seconds to wait until a service has heard of what another one was told."""


@dataclass(frozen=True)
class Answer:
    """What a service answered: the JSON, and the version it speaks of."""

    json: Any
    etag: str | None


@dataclass(frozen=True)
class Voice:
    """Somebody signed in; `organisation_id` is what a partner acts for."""

    platform: Platform
    http: httpx.Client
    token: str
    name: str
    organisation_id: UUID | None = None

    def get(self, service: str, path: str, **query: Any) -> Answer:
        """Ask."""
        return self._call("GET", service, path, params=query)

    def post(self, service: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Do what makes something new."""
        return self._call("POST", service, path, json=body, headers={"Idempotency-Key": str(new_id())})

    def send(self, service: str, path: str, content: bytes, kind: str, **query: Any) -> Answer:
        """Send a file."""
        headers = {"Idempotency-Key": str(new_id()), "Content-Type": kind}
        return self._call("POST", service, path, content=content, headers=headers, params=query)

    def put(self, service: str, path: str, body: Mapping[str, Any], match: str | None = None) -> Answer:
        """Do what may be repeated; `match` is the version it speaks of."""
        return self._call("PUT", service, path, json=body, headers={"If-Match": match} if match else {})

    def _call(
        self, method: str, service: str, path: str, headers: Mapping[str, str] | None = None, **what: Any
    ) -> Answer:
        spoken = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        url = f"{self.platform.url(service)}{path}"
        answer = _once_known(lambda: self.http.request(method, url, headers=spoken, **what))
        if answer.is_error:
            raise Stopped(f"{self.name}: {method} {service} {path} was refused: {_refusal(answer)}", Exit.CHECK_FAILED)
        return Answer(answer.json() if answer.content else None, answer.headers.get("ETag"))


def sign_in(platform: Platform, http: httpx.Client, sign_in_token: str) -> Voice:
    """Use a sign-in link."""
    answer = http.post(f"{platform.url('partners')}/v1/sign-ins", json={"sign_in_token": sign_in_token})
    if answer.is_error:
        raise Stopped(f"The sign-in was refused: {_refusal(answer)}", Exit.CHECK_FAILED)
    given = answer.json()
    person = given["person"]
    organisation_id = UUID(person["organisation_id"]) if person["organisation_id"] else None
    return Voice(platform, http, given["access_token"], person["name"], organisation_id)


def _once_known(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask again while the service has not heard yet of what another one was just told."""
    until = time.monotonic() + PATIENCE
    while True:
        answer = ask()
        if answer.status_code != httpx.codes.CONFLICT or _code(answer) != "not-yet-known" or time.monotonic() > until:
            return answer
        time.sleep(0.02)


def _code(answer: httpx.Response) -> str:
    return str(answer.json().get("code", ""))


def _refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text[:200]}"
    return f"{answer.status_code} {problem.get('detail', '')} {problem.get('errors', '')}".strip()
