"""What the story happens on: the running platform, its people, and what the chapters remember."""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx

from chassis import clock
from entente.demo.voices import Answer, Voice, sign_in
from entente.inviting import sign_in_link
from entente.loading import organisation_id
from entente.platform import Platform
from entente.programme import Charter, Folder, Illustrative, Programme
from entente.replay import unsettled
from entente.sink.running import Sink

PATIENCE = 30.0
"""Seconds within which everything on its way must have arrived; mails and webhooks have twice as long."""
PENDING = ("waiting", "retrying")


@dataclass
class Stage:
    """The state of the story; `conventions` are the last answers about each convention of the folder, by key."""

    platform: Platform
    folder: Folder
    sink: Sink
    http: httpx.Client
    office: Voice
    voices: dict[str, Voice] = field(default_factory=dict)
    conventions: dict[str, Answer] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def programme(self) -> Programme:
        """The deliberation's facts."""
        return self.folder.programme

    @property
    def invented(self) -> Illustrative:
        """What the deliberation does not name."""
        assert self.folder.illustrative is not None  # noqa: S101  the demo's own folder has it
        return self.folder.illustrative

    @property
    def charter(self) -> Charter:
        """The charter of the folder."""
        return self.invented.charter

    def partner(self, siren: str) -> Voice:
        """Give the person of an organisation, invited by the programme office at the first call."""
        if siren not in self.voices:
            self.voices[siren] = self._invite(siren, "partner")
        return self.voices[siren]

    def projection(self) -> dict[str, dict[str, Any]]:
        """Give the projection's rows by axis code."""
        answer = self.office.get("budget", "/v1/projection", by="axis", programme=self.programme.code).json
        return {row["key"]: row for row in answer["rows"]}

    def settle(self) -> bool:
        """Wait until every event has ended everywhere; False when it takes too long."""
        until = time.monotonic() + PATIENCE
        while unsettled(self.platform.services):
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def wait_for_deliveries(self) -> bool:
        """Wait until no mail and no webhook is pending; False when it takes too long."""
        until = time.monotonic() + 2 * PATIENCE
        while any(self.office.get("notifications", "/v1/deliveries", status=each).json["items"] for each in PENDING):
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return self.settle()

    def all(self, service: str, path: str, items: str = "items", **query: Any) -> list[dict[str, Any]]:
        """Read a list to its end; `items` is where the answer has it."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.office.get(service, path, limit=200, **query, **cursor).json
            found += page[items]
            if not page["next"]:
                return found
            cursor = {"cursor": page["next"]}

    def _invite(self, siren: str, role: str) -> Voice:
        invited = {
            "email": f"{siren}@partners.example",
            "name": f"Agent {siren}",
            "role": role,
            "organisation_id": str(organisation_id(siren)),
        }
        link = self.office.post("partners", "/v1/invitations", invited).json
        return sign_in(self.platform, self.http, link["sign_in_token"])


def open_office(platform: Platform, http: httpx.Client) -> Voice:
    """Let the programme office in, as `entente invite` does for the first person."""
    link, _ = sign_in_link(
        platform.services["partners"],
        "office@entente.example",
        name="Bureau du programme",
        role="programme_office",
        organisation=None,
    )
    return sign_in(platform, http, link.rpartition("/")[2])


def at_noon(day: date) -> datetime:
    """Give noon in Paris on a day: what happens then happens on that day everywhere."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=clock.PARIS).astimezone(UTC)


def ids(*sirens: str) -> list[UUID]:
    """Give the organisations' ids."""
    return [organisation_id(siren) for siren in sirens]
