"""The running service: its name, settings and database. Several live in one process, so it is found by context."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, create_engine, make_url

from chassis.identity import Keyring
from chassis.settings import Settings

DATABASE_TIMEOUTS: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""A server that does not answer is noticed within half a minute (libpq, "Parameter Key Words"; the last one in ms)."""


@dataclass(frozen=True, eq=False)
class Service:
    """One of the four services, as this process runs it."""

    name: str
    settings: Settings
    engine: Engine
    keyring: Keyring
    probes: dict[str, Callable[[], bool]] = field(default_factory=dict)
    """What the worker door rests on, each with whether it works at this moment: filled when the door opens."""

    @classmethod
    def of(cls, name: str, settings: Settings) -> "Service":
        """Make the service from its settings; connects to nothing yet."""
        engine = create_engine_for(settings.database_url, settings.database_pool_size)
        return cls(name, settings, engine, Keyring.from_settings(settings))


def create_engine_for(url: str, pool_size: int = 10) -> Engine:
    """Make a pooled engine; any PostgreSQL address becomes one of psycopg's."""
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        address, pool_size=pool_size, max_overflow=pool_size, pool_timeout=10, connect_args=dict(DATABASE_TIMEOUTS)
    )


_current: ContextVar[Service] = ContextVar("service")


def current() -> Service:
    """Give the service on whose behalf this code runs.

    Raises LookupError outside `serving`.
    """
    return _current.get()


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Let everything inside run on behalf of `service`."""
    token = _current.set(service)
    try:
        yield service
    finally:
        _current.reset(token)
