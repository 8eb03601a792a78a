"""Whether a service is able to work: its database, its migrations, its broker."""

import socket
from collections.abc import Mapping

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from chassis import migrate
from chassis.service import Service

OK, EMBEDDED = "ok", "embedded"
BROKER_PATIENCE_SECONDS = 1.0
_PORTS = {"amqps": 5671}


def readiness(service: Service, *, broker_needed: bool = False) -> tuple[bool, Mapping[str, str]]:
    """Tell whether the service can work, and the state of each thing it needs, with what to do.

    The API door works without the broker, since the outbox keeps the events; the event door needs it.
    """
    database = _database(service)
    needed = {"database": database, "migrations": _migrations(service) if database == OK else "unknown"}
    asked = {"broker": _broker(service.settings.amqp_url)}
    asked |= {name: OK if works() else "not connected" for name, works in service.probes.items()}
    able = _works(needed) and (_works(asked) or not broker_needed)
    status = "unavailable" if not able else "ready" if _works(asked) else "degraded"
    return able, {"status": status, **needed, **asked}


def _works(parts: Mapping[str, str]) -> bool:
    return all(state in (OK, EMBEDDED) for state in parts.values())


def _database(service: Service) -> str:
    try:
        with service.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "unreachable: check DATABASE_URL, and that PostgreSQL runs"
    return OK


def _migrations(service: Service) -> str:
    pending = migrate.pending(service.name, service.engine)
    return f"pending for {' and '.join(pending)}: run entente migrate" if pending else OK


def _broker(url: str) -> str:
    if url in ("", "memory://"):
        return EMBEDDED
    address = make_url(url)
    try:
        door = (address.host or "127.0.0.1", address.port or _PORTS.get(address.drivername, 5672))
        with socket.create_connection(door, timeout=BROKER_PATIENCE_SECONDS):
            return OK
    except OSError:
        return "unreachable: events wait in the outbox; check AMQP_URL, and that RabbitMQ runs"
