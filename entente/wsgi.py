"""A service's HTTP door under any WSGI server, by threads, without eventlet: `gunicorn "entente.wsgi:door('budget')"`.

The outbox's relay and the subscriptions stay with `entente run SERVICE --only worker`.
"""

from pathlib import Path

from chassis import clock, observability
from chassis.process import WSGIApplication
from chassis.service import Service
from entente import composition, keys
from entente.reach import settings_given


def door(name: str) -> WSGIApplication:
    """Make the HTTP application of a service, set by the environment as `entente run` is.

    Raises Misused where a setting is missing.
    """
    settings = settings_given()
    observability.configure_logging(settings.log_level)
    keys.demand_keys(settings, keys.NEEDED.get(name, ()))
    if settings.clock_file:
        clock.share(Path(settings.clock_file))
    return composition.application(Service.of(name, settings), "api")
