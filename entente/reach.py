"""The services' databases, for commands that run beside a platform or before one: nothing is served."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from chassis.migrate import migrate, pending
from chassis.service import Service
from chassis.settings import Settings
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

    Raises Misused where a given server holds no database of theirs.
    """
    with postgres.server(settings) as server:
        if settings.database_url:
            services = {name: _service(name, settings, postgres.database_of(server, name)) for name in names}
            _demand_migrated(services)
        else:
            kept = keys.with_kept_keys(settings)
            urls = postgres.addresses(server, names)
            postgres.make_databases(server, urls)
            services = {name: _service(name, kept, url) for name, url in urls.items()}
            for name, service in services.items():
                migrate(name, service.engine)
        try:
            yield services
        finally:
            for service in services.values():
                service.engine.dispose()


def _service(name: str, settings: Settings, database_url: str) -> Service:
    return Service.of(name, replace(settings, database_url=database_url))


def _demand_migrated(services: Mapping[str, Service]) -> None:
    late = [name for name, service in services.items() if pending(name, service.engine)]
    if late:
        raise Misused(
            f"DATABASE_URL leads to no up-to-date database of {', '.join(late)}: run `entente migrate` first,"
            " with the address of the server, or of that service's own database."
        )
