"""Consumes a service's queues on one connection, touched by one thread: receive, make durable, then acknowledge.

A queue is first read one message at a time, until one comes that was never delivered before: a message that kills its
consumer is then alone in hand, and only it reaches the delivery limit.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from kombu import Connection, Consumer, Queue
from kombu import Message as Delivery
from sqlalchemy.orm import Session

from chassis import arrivals
from chassis.messaging import topology
from chassis.service import Service
from chassis.subscription import Message, Subscriber

QUIET = 0.5
"""Seconds without a message after which the loop looks up, to stop or to send a heartbeat."""
LONGEST_LINGER = 0.02
"""Seconds a message waits at most for its batch to fill."""
RETRY_POLL, IDLE_RETRY_POLL = 0.25, 1.0
"""Seconds between two looks for due retries: while something fails in this process, and else."""

log = structlog.get_logger(__name__)


Take = Callable[[Sequence[Delivery]], None]


class Lane:
    """One queue on a channel of its own: what was delivered and not acknowledged yet."""

    def __init__(self, connection: Connection, queue: Queue, take: Take, many: int) -> None:
        self.queue, self.take, self.many = queue, take, many
        self.careful, self.first_at = True, 0.0
        self.deliveries: list[Delivery] = []
        self._each = topology.in_memory(connection)
        self._channel = queue.channel
        self._consumer = Consumer(self._channel, [queue], on_message=self._on_message, accept=None, auto_declare=False)
        self._consumer.on_decode_error = lambda delivery, _: self._on_message(delivery)
        self._consume(prefetch=1)

    def due(self, now: float) -> bool:
        """Tell whether what is in hand should wait no longer."""
        enough = self.careful or len(self.deliveries) >= self.many
        return bool(self.deliveries) and (enough or now - self.first_at > LONGEST_LINGER)

    def flush(self) -> None:
        """Bring what is in hand to a durable end, then acknowledge it."""
        deliveries, self.deliveries = self.deliveries, []
        redelivered = any(delivery.delivery_info.get("redelivered") for delivery in deliveries)
        if redelivered:
            for delivery in deliveries:
                self.take([delivery])
                delivery.ack()
        else:
            self.take(deliveries)
            self._acknowledge(deliveries)
        if redelivered != self.careful:
            self._turn(careful=redelivered)

    def _acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        if self._each:
            for delivery in deliveries:
                delivery.ack()
        else:
            deliveries[-1].ack(multiple=True)

    def _turn(self, *, careful: bool) -> None:
        self.careful = careful
        self._consumer.cancel()
        self._consume(prefetch=1 if careful else 2 * self.many)

    def _consume(self, prefetch: int) -> None:
        self._consumer.qos(prefetch_count=prefetch)
        self._consumer.consume()

    def _on_message(self, delivery: Delivery) -> None:
        if not self.deliveries:
            self.first_at = time.monotonic()
        self.deliveries.append(delivery)


class QueueConsumer:
    """All queues of one service, and its dead letters."""

    def __init__(self, service: Service, subscribers: Sequence[Subscriber]) -> None:
        self.service, self.subscribers = service, subscribers
        self.connected = False
        self._stopping = False
        self._by_queue = {f"{service.settings.broker_namespace}{each.subscription.queue}": each for each in subscribers}

    def declare(self) -> None:
        """Make the queues before anything is published, so that nothing is published past them."""
        with topology.connect(self.service) as connection:
            self._queues(connection)

    def run(self) -> None:
        """Consume until `stop`; a lost broker or database is waited for, and nothing in hand is acknowledged then."""
        delay = 0.1
        while not self._stopping:
            try:
                with topology.connect(self.service) as connection:
                    lanes = self._lanes(connection)
                    self.connected, delay = True, 0.1
                    self._drain(connection, lanes)
            except Exception as error:  # whatever happened, the answer is to begin again
                log.warning("consumer.disconnected", service=self.service.name, error=str(error), again_in=delay)
                self._pause(delay)
                delay = min(delay * 2, 5.0)
            finally:
                self.connected = False

    def stop(self) -> None:
        """Take nothing more; `run` comes back when what is in hand is finished."""
        self._stopping = True

    def _queues(self, connection: Connection) -> list[Queue]:
        topology.declare_own_exchange(self.service, connection)
        topology.declare_dead_letters(self.service, connection)
        return [topology.declare_subscription(self.service, each.subscription, connection) for each in self.subscribers]

    def _lanes(self, connection: Connection) -> list[Lane]:
        many = self.service.settings.batch_size
        queues = self._queues(connection)
        lanes = [
            Lane(connection, queue, _taker(each), many) for queue, each in zip(queues, self.subscribers, strict=True)
        ]
        dead = topology.dead_letter_queue(self.service).bind(connection.channel())
        return [*lanes, Lane(connection, dead, self._bury, many)]

    def _drain(self, connection: Connection, lanes: Sequence[Lane]) -> None:
        linger = self.service.settings.linger_milliseconds / 1000
        beat = time.monotonic()
        while not self._stopping:
            waiting = any(lane.deliveries for lane in lanes)
            quiet = not _drained(connection, linger if waiting else QUIET)
            now = time.monotonic()
            for lane in lanes:
                if lane.due(now) or (quiet and lane.deliveries):
                    lane.flush()
            if now - beat > QUIET:
                connection.heartbeat_check()
                beat = now

    def _bury(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            died = (delivery.headers.get("x-death") or [{}])[0]
            subscriber = self._by_queue.get(str(died.get("queue")), self.subscribers[0])
            subscriber.quarantine(_message(delivery), _REASONS.get(str(died.get("reason")), "DeadLettered"))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)


class RetryLoop:
    """Tries failing events again when their time has come, one transaction each."""

    def __init__(self, service: Service, subscribers: Sequence[Subscriber]) -> None:
        self.service = service
        self._subscribers = {each.subscription.queue: each for each in subscribers}
        self._reading = service.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._stopping = False

    def run(self) -> None:
        """Look for due events until `stop`."""
        while not self._stopping:
            try:
                found = self.once()
            except Exception as error:  # the database is away: look again later
                log.warning("retry.failed", service=self.service.name, error=str(error))
                found = 0
            self._pause(found > 0)

    def once(self) -> int:
        """Try every event that is due now; give how many."""
        for each in self._subscribers.values():
            each.failing = False
        with Session(self._reading) as session:
            due = arrivals.due(session, list(self._subscribers))
        for arrival_id, queue in due:
            self._subscribers[queue].retry(arrival_id)
        return len(due)

    def stop(self) -> None:
        """Look no more."""
        self._stopping = True

    def _pause(self, found: bool) -> None:
        until = time.monotonic() + IDLE_RETRY_POLL
        while not self._stopping and time.monotonic() < until:
            time.sleep(RETRY_POLL)
            if found or any(each.failing for each in self._subscribers.values()):
                return


_REASONS = {"delivery_limit": "DeliveryLimitReached", "rejected": "Rejected", "expired": "Expired"}


def _taker(subscriber: Subscriber) -> Take:
    return lambda deliveries: subscriber.receive([_message(delivery) for delivery in deliveries])


def _message(delivery: Delivery) -> Message:
    body: Any = delivery.body
    return Message(
        body=body.encode() if isinstance(body, str) else bytes(body),
        content_type=delivery.content_type,
        redelivered=bool(delivery.delivery_info.get("redelivered")),
    )


def _drained(connection: Connection, timeout: float) -> bool:
    """Take one event from the connection; False when none came in time."""
    try:
        connection.drain_events(timeout=timeout)
    except TimeoutError:
        return False
    return True
