"""The live list of events as Server-Sent Events (WHATWG HTML, 9.2), looked up when there is something new."""

import threading
import time
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from sqlalchemy import text

from chassis import outbox
from chassis.database import transaction
from chassis.service import Service, serving

LOOK_EVERY = 0.25
BEAT_EVERY = 15.0
LIFETIME = 300.0
"""Seconds after which a stream ends, so that the client comes again with a token that is still valid."""
MOST_AT_ONCE = 200


def follow(service: Service, cursor: str | None, *, type: str | None, correlation_id: str | None) -> Iterator[str]:
    """Give the events past `cursor`, or those from now on, as they come; a comment now and then shows it lives.

    Raises InvalidInput for a cursor that is not one of ours, before anything is given.
    """
    with serving(service), transaction() as session:
        cursor = cursor or outbox.latest_cursor(session)
        outbox.read(session, cursor=cursor, limit=1)
    return _messages(service, cursor, type, correlation_id)


def _messages(service: Service, cursor: str, type: str | None, correlation_id: str | None) -> Iterator[str]:
    ends = time.monotonic() + LIFETIME
    beat, seen = time.monotonic(), None
    yield "retry: 1000\n\n"
    while time.monotonic() < ends:
        newest = _pulse.newest(service)
        if newest != seen:
            rows, cursor = _look(service, cursor, type, correlation_id)
            seen = newest if len(rows) < MOST_AT_ONCE else None
            if rows:
                beat = time.monotonic()
                yield "".join(f"id: {position(row)}\ndata: {row.body}\n\n" for row in rows)
        elif time.monotonic() - beat > BEAT_EVERY:
            beat = time.monotonic()
            yield ": still here\n\n"
        else:
            time.sleep(LOOK_EVERY)


class _Pulse:
    """The newest readable event of each service: asked once per `LOOK_EVERY`, however many streams follow it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: WeakKeyDictionary[Service, tuple[float, str]] = WeakKeyDictionary()

    def newest(self, service: Service) -> str:
        """Give the cursor of the newest event that nothing older can still come before; empty without any."""
        with self._lock:
            asked_at, newest = self._known.get(service, (0.0, ""))
            if time.monotonic() - asked_at >= LOOK_EVERY:
                with serving(service), transaction() as session:
                    newest = session.scalar(_NEWEST) or ""
                self._known[service] = time.monotonic(), newest
            return newest


_NEWEST = text(
    "SELECT transaction_id || '-' || id FROM outbox WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())"
    " ORDER BY transaction_id DESC, id DESC LIMIT 1"
)
_pulse = _Pulse()


def _look(
    service: Service, cursor: str, type: str | None, correlation_id: str | None
) -> tuple[list[outbox.Outgoing], str]:
    """Give what is new and where to go on; where nothing was found, past all that was looked at."""
    with serving(service), transaction() as session:
        looked_at = outbox.latest_cursor(session)
        found = outbox.read(session, cursor=cursor, limit=MOST_AT_ONCE, type=type, correlation_id=correlation_id)
    return list(found.rows), (found.cursor or cursor) if found.rows else looked_at


def position(row: outbox.Outgoing) -> str:
    """Give the cursor that stands right after an event."""
    return f"{row.transaction_id}-{row.id}"
