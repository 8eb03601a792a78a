"""Gives each service its place on real servers: a database and a user of PostgreSQL, a user and queues of RabbitMQ.

What a service may do on the broker follows from what its worker subscribes to, here alone: on every deployment the
command writes it anew. It also makes every exchange and queue before any service starts, so that nothing is published
past a subscriber that starts later.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

import httpx
import psycopg
import typer
from psycopg import sql

from chassis.messaging import topology
from chassis.messaging.extensions import subscriptions_of
from chassis.service import Service
from chassis.settings import Settings
from chassis.subscription import Subscription
from entente.composition import SERVICES, worker_of
from entente.exits import Misused, Unreachable
from entente.reach import settings_given

VIRTUAL_HOST = "/"
SQL = sql.SQL


@dataclass(frozen=True)
class Permissions:
    """What a user may do on the broker, as RabbitMQ's regular expressions over the names of queues and exchanges."""

    configure: str
    write: str
    read: str


def permissions(name: str, namespace: str = "") -> Permissions:
    """Give what a service may do: everything with its own names, and read the exchanges it subscribes to.

    So nobody but the publisher announces on an exchange: budget cannot forge what partners says.
    """
    own = f"{namespace}{name}."
    heard = [f"{namespace}{publisher}.events" for publisher in _heard_by(name)]
    alone = f"^{re.escape(own)}"
    return Permissions(alone, alone, "|".join([alone, *(f"^{re.escape(exchange)}$" for exchange in heard)]))


def provision(names: Sequence[str]) -> None:
    """Make, or bring up to date, the place of each service; twice changes nothing, a new password is taken over.

    Raises Misused where an address is missing, Unreachable where a server does not answer.
    """
    settings = settings_given()
    places = {name: _place(settings, name) for name in names or SERVICES}
    with _database_administration(settings) as database:
        for name, place in places.items():
            make_database(database, place.database_url)
            typer.echo(f"{name}: database {_path(place.database_url)}")
    with _broker_administration(settings) as broker:
        for name, place in places.items():
            make_user(broker, name, place)
            typer.echo(f"{name}: user {urlsplit(place.amqp_url).username} of the broker")
    for name, place in places.items():
        _make_queues(Service.of(name, place), subscriptions_of(worker_of(name)))
        typer.echo(f"{name}: queues")


def make_database(administration: psycopg.Connection[object], address: str) -> None:
    """Make the user and the database that an address names; nobody else may connect to it."""
    there = urlsplit(address)
    role, database = sql.Identifier(unquote(there.username or "")), sql.Identifier(_path(address))
    password = sql.Literal(unquote(there.password or ""))
    roles = administration.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (unquote(there.username or ""),))
    make = SQL("ALTER ROLE {} LOGIN PASSWORD {}") if roles.fetchone() else SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    administration.execute(make.format(role, password))
    databases = administration.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_path(address),))
    if not databases.fetchone():
        administration.execute(SQL("GRANT {} TO CURRENT_USER").format(role))
        administration.execute(
            SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(database, role)
        )
    administration.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))


def make_user(broker: httpx.Client, name: str, place: Settings) -> None:
    """Make the user that an address names, with the service's permissions, and the exchanges that it touches."""
    there = urlsplit(place.amqp_url)
    virtual_host, user = quote(_path(place.amqp_url) or VIRTUAL_HOST, safe=""), quote(unquote(there.username or ""))
    granted = permissions(name, place.broker_namespace)
    _put(broker, f"/api/vhosts/{virtual_host}", {})
    _put(broker, f"/api/users/{user}", {"password": unquote(there.password or ""), "tags": ""})
    _put(broker, f"/api/permissions/{virtual_host}/{user}", vars(granted))
    for publisher in {name, *_heard_by(name)}:
        exchange = f"{place.broker_namespace}{publisher}.events"
        _put(broker, f"/api/exchanges/{virtual_host}/{quote(exchange)}", {"type": "topic", "durable": True})


def _make_queues(service: Service, subscriptions: Sequence[Subscription]) -> None:
    """Make the queues as the service itself would, which shows that it may."""
    with topology.connect(service) as connection:
        topology.declare_dead_letters(service, connection)
        for each in subscriptions:
            topology.make_subscription(service, each, connection)
            for error in topology.bind(service, each, connection).values():
                raise Misused(f"{service.name} may not bind {each.queue}: {error}")


def _heard_by(name: str) -> list[str]:
    return sorted({publisher for each in subscriptions_of(worker_of(name)) for publisher in each.publishers})


def _place(settings: Settings, name: str, environment: Mapping[str, str] = os.environ) -> Settings:
    asked = {"database_url": f"{name.upper()}_DATABASE_URL", "amqp_url": f"{name.upper()}_AMQP_URL"}
    if missing := [variable for variable in asked.values() if not environment.get(variable)]:
        raise Misused(f"{' and '.join(missing)} must be given: the address that {name} will use, with its password.")
    given = {setting: environment[variable] for setting, variable in asked.items()}
    if weak := [asked[setting] for setting, address in given.items() if not urlsplit(address).password]:
        raise Misused(f"{' and '.join(weak)} must hold a user and a password: each service has its own.")
    return replace(settings, **given)  # type: ignore[arg-type]


def _path(address: str) -> str:
    return unquote(urlsplit(address).path.removeprefix("/"))


@contextmanager
def _database_administration(settings: Settings) -> Iterator[psycopg.Connection[object]]:
    if not settings.administration_database_url:
        raise Misused("ENTENTE_ADMINISTRATION_DATABASE_URL must be given: PostgreSQL, as who may make databases.")
    try:
        with psycopg.connect(settings.administration_database_url, autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise Unreachable(f"PostgreSQL's administrator is not let in: {str(error).strip()}.") from error


@contextmanager
def _broker_administration(settings: Settings) -> Iterator[httpx.Client]:
    if not settings.administration_broker_url:
        raise Misused("ENTENTE_ADMINISTRATION_BROKER_URL must be given: RabbitMQ's management interface, over HTTP.")
    with httpx.Client(base_url=settings.administration_broker_url, timeout=30, trust_env=False) as client:
        yield client


def _put(broker: httpx.Client, path: str, body: Mapping[str, object]) -> None:
    answer = broker.put(path, json=body)
    if answer.is_error:
        raise Unreachable(f"RabbitMQ's management refused {path}: {answer.status_code} {answer.text[:200]}")
