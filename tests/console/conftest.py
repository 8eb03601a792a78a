"""A console in front of the real services' HTTP doors, each on its own database; no broker, nobody needs one here."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import literal_column, select
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from chassis.clock import now
from chassis.database import transaction
from chassis.events import CONTENT_TYPE, Event, decode
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.messaging import Worker
from chassis.outbox import Outgoing
from chassis.service import Service, serving
from chassis.settings import Settings
from chassis.testing import a_service, deliver, history
from console.app import create_console
from console.services import NAMES
from entente.composition import application, worker_of
from entente.keys import new_key
from services.partners.use_cases.people import invite


@contextmanager
def answering(app: Any) -> Iterator[str]:
    """Serve an application on a free port; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class House:
    """The services at work, and the console's settings to reach them."""

    settings: Settings
    services: dict[str, Service]
    carried: set[UUID] = field(default_factory=set)

    def link(self, role: Role = Role.PROGRAMME_OFFICE, **facts: Any) -> str:
        """Make a one-time link's token for somebody new, or for who has the address given."""
        told = {"email": f"{new_id()}@example.org", "name": f"Camille {role}", **facts}
        with serving(self.services["partners"]), transaction() as session:
            return invite(session, role=role, **told).sign_in_token

    def console(self, **settings: Any) -> Flask:
        """Make a console; `settings` may send it elsewhere."""
        return create_console(replace(self.settings, **settings))

    @cached_property
    def pages(self) -> Flask:
        """The console that most tests visit."""
        return self.console()

    def visitor(self, role: Role = Role.PROGRAMME_OFFICE, *, console: Flask | None = None, **facts: Any) -> FlaskClient:
        """Give a browser in which somebody is signed in."""
        client = (console or self.pages).test_client()
        assert send(client, f"/sign-in/{self.link(role, **facts)}").status_code == 303
        return client

    def call(self, method: str, service: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call a service as the programme office."""
        url = getattr(self.settings, f"{service}_url")
        headers |= {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}
        return httpx.request(method, url + path, json=body, headers=headers, timeout=10).raise_for_status()

    @cached_property
    def token(self) -> str:
        """An access token of the programme office."""
        told = {"sign_in_token": self.link()}
        return str(httpx.post(f"{self.settings.partners_url}/v1/sign-ins", json=told).json()["access_token"])

    def organisation(self, name: str, siren: str) -> UUID:
        """Register an organisation."""
        body = {"name": name, "siren": siren, "funder": True}
        return UUID(self.call("POST", "partners", "/v1/organisations", body).json()["id"])

    def carry(self) -> None:
        """Bring every event to its subscribers, as relay and broker would, until nobody says anything more."""
        while new := [event for service in self.services.values() for event in self._new(service)]:
            for event in new:
                for name, service in self.services.items():
                    _bring(service, worker_of(name), event)
        for service in self.services.values():
            _until_listed(service)

    def _new(self, service: Service) -> list[Event]:
        with serving(service), transaction() as session:
            rows = [row for row in history(session) if row.event_id not in self.carried]
            for row in rows:
                row.published_at = now()
            self.carried |= {row.event_id for row in rows}
            return [decode(row.body.encode(), CONTENT_TYPE) for row in rows]


def _bring(service: Service, worker: type[Worker], event: Event) -> None:
    for name in dir(worker):
        method = getattr(worker, name)
        if type(event) in getattr(getattr(method, "subscription", None), "events", ()):
            with serving(service):
                deliver(method, event)


def _until_listed(service: Service) -> None:
    """Wait until lists show every event: not before what others write on the same server meanwhile is over."""
    until = time.monotonic() + 60
    hidden = select(Outgoing.id).where(literal_column("transaction_id >= pg_snapshot_xmin(pg_current_snapshot())"))
    while True:
        with serving(service), transaction() as session:
            if session.scalar(hidden.limit(1)) is None:
                return
        assert time.monotonic() < until, "Somebody else writes on this server without an end."
        time.sleep(0.05)


def send(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Send a form as its page gives it: with the word of the session."""
    if "csrf" not in fields:
        client.get("/sign-in/any")
        with client.session_transaction() as session:
            fields["csrf"] = session["csrf"]
    return client.post(path, data=fields)


@pytest.fixture(scope="module")
def house(database_administration_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The four services with their HTTP doors open, until the module's tests are done."""
    keys: dict[str, Any] = {"encryption_key": new_key(), "session_key": new_key()}
    with ExitStack() as stack:
        doors = {name: Late() for name in NAMES}
        urls: dict[str, Any] = {f"{name}_url": stack.enter_context(answering(door)) for name, door in doors.items()}
        services = {}
        for name, door in doors.items():
            state = tmp_path_factory.mktemp(name)
            service = a_service(name, database_administration_url, state, **keys, **urls)
            services[name] = stack.enter_context(service)
            door.app = application(services[name])
        yield House(replace(Settings(), **keys, **urls), services)


class Late:
    """A door whose application comes later: its address must be known before."""

    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Hand the request over."""
        return self.app(environ, start_response)
