"""The ground to measure on: databases of their own on the real PostgreSQL, a namespace on the real RabbitMQ, processes.

A database is filled once, then cloned for each round, so that every round begins with the same rows.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from kombu import Connection
from sqlalchemy import make_url

from chassis.identity import Jwk, new_signing_key
from chassis.messaging.extensions import subscriptions_of
from chassis.messaging.topology import remove
from chassis.migrate import migrate
from chassis.service import Service
from chassis.settings import Settings
from entente.composition import SERVICES, worker_of
from entente.keys import new_key

SERVER = os.environ.get("BENCH_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
BROKER = os.environ.get("BENCH_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
PATIENCE = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


class Ground:
    """Everything that one measurement takes from the machine; given back when it is closed."""

    def __init__(self) -> None:
        self.run = uuid4().hex[:8]
        self.namespace = f"bench-{self.run}."
        self.folder = Path(tempfile.mkdtemp(prefix="entente-bench-"))
        self.settings = replace(
            Settings(),
            amqp_url=BROKER,
            broker_namespace=self.namespace,
            state_directory=self.folder,
            encryption_key=new_key(),
            session_key=new_key(),
            requests_per_minute=10_000_000,
        )
        self.signing_key: Jwk = new_signing_key()

    def database(self, name: str, template: str = "") -> str:
        """Make a database, empty or as a copy; give its name."""
        made = f"bench_{self.run}_{name}"
        with administration() as connection:
            connection.execute(f'CREATE DATABASE "{made}" TEMPLATE "{template or "template0"}"')
        return made

    def drop(self, database: str) -> None:
        """Remove a database."""
        with administration() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def service(self, name: str, database: str) -> Service:
        """Give a service on a database, migrated, in this process."""
        service = Service.of(name, replace(self.settings, database_url=address(database)))
        migrate(name, service.engine)
        return service

    def close(self) -> None:
        """Remove what was made."""
        with administration() as connection:
            like = f"bench_{self.run}_%"
            left = [
                name for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like])
            ]
        for database in left:
            self.drop(database)
        self.clear_broker()

    def clear_broker(self) -> None:
        """Delete the queues and exchanges of the four services under this ground's namespace."""
        for name in SERVICES:
            service = Service.of(name, replace(self.settings, database_url=SERVER))
            remove(service, subscriptions_of(worker_of(name)))

    def make_exchanges(self) -> None:
        """Make the exchanges beforehand: a service that once published and finds its own gone waits for bindings."""
        with Connection(BROKER) as connection, connection.channel() as channel:
            for name in SERVICES:
                channel.exchange_declare(f"{self.namespace}{name}.events", "topic", durable=True, auto_delete=False)

    def environment(self, database: str, **more: str) -> dict[str, str]:
        """Give the environment of one service's process."""
        return {
            **os.environ,
            "DATABASE_URL": address(database),
            "AMQP_URL": BROKER,
            "ENTENTE_BROKER_NAMESPACE": self.namespace,
            "ENTENTE_STATE_DIRECTORY": str(self.folder),
            "ENTENTE_ENCRYPTION_KEY": self.settings.encryption_key,
            "ENTENTE_SESSION_KEY": self.settings.session_key,
            "ENTENTE_REQUESTS_PER_MINUTE": str(self.settings.requests_per_minute),
            **more,
        }


@contextmanager
def ground() -> Iterator[Ground]:
    """Give ground to measure on."""
    taken = Ground()
    try:
        yield taken
    finally:
        taken.close()


def address(database: str) -> str:
    """Give a database's address on the server."""
    return make_url(SERVER).set(database=database).render_as_string(hide_password=False)


@contextmanager
def administration() -> Iterator[psycopg.Connection[Any]]:
    """Give a connection that may make and drop databases."""
    with psycopg.connect(SERVER, autocommit=True) as connection:
        yield connection


def settle(database: str) -> None:
    """Let the server forget what filling a database left to do."""
    with psycopg.connect(address(database), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


class Process:
    """A program at work, with what it has used so far."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        with log.open("wb") as written:
            self._popen = subprocess.Popen(command, env=dict(environment), stdout=written, stderr=subprocess.STDOUT)
        self.pid = self._popen.pid

    def stop(self) -> None:
        """End it, kindly at first."""
        self._popen.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(12)
            return
        self._popen.kill()
        self._popen.wait()

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def cpu_seconds(self) -> float:
        """Give the processor time it has used."""
        return cpu_seconds(self.pid)

    def memory(self) -> int:
        """Give its resident memory in bytes."""
        return resident(self.pid)


@contextmanager
def processes(*started: Callable[[], Process]) -> Iterator[list[Process]]:
    """Start programs, and end them afterwards."""
    with ExitStack() as stack:
        running = []
        for start in started:
            process = start()
            stack.callback(process.stop)
            running.append(process)
        yield running


def start_service(here: Ground, name: str, database: str, *doors: str, port: int = 0, **more: str) -> Process:
    """Run `entente run NAME` as a deployment does; come back when it says that it is ready."""
    port = port or free_port()
    command = [str(Path(sys.executable).parent / "entente"), "run", name, *doors]
    label = f"{name}-{port}"
    environment = here.environment(database, ENTENTE_PORT=str(port), **more)
    process = Process(label, command, environment, here.folder / f"{label}.log")
    try:
        wait_until(lambda: _ready(port) or not process.running, f"{label} is ready")
    except TimeoutError:
        process.stop()
        raise
    if not process.running:
        raise RuntimeError(f"{label} ended: {(here.folder / f'{label}.log').read_text()[-2000:]}")
    return process


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def wait_until(condition: Callable[[], bool], what: str, *, every: float = 0.05, patience: float = PATIENCE) -> None:
    """Wait for a condition.

    Raises TimeoutError.
    """
    until = time.monotonic() + patience
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"After {patience} s it is still not so that {what}.")
        time.sleep(every)


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process has used; 0 where it is gone."""
    with suppress(OSError):
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(facts[11]) + int(facts[12])) / TICKS
    return 0.0


def resident(pid: int, *, shared: bool = True) -> int:
    """Give a process's resident memory in bytes, without what it shares with others if so wished; 0 if it is gone."""
    with suppress(OSError):
        _, all_pages, shared_pages, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        return (all_pages if shared else all_pages - shared_pages) * os.sysconf("SC_PAGE_SIZE")
    return 0


def pids_of(*names: str) -> list[int]:
    """Find the processes of a server by their program's name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "comm").read_text().strip().startswith(names):
                found.append(int(folder.name))
    return found


def purge(namespace: str) -> None:
    """Delete what the peers declared."""
    nameko = f"evt-{namespace}partners-convention_entered_into_force--bench_nameko.record_commitment"
    with Connection(BROKER) as connection, connection.channel() as channel:
        for queue in (nameko, "bench_faststream", "bench_limit"):
            channel.queue_delete(queue)
        for exchange in ("faststream", "limit"):
            channel.exchange_delete(f"{namespace}{exchange}")
