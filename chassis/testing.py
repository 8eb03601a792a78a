"""What tests of services share: a real database per service, and the event door used as the broker would use it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from chassis import clock
from chassis.context import Cause, new_traceparent
from chassis.events import CONTENT_TYPE, Event, encode
from chassis.identifiers import new_id
from chassis.inbox import Arrival
from chassis.migrate import migrate
from chassis.outbox import Outgoing, announced
from chassis.service import Service, current, serving
from chassis.settings import Settings
from chassis.subscription import Message, Subscriber

__all__ = ["a_service", "announced", "arrivals", "deliver", "emptied", "history", "message_of"]


@contextmanager
def a_database(administration_url: str, name: str) -> Iterator[str]:
    """Make an empty database of a unique name, give its address, drop it afterwards."""
    unique = f"test_{name}_{uuid4().hex[:12]}"
    address = make_url(administration_url).set(drivername="postgresql+psycopg")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{unique}"'))
        connection.execute(text(f'ALTER DATABASE "{unique}" SET synchronous_commit = off'))
    engine.dispose()
    try:
        yield address.set(database=unique).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{unique}" WITH (FORCE)'))
        engine.dispose()


@contextmanager
def a_service(name: str, administration_url: str, state_directory: Path, **settings: Any) -> Iterator[Service]:
    """Give a service with a migrated database of its own, and serve it as long as the context is open."""
    with a_database(administration_url, name) as url:
        chosen = replace(Settings.from_environment(os.environ), database_url=url, state_directory=state_directory)
        service = Service.of(name, replace(chosen, **settings))
        try:
            migrate(name, service.engine)
            with serving(service):
                yield service
        finally:
            service.engine.dispose()


def emptied(service: Service) -> Service:
    """Empty the tables of the service that hold rows, but the migrations' own, past their keys and triggers.

    A few rows are deleted in a tenth of the time that truncating takes.
    """
    with service.engine.begin() as connection:
        connection.execute(_EMPTY)
    return service


_EMPTY = text(
    """
    DO $$
    DECLARE place regclass; filled boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR place IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                     AND relname NOT IN ('chassis_version', 'alembic_version') LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', place) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %s', place); END IF;
        END LOOP;
        PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
    END $$
    """
)


def message_of(event: Event, *, redelivered: bool = False) -> Message:
    """Put an event on the wire, as its publisher's relay would; one that was received keeps its envelope."""
    cause = Cause(str(new_id()), None, "test", new_traceparent())
    envelope = event.envelope or encode(event, time=clock.now(), cause=cause)
    return Message(envelope.to_json().encode(), CONTENT_TYPE, redelivered)


def deliver(method: Callable[..., Any], *events: Event, times: int = 1) -> None:
    """Bring events to a worker's method through inbox, handler and outbox; `times` repeats the very same messages."""
    subscription = method.subscription  # type: ignore[attr-defined]
    subscriber = Subscriber(current(), subscription, partial(method, None))
    messages = [message_of(event) for event in events]
    for _ in range(times):
        subscriber.receive(messages)


def history(session: Session) -> list[Outgoing]:
    """Give everything the service has announced, in order."""
    return list(session.query(Outgoing).order_by(Outgoing.id))


def arrivals(session: Session) -> list[Arrival]:
    """Give everything that arrived, in order."""
    return list(session.query(Arrival).order_by(Arrival.id))
