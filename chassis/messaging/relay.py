"""Publishes the outbox: woken by NOTIFY, with a poll beneath; several relays at once are safe.

A row is marked published only after the broker's confirm, so a crash publishes again rather than never.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import structlog
from kombu import Connection, Producer
from sqlalchemy import text

from chassis import observability
from chassis.database import transaction
from chassis.events import CONTENT_TYPE
from chassis.messaging import topology
from chassis.outbox import CHANNEL, NOTIFY_EVERY
from chassis.service import Service, serving

POLL = 1.0
"""Seconds after which the relay looks for rows though nobody woke it."""
BATCH = 500

log = structlog.get_logger(__name__)


class Unconfirmed(Exception):
    """The broker did not confirm in time, or refused: the rows stay to be published."""


class Confirms:
    """Counts what a channel's broker has confirmed, in publishing order (RabbitMQ publisher confirms)."""

    def __init__(self, channel: Any) -> None:
        self.sent = 0
        self._open: set[int] = set()
        self._refused = False
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)

    def expect(self) -> None:
        """Note one more message sent."""
        self.sent += 1
        self._open.add(self.sent)

    def outstanding(self) -> bool:
        """Tell whether some are awaited still.

        Raises Unconfirmed when the broker refused one.
        """
        if self._refused:
            raise Unconfirmed("The broker refused a message.")
        return bool(self._open)

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        if multiple:
            self._open = {tag for tag in self._open if tag > delivery_tag}
        else:
            self._open.discard(delivery_tag)

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        self._refused = True


class Relay:
    """Moves one service's announced events from its outbox to its exchange."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.connected = False
        self._stopping = False
        self._blocked = False
        self._published = observability.metrics(service.name).published

    def run(self) -> None:
        """Publish until `stop`; a lost broker or database is waited for."""
        delay = 0.1
        while not self._stopping:
            try:
                with self._connected() as (connection, listener):
                    self.connected, delay = True, 0.1
                    self._publish_all(connection, listener)
            except Exception as error:  # whatever happened, the rows are still there: begin again
                log.warning("relay.disconnected", service=self.service.name, error=str(error), again_in=delay)
                self._pause(delay)
                delay = min(delay * 2, 5.0)
            finally:
                self.connected = False

    def stop(self) -> None:
        """Publish nothing more; `run` comes back within a second."""
        self._stopping = True

    @contextmanager
    def _connected(self) -> Iterator[tuple[Connection, psycopg.Connection[Any]]]:
        address = self.service.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        callbacks = {"on_blocked": self._on_blocked, "on_unblocked": self._on_unblocked}
        with (
            topology.connect(self.service, **callbacks) as connection,
            psycopg.connect(address, autocommit=True, connect_timeout=5) as listener,
        ):
            self._blocked = False
            topology.declare_own_exchange(self.service, connection)
            listener.execute(f"LISTEN {CHANNEL}")
            yield connection, listener

    def _publish_all(self, connection: Connection, listener: psycopg.Connection[Any]) -> None:
        channel = connection.channel()
        producer = Producer(channel, auto_declare=False)
        confirms = None if topology.in_memory(connection) else Confirms(channel)
        while not self._stopping:
            found = 0 if self._blocked else self._publish_some(connection, producer, confirms)
            _listen(connection)
            if found < BATCH:
                self._wait(listener, 2 * NOTIFY_EVERY if found else min(POLL, self._beat))

    @property
    def _beat(self) -> float:
        return self.service.settings.broker_heartbeat_seconds / 4

    def _publish_some(self, connection: Connection, producer: Producer, confirms: Confirms | None) -> int:
        with serving(self.service), transaction() as session:
            rows = session.execute(_TAKE, {"many": BATCH}).all()
            if not rows:
                return 0
            exchange = topology.events_exchange(self.service, self.service.name).name
            for row in rows:
                producer.publish(
                    row.body,
                    exchange=exchange,
                    routing_key=row.type,
                    content_type=CONTENT_TYPE,
                    content_encoding="utf-8",
                    delivery_mode="persistent",
                    message_id=str(row.event_id),
                )
                if confirms:
                    confirms.expect()
            if confirms:
                self._await(connection, confirms)
            session.execute(_MARK, {"days": [row.recorded_on for row in rows], "ids": [row.id for row in rows]})
        self._published.inc(len(rows))
        return len(rows)

    def _await(self, connection: Connection, confirms: Confirms) -> None:
        deadline = time.monotonic() + self.service.settings.confirm_deadline_seconds
        while confirms.outstanding():
            if self._blocked:
                deadline = time.monotonic() + self.service.settings.confirm_deadline_seconds
            if time.monotonic() > deadline:
                raise Unconfirmed("The broker did not confirm in time.")
            _listen(connection, 0.2)

    def _wait(self, listener: psycopg.Connection[Any], seconds: float) -> None:
        for _ in listener.notifies(timeout=seconds, stop_after=1):
            pass

    def _on_blocked(self, reason: str) -> None:
        log.warning("relay.blocked", service=self.service.name, reason=reason)
        self._blocked = True

    def _on_unblocked(self) -> None:
        self._blocked = False

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)


def _listen(connection: Connection, timeout: float = 0.001) -> None:
    """Take what the broker says: confirms, blocked, heartbeats; then send a heartbeat where one is due."""
    if topology.in_memory(connection):
        return
    with suppress(TimeoutError):
        connection.drain_events(timeout=timeout)
    connection.heartbeat_check()


_TAKE = text(
    """
    SELECT recorded_on, id, event_id, type, body FROM outbox
    WHERE published_at IS NULL ORDER BY id LIMIT :many FOR UPDATE SKIP LOCKED
    """
)

_MARK = text(
    """
    UPDATE outbox SET published_at = clock_timestamp()
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS bigint[])) AS sent (recorded_on, id)
    WHERE outbox.recorded_on = sent.recorded_on AND outbox.id = sent.id
    """
)
