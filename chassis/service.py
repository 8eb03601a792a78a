"""The running service: its name, settings and database. Several live in one process, so it is found by context."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url

from chassis.identity import Keyring
from chassis.pool import FairPool
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

    @cached_property
    def asking(self) -> Engine:
        """Connections for questions of one statement: without a transaction around it, and unable to write.

        They are a part of the service's connections, closed when its engine is disposed of.
        """
        engine = _engine(
            self.engine.url,
            _for_asking(self.settings.database_pool_size),
            0,
            "-c default_transaction_read_only=on",
            isolation_level="AUTOCOMMIT",
        )
        event.listen(self.engine, "engine_disposed", lambda _: engine.dispose())
        return engine


def create_engine_for(url: str, pool_size: int = 10) -> Engine:
    """Make a pooled engine; any PostgreSQL address becomes one of psycopg's.

    It keeps `pool_size` connections, and up to twice as many for a moment, those for asking included.
    """
    return _engine(make_url(url).set(drivername="postgresql+psycopg"), pool_size, pool_size - _for_asking(pool_size))


def _for_asking(pool_size: int) -> int:
    return max(1, pool_size // 2)


def _engine(address: URL, kept: int, more: int, options: str = "", **others: Any) -> Engine:
    arguments = {**DATABASE_TIMEOUTS, **({"options": options} if options else {})}
    return create_engine(
        address,
        poolclass=FairPool,
        pool_size=kept,
        max_overflow=max(0, more),
        pool_timeout=10,
        hide_parameters=True,  # what fails is logged, and a statement's values are what somebody sent
        connect_args=arguments,
        **others,
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
