"""Run services until SIGTERM: all of them on one machine, or one of them as a deployment does."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import typer

from chassis import clock, observability
from chassis.migrate import migrate
from chassis.process import run
from chassis.service import Service
from entente import composition, keys, platform, postgres
from entente.composition import CONSOLE, FIRST_PORT, PORTS, SERVICES, Door
from entente.exits import Misused
from entente.reach import settings_given


def serve_all(first_port: int) -> None:
    """Run all services and the pages on the lasting platform."""
    settings = settings_given()
    observability.configure_logging(settings.log_level)
    with platform.lasting(settings, first_port) as lasting, lasting.running() as running:
        typer.echo(f"Pages: {lasting.url(CONSOLE)}", err=True)
        for name in SERVICES:
            typer.echo(f"{name}: {lasting.url(name)}/docs", err=True)
        typer.echo("Let the first person in: entente invite EMAIL --name NAME --role programme_office", err=True)
        running.wait()


def run_one(name: str, only: str | None) -> None:
    """Run one service on real servers.

    Raises Misused where a setting is missing that a deployment must give.
    """
    settings = settings_given()
    observability.configure_logging(settings.log_level)
    keys.demand_keys(settings, keys.NEEDED.get(name, ()))
    if settings.clock_file:
        clock.share(Path(settings.clock_file))
    settings = replace(settings, port=settings.port or FIRST_PORT + PORTS[name])
    if name == CONSOLE:
        if only:
            raise Misused("The console has pages only: leave --only out.")
        run([composition.console(settings)])
        return
    _demand_servers(settings.database_url, settings.amqp_url)
    run([composition.runnable(Service.of(name, settings), cast(Door | None, only))])


def migrate_databases(names: Sequence[str]) -> None:
    """Migrate one service's own database, or those of several on one server, which are made where missing."""
    settings = settings_given()
    with postgres.server(settings) as server:
        if settings.database_url and len(names) == 1:
            urls = {names[0]: settings.database_url}
        else:
            urls = postgres.addresses(server, names or SERVICES)
            postgres.make_databases(server, urls)
        for name, url in urls.items():
            service = Service.of(name, replace(settings, database_url=url))
            migrate(name, service.engine)
            service.engine.dispose()
            typer.echo(f"{name}: up to date")


def _demand_servers(database_url: str, amqp_url: str) -> None:
    given = {"DATABASE_URL": database_url, "AMQP_URL": amqp_url}
    if missing := [variable for variable, value in given.items() if value in ("", "memory://")]:
        raise Misused(
            f"{' and '.join(missing)} must be given to run one service alone: alone it shares nothing in memory."
            " `entente serve` runs all of them in one process without."
        )
