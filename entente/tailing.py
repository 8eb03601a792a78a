"""The events of all services, as they are announced."""

import json
import time
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

import typer
from rich.console import Console
from rich.text import Text

from chassis.database import transaction
from chassis.outbox import Outgoing, latest_cursor, read
from chassis.service import Service, serving
from entente.reach import reaching, settings_given

PAGE = 200
LOOK_EVERY = 0.5
"""Seconds between two looks at the outboxes."""


def tail_events(*, kind: str | None, correlation_id: str | None, past: bool, follow: bool, as_json: bool) -> None:
    """Print one line per event: of those already announced (`past`), then of new ones (`follow`), until Ctrl-C."""
    console = Console(highlight=False, soft_wrap=True)
    with reaching(settings_given()) as services:
        cursors: dict[str, str | None] = dict.fromkeys(services) if past else _now(services)
        while True:
            for event in _news(services, cursors, correlation_id):
                if kind is None or fnmatchcase(event.type, kind):
                    _print(console, event, as_json)
            if not follow:
                return
            time.sleep(LOOK_EVERY)


def _now(services: Mapping[str, Service]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, service in services.items():
        with serving(service), transaction() as session:
            found[name] = latest_cursor(session)
    return found


def _news(
    services: Mapping[str, Service], cursors: dict[str, str | None], correlation_id: str | None
) -> Iterator[Outgoing]:
    """Give what was announced past the cursors, in order of time, and move them."""
    found: list[Outgoing] = []
    for name, service in services.items():
        with serving(service), transaction() as session:
            while True:
                page = read(session, cursor=cursors[name], limit=PAGE, correlation_id=correlation_id)
                cursors[name] = page.cursor
                found.extend(page.rows)
                if len(page.rows) < PAGE:
                    break
    yield from sorted(found, key=lambda event: event.recorded_at)


def _print(console: Console, event: Outgoing, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(json.loads(event.body), ensure_ascii=False))
        return
    parts = [(f"{event.time:%Y-%m-%d %H:%M:%S} ", "dim"), (f"{event.type} ", "bold"), (f"{event.subject} ", "")]
    console.print(Text.assemble(*parts, (f"{event.correlation_id} {event.actor}", "dim")))
