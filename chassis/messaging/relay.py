"""Publishes the outbox: woken by NOTIFY, with a poll beneath; several relays at once are safe.

A row is marked published only after the broker's confirm, so a crash publishes again rather than never.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from kombu import Connection
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from chassis import observability
from chassis.database import array, transaction
from chassis.events import CONTENT_TYPE
from chassis.messaging import topology, wire
from chassis.messaging.loop import Loop
from chassis.outbox import CHANNEL, NOTIFY_EVERY
from chassis.service import DATABASE_TIMEOUTS, Service, serving

POLL = 1.0
"""Seconds after which the relay looks for rows though nobody woke it."""
BATCH = 500
PERSISTENT = 2
"""The delivery mode of what is to outlive a restart of the broker (AMQP 0-9-1, basic.delivery-mode)."""

log = structlog.get_logger(__name__)


class Unconfirmed(Exception):
    """The broker did not confirm in time, or refused: the rows stay to be published."""


class Held(Exception):
    """The broker is blocked for longer than a transaction may stay open: it would hide what is younger from readers."""


class Confirms:
    """Counts what a channel's broker has confirmed, in publishing order (RabbitMQ publisher confirms)."""

    def __init__(self, channel: Any) -> None:
        self.sent, self._settled = 0, 1
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
            self._open.difference_update(range(self._settled, delivery_tag + 1))
            self._settled = delivery_tag + 1
        else:
            self._open.discard(delivery_tag)

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        self._refused = True


class Relay(Loop):
    """Moves one service's announced events from its outbox to its exchange."""

    name = "relay"

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._blocked = False
        self._published = observability.metrics(service.name).published

    def _work(self) -> None:
        with self._connected() as (connection, listener):
            self._have_exchange(connection)
            self.connected = True
            self._publish_all(connection, listener)

    @contextmanager
    def _connected(self) -> Iterator[tuple[Connection, psycopg.Connection[Any]]]:
        address = self.service.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        callbacks = {"on_blocked": self._on_blocked, "on_unblocked": self._on_unblocked}
        with (
            topology.connect(self.service, **callbacks) as connection,
            psycopg.connect(address, autocommit=True, **DATABASE_TIMEOUTS) as listener,
        ):
            self._blocked = False
            listener.execute(f"LISTEN {CHANNEL}")
            yield connection, listener

    def _have_exchange(self, connection: Connection) -> None:
        """Make our exchange where it is missing, new or deleted; nothing is bound to it then: let subscribers bind."""
        if not topology.make_exchange(self.service, connection) or topology.in_memory(connection):
            return
        wait = 1.5 * topology.RENEWAL
        then = f"publishes in {wait:g} s, when running subscribers have bound their queues."
        if self._published_before():
            then = f"made again; {then} For one that did not run: entente events replay"
            log.error("relay.exchange_was_deleted", service=self.service.name, then=then)
        else:
            log.warning("relay.exchange_is_new", service=self.service.name, then=then)
        until = time.monotonic() + wait
        while not self._stopping and time.monotonic() < until:
            topology.listen(connection, 0.2)

    def _published_before(self) -> bool:
        with self.service.engine.connect() as database:
            return bool(database.execute(_PUBLISHED_BEFORE).scalar_one())

    def _publish_all(self, connection: Connection, listener: psycopg.Connection[Any]) -> None:
        channel = connection.channel()
        confirms = None if topology.in_memory(connection) else Confirms(channel)
        while not self._stopping:
            found = 0 if self._blocked else self._publish_some(connection, channel, confirms)
            topology.listen(connection)
            if found < BATCH:
                self._wait(listener, 2 * NOTIFY_EVERY if found else min(POLL, self._beat))

    @property
    def _beat(self) -> float:
        return self.service.settings.broker_heartbeat_seconds / 4

    def _publish_some(self, connection: Connection, channel: Any, confirms: Confirms | None) -> int:
        rows: Sequence[Row[Any]] = []
        try:
            with serving(self.service), transaction() as session:
                rows = session.execute(_TAKE, {"many": BATCH}).all()
                with wire.gathering(connection):
                    self._send(channel, rows, confirms)
                if confirms:
                    self._await(connection, confirms)
                _mark(session, rows)
        except Held:
            if confirms:
                self._outlast(connection, confirms)
            with serving(self.service), transaction() as session:
                _mark(session, rows)
        self._published.inc(len(rows))
        return len(rows)

    def _send(self, channel: Any, rows: Sequence[Row[Any]], confirms: Confirms | None) -> None:
        exchange = topology.events_exchange(self.service, self.service.name).name
        for row in rows:
            message = channel.prepare_message(
                row.body.encode(),
                content_type=CONTENT_TYPE,
                content_encoding="utf-8",
                properties={"delivery_mode": PERSISTENT, "message_id": str(row.event_id)},
            )
            channel.basic_publish(message, exchange=exchange, routing_key=row.type)
            if confirms:
                confirms.expect()

    def _await(self, connection: Connection, confirms: Confirms) -> None:
        deadline = time.monotonic() + self.service.settings.confirm_deadline_seconds
        while confirms.outstanding():
            late = time.monotonic() > deadline
            if self._blocked and (late or self._stopping):
                raise Held("The broker takes nothing.")
            if late:
                raise Unconfirmed("The broker did not confirm in time.")
            topology.listen(connection, 0.2)

    def _outlast(self, connection: Connection, confirms: Confirms) -> None:
        """Wait, with no transaction open, until the broker takes and confirms what it was sent; nothing goes twice."""
        deadline = 0.0
        while confirms.outstanding():
            if self._blocked:
                deadline = time.monotonic() + self.service.settings.confirm_deadline_seconds
            if self._stopping or time.monotonic() > deadline:
                raise Unconfirmed("The broker took nothing, then did not confirm in time.")
            topology.listen(connection, 0.2)

    def _wait(self, listener: psycopg.Connection[Any], seconds: float) -> None:
        for _ in listener.notifies(timeout=seconds, stop_after=1):
            pass

    def _on_blocked(self, reason: str) -> None:
        then = "events wait in the outbox until it takes more"
        log.warning("relay.blocked", service=self.service.name, reason=reason, then=then)
        self._blocked = True

    def _on_unblocked(self) -> None:
        log.warning("relay.unblocked", service=self.service.name, then="publishes again")
        self._blocked = False


def _mark(session: Session, rows: Sequence[Row[Any]]) -> None:
    if rows:
        session.execute(_MARK, {"days": array(row.recorded_on for row in rows), "ids": array(row.id for row in rows)})


_TAKE = text(
    """
    SELECT recorded_on, id, event_id, type, body FROM outbox
    WHERE published_at IS NULL ORDER BY id LIMIT :many FOR UPDATE SKIP LOCKED
    """
)

_PUBLISHED_BEFORE = text("SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NOT NULL)")

_MARK = text(
    """
    UPDATE outbox SET published_at = clock_timestamp()
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS bigint[])) AS sent (recorded_on, id)
    WHERE outbox.recorded_on = sent.recorded_on AND outbox.id = sent.id
    """
)
