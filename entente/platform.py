"""All services in this process: their databases, keys and addresses, ready to start."""

import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL

from chassis.migrate import migrate
from chassis.process import Runnable, Running
from chassis.service import Service
from chassis.settings import Settings
from entente import keys, postgres
from entente.composition import CONSOLE, FIRST_PORT, PORTS, SERVICES, console, runnable
from entente.exits import Unreachable
from entente.replay import publish_again


@dataclass(frozen=True)
class Platform:
    """The services of one platform; `settings` are those that all of them share."""

    settings: Settings
    services: Mapping[str, Service]

    def url(self, name: str) -> str:
        """Give the address where a service, or the console, answers."""
        url: str = getattr(self.settings, f"{name}_url")
        return url

    def runnables(self) -> list[Runnable]:
        """Give all services with both doors, and the console."""
        pages = console(replace(self.settings, port=_port(self.url(CONSOLE))))
        return [*(runnable(service) for service in self.services.values()), pages]

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Run everything as long as this is open. On the broker in memory, what its last run forgot is sent again.

        Raises Unreachable when a door's port is taken.
        """
        running = Running(self.runnables())
        if self.settings.amqp_url in ("", "memory://"):
            publish_again(self.services)
        try:
            running.start()
        except OSError as error:
            raise Unreachable(f"A port is taken ({error}): stop what listens there, or give --port another.") from error
        try:
            yield running
        finally:
            running.stop()

    def close(self) -> None:
        """Give all database connections back."""
        for service in self.services.values():
            service.engine.dispose()


@contextmanager
def lasting(settings: Settings, first_port: int = FIRST_PORT) -> Iterator[Platform]:
    """Give the platform that keeps its state: `entente_partners` and so on, on the embedded server or the given one.

    Raises Misused where real servers are given without keys, Unreachable where one does not answer.
    """
    if settings.database_url:
        keys.demand_keys(settings)
    with postgres.server(settings) as server:
        placed = _placed(keys.with_kept_keys(settings), first_port)
        with _platform(placed, server, postgres.PREFIX) as platform:
            yield platform


@contextmanager
def passing(settings: Settings, first_port: int | None = None) -> Iterator[Platform]:
    """Give a platform of its own names and keys, on free ports unless one is given; it is removed at the end."""
    run = uuid4().hex[:8]
    with postgres.server(settings) as server, _own_directory(settings, server, run) as folder:
        own = replace(
            keys.with_passing_keys(settings),
            state_directory=folder,
            broker_namespace=f"{settings.broker_namespace}{run}.",
        )
        try:
            with _platform(_placed(own, first_port), server, _prefix(run)) as platform:
                try:
                    yield platform
                finally:
                    _clear_broker(platform)
        finally:
            _drop(server, run)


@contextmanager
def _platform(settings: Settings, server: URL, prefix: str) -> Iterator[Platform]:
    urls = postgres.addresses(server, SERVICES, prefix)
    postgres.make_databases(server, urls)
    services = {name: _service(name, settings, url) for name, url in urls.items()}
    platform = Platform(settings, services)
    try:
        for name, service in services.items():
            migrate(name, service.engine)
        yield platform
    finally:
        platform.close()


def _service(name: str, settings: Settings, database_url: str) -> Service:
    port = _port(getattr(settings, f"{name}_url"))
    return Service.of(name, replace(settings, database_url=database_url, port=port))


def _placed(settings: Settings, first_port: int | None) -> Settings:
    """Give settings with every door's address: one after the other, or on free ports."""
    ports = _free_ports() if first_port is None else {name: first_port + place for name, place in PORTS.items()}
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  only compared
    return replace(settings, **{f"{name}_url": f"http://{host}:{port}" for name, port in ports.items()})  # type: ignore[arg-type]


def _free_ports() -> dict[str, int]:
    """Find ports that are free now, all different since all are held until the last is found."""
    held = {name: socket.socket() for name in PORTS}
    for each in held.values():
        each.bind(("127.0.0.1", 0))
    ports = {name: each.getsockname()[1] for name, each in held.items()}
    for each in held.values():
        each.close()
    return ports


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


@contextmanager
def _own_directory(settings: Settings, server: URL, run: str) -> Iterator[Path]:
    """Give a folder for one run; what an earlier run left when it was killed is removed first."""
    runs = settings.state_directory / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    for left in [each for each in runs.iterdir() if not settings.database_url and not _lives(each)]:
        _drop(server, left.name.partition("-")[0])
        shutil.rmtree(left, ignore_errors=True)
    own = runs / f"{run}-{os.getpid()}"
    own.mkdir()
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _lives(run: Path) -> bool:
    pid = run.name.rpartition("-")[2]
    return pid.isdecimal() and postgres.alive(int(pid))


def _prefix(run: str) -> str:
    return f"{postgres.PREFIX}_{run}"


def _drop(server: URL, run: str) -> None:
    postgres.drop_databases(server, postgres.addresses(server, SERVICES, _prefix(run)))


def _clear_broker(platform: Platform) -> None:
    if platform.settings.amqp_url in ("", "memory://"):
        return
    from chassis.messaging.extensions import subscriptions_of
    from chassis.messaging.topology import remove
    from entente.composition import worker_of

    for name, service in platform.services.items():
        remove(service, subscriptions_of(worker_of(name)))
