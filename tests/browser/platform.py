"""Entente as one would start it, for a browser: all services in one process, on the embedded servers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from chassis.clock import today
from chassis.database import transaction
from chassis.events import Event
from chassis.identifiers import new_id, stable_id
from chassis.outbox import announce
from chassis.service import Service, serving
from chassis.settings import Settings
from entente.inviting import sign_in_link
from entente.reach import reaching
from tests.ports import first_free_port
from tests.surroundings import ROOT

PATIENCE = 60.0
AXES = (
    "Transformation digitale des administrations locales",
    "Qualité de vie",
    "Développement économique",
    "Socle accélérateur",
)
PLACES = {"partners": 1, "actions": 2, "budget": 3, "notifications": 4}


@dataclass
class Entente:
    """The running program, and the means to act elsewhere than in the browser: as the programme office, over HTTP."""

    port: int
    partners: Service
    known: dict[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> str:
        """Where the console answers."""
        return f"http://127.0.0.1:{self.port}"

    def link(self, role: str, **facts: Any) -> str:
        """Make a link that signs somebody in once."""
        return sign_in_link(self.partners, f"{new_id()}@example.org", name=f"Camille ({role})", role=role, **facts)[0]

    def call(self, method: str, service: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call a service; what has not arrived yet (409 not-yet-known) is asked for again."""
        url = f"http://127.0.0.1:{self.port + PLACES[service]}{path}"
        headers |= {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}
        until = time.monotonic() + PATIENCE
        while True:
            answer = httpx.request(method, url, json=body, headers=headers, timeout=10)
            if "not-yet-known" not in answer.text or time.monotonic() > until:
                return answer.raise_for_status()
            time.sleep(0.1)

    @cached_property
    def token(self) -> str:
        """An access token of the programme office."""
        told = {"sign_in_token": self.link("programme_office").rpartition("/")[2]}
        return str(httpx.post(f"http://127.0.0.1:{self.port + 1}/v1/sign-ins", json=told).json()["access_token"])

    def action(self, code: str, amount: str = "180000.00", action_id: UUID | None = None) -> str:
        """Plan an action of the axis that its code begins with; give its id."""
        if "programme" not in self.known:
            self._define_programme()
        planned = str(action_id or stable_id("browser", "action", code))
        needs = [{"year": today().year, "nature": "investment", "amount": amount}]
        words = {"programme_code": "SUN04", "axis_code": code[0], "code": code, "title": f"Action {code}"}
        self.call("PUT", "actions", f"/v1/actions/{planned}", {**words, "priority": "strong", "needs": needs})
        return planned

    def _define_programme(self) -> None:
        axes = [{"code": str(number), "title": title} for number, title in enumerate(AXES, start=1)]
        frame = {"title": "Schéma des usages numériques", "starts_on": "2017-01-01", "vat_basis": "TTC", "axes": axes}
        self.call("PUT", "actions", "/v1/programmes/SUN04", frame)
        self.known["programme"] = "SUN04"

    def organisation(self, name: str, siren: str) -> str:
        """Register an organisation, once; give its id."""
        if name not in self.known:
            body = {"name": name, "siren": siren, "funder": True}
            self.known[name] = self.call("POST", "partners", "/v1/organisations", body).json()["id"]
        return self.known[name]

    def proposed_convention(self, action_id: str, amount: str) -> dict[str, Any]:
        """Draft one and propose it."""
        drafted = self.drafted_convention(action_id, amount)
        return dict(self.call("POST", "partners", f"/v1/conventions/{drafted['id']}/proposal").json())

    def drafted_convention(self, action_id: str, amount: str) -> dict[str, Any]:
        """Draft a convention by which the Région promises cash to an action."""
        owner = self.organisation("Provence Alpes Agglomération", "200067437")
        funder = self.organisation("Région Provence-Alpes-Côte d’Azur", "231300021")
        tranche = {"amount": amount, "due_on": f"{today().year}-12-31"}
        line = {"organisation_id": funder, "action_id": action_id, "kind": "cash", "nature": "investment"}
        parties = [{"organisation_id": owner, "role": "project_owner"}, {"organisation_id": funder, "role": "funder"}]
        period = {"starts_on": "2017-01-01", "ends_on": "2099-12-31"}
        terms = {"programme_code": "SUN04", "title": "Télémédecine", **period, "parties": parties}
        draft = {**terms, "lines": [{**line, "vat_basis": "TTC", "tranches": [tranche]}]}
        return dict(self.call("POST", "partners", "/v1/conventions", draft).json())

    def proposed_amendment(self, convention: Mapping[str, Any], amount: str) -> dict[str, Any]:
        """Draft an amendment that gives its first tranche another amount, and propose it."""
        tranche_id = convention["lines"][0]["tranches"][0]["tranche_id"]
        change = {"kind": "amount", "tranche_id": tranche_id, "amount": amount}
        draft = {"title": "Complément", "effective_on": today().isoformat(), "changes": [change]}
        path = f"/v1/conventions/{convention['id']}/amendments"
        drafted = self.call("POST", "partners", path, draft).json()
        return dict(self.call("POST", "partners", f"/v1/amendments/{drafted['id']}/proposal").json())

    def sign(self, convention: Mapping[str, Any]) -> str:
        """Sign a convention for all its parties; give the correlation of the last signature."""
        signature = {"signed_on": today().isoformat(), "signatory": {"name": "Jean Martin", "capacity": "Président"}}
        paper = {**signature, "level": "paper", "evidence": "Original signé, archivé"}
        path = f"/v1/conventions/{convention['id']}"
        correlation = ""
        for party in convention["parties"]:
            correlation = str(new_id())
            version = {"If-Match": f'"{convention["revision"]}"', "X-Correlation-Id": correlation}
            self.call("PUT", "partners", f"{path}/signatures/{party['organisation_id']}", paper, **version)
        return correlation

    def say(self, event: Event) -> None:
        """Let partners announce an event, as if something there had made it."""
        with serving(self.partners), transaction() as session:
            announce(session, event)


@contextmanager
def served(state: Path) -> Iterator[Entente]:
    """Run `entente serve` on free ports until the context closes."""
    port = first_free_port()
    told = {"STATE_DIRECTORY": str(state), "CONSOLE_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "warning"}
    told |= {"RETRY_ATTEMPTS": "2", "RETRY_FIRST_SECONDS": "0.1"}
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AMQP_URL")}
    environment = {**own, **{f"ENTENTE_{name}": value for name, value in told.items()}}
    command = [sys.executable, "-m", "entente", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as program:
        try:
            _wait_until_it_answers(program, port)
            settings = replace(Settings(), state_directory=state, console_url=told["CONSOLE_URL"])
            with reaching(settings, ["partners"]) as services:
                yield Entente(port, services["partners"])
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(timeout=20)


def _wait_until_it_answers(program: subprocess.Popen[bytes], port: int) -> httpx.Response:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and program.poll() is None:
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{port}/")
        time.sleep(0.1)
    raise AssertionError("entente serve did not come up")
