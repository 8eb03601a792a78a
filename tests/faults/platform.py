"""The four services as processes of their own, on a broker and a database that may be harmed."""

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from kombu import Connection, Producer

from chassis.events import CONTENT_TYPE
from chassis.messaging import topology
from chassis.messaging.extensions import subscriptions_of
from chassis.migrate import migrate
from chassis.service import Service
from chassis.settings import Settings, variable
from entente.composition import SERVICES, worker_of
from entente.inviting import sign_in_link
from entente.keys import new_key
from entente.loading import load
from entente.programme import read_folder
from tests.faults.nursery import Nursery, Process
from tests.nodes import PostgreSQLNode, RabbitMQNode
from tests.ports import free_port
from tests.system.program import SUN04

READY_WITHIN = 60.0
HTTP = httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
"""Each request on a connection of its own: who answered the last one may be killed since."""
PATIENT_ENOUGH = 1_000_000


class Program:
    """`entente run SERVICE` as a process, or one of its broken variants; what it logs is kept in a file."""

    def __init__(self, nursery: Nursery, settings: Settings, name: str, *words: str, variant: str = "") -> None:
        self.settings, self.name = settings, name
        self._nursery, self._words, self._variant = nursery, ("run", name, *words), variant
        self._log = settings.state_directory / f"{name}-{settings.port}.log"
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def runs(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start; `until_ready` waits."""
        self._process = self._nursery.start(self._words, _environment(self.settings), self._log, self._variant)

    def until_ready(self) -> None:
        """Wait until every door works, the connections to the broker included."""
        until = time.monotonic() + READY_WITHIN
        while not self._is_ready():
            assert self.runs, f"{self.name} ended at its start:\n{self.said()}"
            assert time.monotonic() < until, f"{self.name} is not ready in time:\n{self.said()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self._send(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ask it to end; give its exit code."""
        self.terminate()
        return self.wait()

    def terminate(self) -> None:
        """Ask it to end; `wait` waits."""
        self._send(signal.SIGTERM)

    def freeze(self) -> None:
        """Let it stand still."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def wait(self) -> int:
        """Wait for its end; give its exit code."""
        assert self._process, "It was never started."
        return exit_code(self._process)

    def said(self) -> str:
        """Give all that it logged."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _send(self, number: int) -> None:
        if self.runs and self._process:
            os.kill(self._process.pid, number)

    def _is_ready(self) -> bool:
        try:
            answer = HTTP.get(f"{self.url}/readyz", timeout=5)
        except httpx.TransportError:
            return False
        return answer.is_success and answer.json()["status"] == "ready"


@dataclass
class Platform:
    """The services, from the inside (`services`: their databases) and from the outside (`programs`)."""

    nursery: Nursery
    broker: RabbitMQNode
    database: PostgreSQLNode
    services: Mapping[str, Service]
    programs: dict[str, Program]
    token: str = ""
    operator_token: str = ""
    prepared: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Conventions whose last signature was acknowledged to its signer, with the amount promised, in euros."""

    def program(self, name: str, *words: str, variant: str = "", **settings: Any) -> Program:
        """Give one more process of a service, not started: on a port of its own where it runs beside the first."""
        chosen = replace(self.services[name].settings, **settings)
        return Program(self.nursery, chosen, name, *words, variant=variant)

    @property
    def namespace(self) -> str:
        """What every name of this platform on the broker begins with."""
        return self.services["partners"].settings.broker_namespace

    @property
    def delivery_limit(self) -> int:
        """How many times the broker delivers a message."""
        return self.services["partners"].settings.delivery_limit

    @contextmanager
    def at_the_broker(self) -> Iterator[Any]:
        """Give a channel of an administrator's."""
        with Connection(self.broker.url) as connection, connection.channel() as channel:
            yield channel

    def send(self, exchange: str, routing_key: str, body: bytes) -> None:
        """Publish a message on a service's exchange."""
        with self.at_the_broker() as channel:
            sender = Producer(channel, auto_declare=False)
            where = {"exchange": f"{self.namespace}{exchange}", "routing_key": routing_key}
            sender.publish(body, **where, content_type=CONTENT_TYPE, content_encoding="binary")

    def forget_connections(self) -> None:
        """Give our own connections to the databases up, which a restart has cut."""
        for service in self.services.values():
            service.engine.dispose()

    def failures(self, service: str, status: str) -> list[dict[str, Any]]:
        """List what fails at a service, as an operator sees it."""
        return list(self.call("GET", service, f"/v1/failures?status={status}&limit=200")["items"])

    def mend(self, service: str, decision: str) -> None:
        """Retry or drop all that is quarantined at a service, as an operator does."""
        numbers = [each["id"] for each in self.failures(service, "quarantined")]
        told = {"failures": numbers, "reason": "The fault was mended."}
        speaks = {"Authorization": f"Bearer {self.operator_token}"}
        self.call("POST", service, f"/v1/failures/{decision}", json=told, headers=speaks)

    def command(self, words: str) -> str:
        """Run a command as an operator, `entente` being its first word; give what it says."""
        folder = self.services["partners"].settings.state_directory
        urls = {f"{name}_database_url": each.settings.database_url for name, each in self.services.items()}
        log = folder / f"command-{uuid4().hex}.log"
        environment = _environment(Settings(state_directory=folder, **urls))  # type: ignore[arg-type]
        code = exit_code(self.nursery.start(words.split()[1:], environment, log))
        assert code == 0, log.read_text()
        return log.read_text()

    def purge(self, service: str) -> None:
        """Take away what waits in a service's queues."""
        with self.at_the_broker() as channel:
            for subscription in subscriptions_of(worker_of(service)):
                channel.queue_purge(topology.subscription_queue(self.services[service], subscription).name)

    @contextmanager
    def instead(self, name: str, variant: str, *words: str, **settings: Any) -> Iterator[Program]:
        """Let a variant run in place of a service, and the service itself afterwards."""
        self.programs[name].stop()
        program = self.program(name, *words, variant=variant, **settings)
        with started(program):
            yield program
        self.run(name)

    def run(self, *names: str) -> None:
        """Start what does not run of these services, or of all; come back when they are ready."""
        wanted = [self.programs[name] for name in names or self.programs]
        for program in wanted:
            if not program.runs:
                program.start()
        for program in wanted:
            program.until_ready()

    def ask(self, service: str, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask a service's database, as the service."""
        with psycopg.connect(self.services[service].settings.database_url, autocommit=True) as connection:
            cursor = connection.execute(question, values or None)
            return cursor.fetchall() if cursor.description else []

    def call(self, method: str, service: str, path: str, **what: Any) -> Any:
        """Speak to a service, as the programme office unless said otherwise."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(uuid4()), **what.pop("headers", {})}
        answer = HTTP.request(method, self.programs[service].url + path, headers=headers, **what)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@contextmanager
def started(*programs: Program) -> Iterator[None]:
    """Run processes, kill them at the end if they still run."""
    try:
        for program in programs:
            program.start()
        for program in programs:
            program.until_ready()
        yield
    finally:
        for program in programs:
            program.thaw()
            program.kill()


@contextmanager
def a_platform(
    nursery: Nursery, broker: RabbitMQNode, database: PostgreSQLNode, folder: Path, names: Sequence[str] = SERVICES
) -> Iterator[Platform]:
    """Give a platform with places of its own, made by `entente provision`; the first programme loaded, all ready.

    So each service is the user of a deployment, who may do what that service does and nothing else. Nobody takes its
    mails yet.
    """
    services = _placed(broker, database, folder)
    _provision(nursery, broker, database, services)
    for name, service in services.items():
        migrate(name, service.engine)
    load(services, read_folder(SUN04))
    programs = {name: Program(nursery, services[name].settings, name) for name in names}
    platform = Platform(nursery, broker, database, services, programs)
    with started(*programs.values()):
        platform.token = _token(platform, "programme_office")
        platform.operator_token = _token(platform, "operator")
        try:
            yield platform
        finally:
            for service in services.values():
                service.engine.dispose()


def exit_code(process: Process) -> int:
    """Wait for the end of a process; give its exit code, less than 0 for a signal."""
    until = time.monotonic() + READY_WITHIN
    while (code := process.poll()) is None:
        assert time.monotonic() < until, "It does not end."
        time.sleep(0.02)
    return code


def _placed(broker: RabbitMQNode, database: PostgreSQLNode, folder: Path) -> dict[str, Service]:
    """Name a database, two users and a port for each service."""
    run, password = uuid4().hex[:8], uuid4().hex
    ports: dict[str, Any] = {f"{name}_url": f"http://127.0.0.1:{free_port()}" for name in SERVICES}
    common = Settings(
        broker_namespace=f"{run}.",
        encryption_key=new_key(),
        token_lifetime_seconds=PATIENT_ENOUGH,
        requests_per_minute=PATIENT_ENOUGH,
        webhook_private_addresses=True,
        smtp_url=f"smtp://127.0.0.1:{free_port()}",
        **ports,
        **SHORT_WAITS,
    )
    services = {}
    for name in SERVICES:
        (folder / name).mkdir()
        own: dict[str, Any] = {
            "database_url": database.url_of(f"{name}_{run}", password, f"{name}_{run}"),
            "amqp_url": broker.url_of(f"{name}_{run}", password),
            "port": int(ports[f"{name}_url"].rpartition(":")[2]),
            "state_directory": folder / name,
        }
        services[name] = Service.of(name, replace(common, **own))
    return services


def _provision(
    nursery: Nursery, broker: RabbitMQNode, database: PostgreSQLNode, services: Mapping[str, Service]
) -> None:
    settings = services["partners"].settings
    environment = _environment(replace(settings, database_url="", amqp_url="")) | {
        "ENTENTE_ADMINISTRATION_DATABASE_URL": database.url,
        "ENTENTE_ADMINISTRATION_BROKER_URL": broker.management_url,
    }
    for name, service in services.items():
        environment[f"{name.upper()}_DATABASE_URL"] = service.settings.database_url
        environment[f"{name.upper()}_AMQP_URL"] = service.settings.amqp_url
    log = settings.state_directory / "provision.log"
    assert exit_code(nursery.start(["provision"], environment, log)) == 0, log.read_text()


SHORT_WAITS: dict[str, Any] = {
    "broker_heartbeat_seconds": 2,
    "confirm_deadline_seconds": 3.0,
    "retry_first_seconds": 0.2,
    "retry_longest_seconds": 1.0,
    "retry_attempts": 4,
    "delivery_limit": 3,
}


def _token(platform: Platform, role: str) -> str:
    link, _ = sign_in_link(platform.services["partners"], f"{role}@entente.example", name=role, role=role)
    asked = {"sign_in_token": link.rpartition("/")[2]}
    answer = HTTP.post(f"{platform.programs['partners'].url}/v1/sign-ins", json=asked)
    return str(answer.raise_for_status().json()["access_token"])


def _environment(settings: Settings) -> dict[str, str]:
    given = {each.name: getattr(settings, each.name) for each in fields(settings)}
    changed = {variable(name): str(value) for name, value in given.items() if value != getattr(Settings(), name)}
    return {"PATH": os.environ["PATH"], "HOME": str(settings.state_directory), **changed}
