"""How a service is put together from its rooms: its HTTP application, its worker, its place in this process."""

from importlib import import_module
from typing import Literal

from chassis.messaging import Worker
from chassis.process import Runnable, WSGIApplication
from chassis.service import Service
from chassis.settings import Settings

SERVICES = ("partners", "actions", "budget", "notifications")
CONSOLE = "console"
PORTS = {CONSOLE: 0, "partners": 1, "actions": 2, "budget": 3, "notifications": 4}
"""Each door's place above the first port."""
FIRST_PORT = 8000

Door = Literal["api", "worker"]


def worker_of(name: str) -> type[Worker]:
    """Give the worker class of a service."""
    found: type[Worker] = getattr(import_module(f"services.{name}.worker"), f"{name.capitalize()}Worker")
    return found


def runnable(service: Service, only: Door | None = None) -> Runnable:
    """Give both doors of a service, or one of them."""
    return Runnable(
        name=service.name,
        service=service,
        worker=None if only == "api" else worker_of(service.name),
        app=application(service, only),
        host=service.settings.host,
        port=service.settings.port,
    )


def application(service: Service, only: Door | None = None) -> WSGIApplication:
    """Make the HTTP application of a service; beside the event door alone, only what operators ask."""
    from chassis.http import create_app

    if only == "worker":
        return create_app(service, title=f"{service.name}, event door", blueprints=[], rights={}, broker_needed=True)
    room = import_module(f"services.{service.name}.api")
    return create_app(service, title=room.TITLE, blueprints=room.BLUEPRINTS, rights=room.RIGHTS)


def console(settings: Settings) -> Runnable:
    """Give the pages."""
    from console.app import create_console

    return Runnable(name=CONSOLE, app=create_console(settings), host=settings.host, port=settings.port)
