"""`entente` with something taken out or broken on purpose, named by the first argument: what the tests start."""

from entente.__main__ import main  # isort: skip  first of all: it makes this process green

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import eventlet
from kombu import Producer
from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis import arrivals, outbox
from chassis.events import CONTENT_TYPE
from chassis.messaging import topology
from chassis.messaging.relay import Relay
from chassis.service import Service, current
from contracts.partners import ConventionState, ConventionStatus
from services.budget import use_cases

LATE = 0.5
"""Seconds that an event waits in memory where there is no outbox: those of a busy process."""


def misbehaving() -> None:
    """Let titles say what budget's handler does: kill its process, fail, or fail until it was tried thrice."""
    well, tries = use_cases.record_commitments, Counter[Any]()

    def record(session: Session, conventions: Sequence[ConventionState]) -> None:
        for each in conventions:
            last = each.status is ConventionStatus.IN_FORCE
            tries[each.convention_id] += last
            if each.title.startswith("Kills") and last:
                os.kill(os.getpid(), signal.SIGKILL)
            fails_still = each.title.startswith("Fails twice") and last and tries[each.convention_id] <= 3
            if fails_still or each.title.startswith("Fails always"):
                raise RuntimeError(f"Misbehaves on purpose: {each.title}")
        well(session, conventions)

    use_cases.record_commitments = record


def dying_before_it_publishes() -> None:
    """Die between the commit of an event and its publication."""
    sends = Relay._send

    def send(self: Relay, channel: Any, rows: Sequence[Any], confirms: Any) -> None:
        if rows:
            os.kill(os.getpid(), signal.SIGKILL)
        sends(self, channel, rows, confirms)

    Relay._send = send  # type: ignore[method-assign]


def without_inbox() -> None:
    """Note each arrival without asking whether it was noted before, and each state as the newest."""
    noting = text(arrivals._NOTE.text.replace("ON CONFLICT (subscription, event_key) DO NOTHING", ""))
    arrivals._NOTE = noting
    arrivals.advance = lambda session, subscription, sequences: sorted(sequences)


def without_outbox() -> None:
    """Commit, then publish from memory, as one writes it without an outbox; what is kept is a history, no more."""
    writes = outbox._write

    def write(session: Session) -> None:
        rows, service = list(session.info["outbox"]), current()
        writes(session)
        session.execute(text("UPDATE outbox SET published_at = clock_timestamp() WHERE published_at IS NULL"))
        eventlet.spawn_after(LATE, publish, service, rows)

    def publish(service: Service, rows: Sequence[dict[str, Any]]) -> None:
        with topology.connect(service) as connection:
            producer = Producer(connection.channel(), auto_declare=False)
            exchange = topology.events_exchange(service, service.name).name
            for row in rows:
                producer.publish(row["body"], exchange=exchange, routing_key=row["type"], content_type=CONTENT_TYPE)

    outbox._write = write


VARIANTS: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (misbehaving, dying_before_it_publishes, without_inbox, without_outbox)
}

if __name__ == "__main__":
    VARIANTS[sys.argv.pop(1)]()
    main()
