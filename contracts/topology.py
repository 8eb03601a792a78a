"""Who announces what to whom, as a page of text and as tables for the services' own pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc

from chassis.events import Event
from contracts.schema import published

HEADING = "# Who announces what, and the queues that take it. Written by `python -m tests.contracts.papers`.\n"
NOBODY = "nobody"


@dataclass(frozen=True)
class Queue:
    """What a service subscribes to under one name, and what it does about it."""

    name: str
    events: Sequence[type[Event]]
    effect: str

    @property
    def service(self) -> str:
        """The service that the queue belongs to."""
        return self.name.partition(".")[0]


def page(queues: Sequence[Queue]) -> str:
    """Give every event with the queues that take it."""
    takers = _takers(queues)
    return HEADING + "".join(
        f"\n{kind.type}\n" + "".join(f"    {taker}\n" for taker in takers.get(kind.type) or [NOBODY])
        for kind in published()
    )


def announces(service: str, queues: Sequence[Queue]) -> str:
    """Give the events of a service as a Markdown table."""
    takers = _takers(queues)
    return _table(
        ("event", "says", "taken by"),
        [
            (f"`{kind.type}`", _first_line(kind), _code(takers.get(kind.type, [])) or NOBODY)
            for kind in published()
            if kind.publisher() == service
        ],
    )


def reacts_to(service: str, queues: Sequence[Queue]) -> str:
    """Give the queues of a service as a Markdown table."""
    return _table(
        ("queue", "takes", "so that"),
        [
            (f"`{queue.name}`", _code(_patterns(queue.events)), queue.effect)
            for queue in sorted(queues, key=lambda queue: queue.name)
            if queue.service == service
        ],
    )


def _takers(queues: Sequence[Queue]) -> Mapping[str, list[str]]:
    return {
        kind.type: sorted(queue.name for queue in queues if kind in queue.events)
        for queue in queues
        for kind in queue.events
    }


def _patterns(events: Sequence[type[Event]]) -> list[str]:
    """Name events by wire name, and all those of one noun by a pattern."""
    nouns = {noun: [kind for kind in published() if _noun(kind) == noun] for noun in map(_noun, events)}
    return sorted(
        pattern
        for noun, kinds in nouns.items()
        for pattern in ([f"{noun}.*"] if set(kinds) <= set(events) else [k.type for k in kinds if k in events])
    )


def _noun(kind: type[Event]) -> str:
    return ".".join(kind.type.split(".")[:2])


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _first_line(documented: object) -> str:
    return (getdoc(documented) or "").partition("\n")[0]


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
