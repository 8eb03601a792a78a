"""The services' databases, for commands that run beside a platform or before one: nothing is served."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from chassis.migrate import migrate, pending
from chassis.service import Service
from chassis.settings import Settings, variable
from entente import keys, postgres
from entente.composition import SERVICES
from entente.exits import Misused


def settings_given() -> Settings:
    """Read the settings.

    Raises Misused for a malformed one.
    """
    try:
        return Settings.from_environment()
    except ValueError as error:
        raise Misused(str(error)) from error


@contextmanager
def reaching(settings: Settings, names: Sequence[str] = SERVICES) -> Iterator[Mapping[str, Service]]:
    """Give services as far as their databases go; the embedded ones are made where they are missing.

    A service's own address, where it is given, goes before the server's.
    Raises Misused where a given server holds no database of theirs.
    """
    own = {name: url for name in names if (url := getattr(settings, f"{name}_database_url"))}
    with _found(settings, names, own) if settings.database_url or own else _embedded(settings, names) as services:
        try:
            yield services
        finally:
            for service in services.values():
                service.engine.dispose()


@contextmanager
def _found(settings: Settings, names: Sequence[str], own: Mapping[str, str]) -> Iterator[Mapping[str, Service]]:
    if not settings.database_url and (missing := [name for name in names if name not in own]):
        variables = ", ".join(variable(f"{name}_database_url") for name in missing)
        raise Misused(f"Some services have their own database address and others none: give {variables} too.")
    with postgres.server(settings) if len(own) < len(names) else nullcontext() as server:
        urls = {name: postgres.database_of(server, name) for name in names if server and name not in own}
    urls.update(own)
    services = {name: _service(name, settings, url) for name, url in urls.items()}
    _demand_migrated(services)
    yield services


@contextmanager
def _embedded(settings: Settings, names: Sequence[str]) -> Iterator[Mapping[str, Service]]:
    with postgres.server(settings) as server:
        kept = keys.with_kept_keys(settings)
        urls = postgres.addresses(server, names)
        postgres.make_databases(server, urls)
        services = {name: _service(name, kept, url) for name, url in urls.items()}
        for name, service in services.items():
            migrate(name, service.engine)
        yield services


def _service(name: str, settings: Settings, database_url: str) -> Service:
    return Service.of(name, replace(settings, database_url=database_url))


def _demand_migrated(services: Mapping[str, Service]) -> None:
    late = [name for name, service in services.items() if pending(name, service.engine)]
    if late:
        raise Misused(
            f"The given address leads to no up-to-date database of {', '.join(late)}: run `entente migrate` first, with"
            " DATABASE_URL as the address of the server, or of that service's own database."
        )
