"""The running service: its name, settings and database. Several live in one process, so it is found by context."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import Engine

from chassis.database import create_engine_for
from chassis.identity import Keyring
from chassis.settings import Settings


@dataclass(frozen=True, eq=False)
class Service:
    """One of the four services, as this process runs it."""

    name: str
    settings: Settings
    engine: Engine
    keyring: Keyring

    @classmethod
    def of(cls, name: str, settings: Settings) -> "Service":
        """Make the service from its settings; connects to nothing yet."""
        return cls(name, settings, create_engine_for(settings), Keyring.from_settings(settings))


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
