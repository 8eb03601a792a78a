"""Consumes a service's queues on one connection, touched by one thread: receive, make durable, then acknowledge.

A queue is first read one message at a time, until one comes that was never delivered before: a message that kills its
consumer is then alone in hand, and only it reaches the delivery limit.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import structlog
from kombu import Connection, Consumer, Queue
from kombu import Message as Delivery
from sqlalchemy.orm import Session

from chassis import arrivals
from chassis.database import is_away
from chassis.messaging import topology
from chassis.messaging.loop import FIRST_PAUSE, Loop, longer
from chassis.service import Service
from chassis.subscription import Message, Subscriber

QUIET = 0.5
"""Seconds without a message after which the loop looks up, to stop or to send a heartbeat."""
LONGEST_LINGER = 0.1
"""Seconds a message waits at most for its batch to fill while more keep coming: to read a full batch from the
connection takes a third of that. Where nothing more comes, the setting's few milliseconds count."""
NEXT = 0.002
"""Seconds without a message, while a full batch is being taken, after which the loop looks whether it is done."""
RETRY_POLL, IDLE_RETRY_POLL = 0.25, 1.0
"""Seconds between two looks for due retries: while something fails in this process, and else."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrived:
    """A message as it was delivered, and what it says."""

    delivery: Delivery
    message: Message


Take = Callable[[Sequence[Arrived]], None]


class Lane:
    """One queue on a channel of its own: what was delivered and not taken yet."""

    def __init__(self, connection: Connection, queue: Queue, take: Take, many: int) -> None:
        self.queue, self.take, self.many = queue, take, many
        self.careful, self.first_at, self._redelivered = True, 0.0, False
        self.in_hand: list[Arrived] = []
        self._each = topology.in_memory(connection)
        self._channel = queue.channel
        self._consumer = Consumer(self._channel, [queue], on_message=self._on_message, accept=None, auto_declare=False)
        self._consumer.on_decode_error = lambda delivery, _: self._on_message(delivery)
        self._consume(prefetch=1)

    def due(self, now: float) -> bool:
        """Tell whether what is in hand should wait no longer."""
        enough = self.careful or self.full
        return bool(self.in_hand) and (enough or now - self.first_at > LONGEST_LINGER)

    @property
    def full(self) -> bool:
        """Whether a whole batch is in hand."""
        return len(self.in_hand) >= self.many

    def batches(self) -> list[list[Arrived]]:
        """Give what is in hand as it should be taken: together, or one by one where some came before."""
        arrived, self.in_hand = self.in_hand, []
        self._redelivered = any(each.message.redelivered for each in arrived)
        return [[each] for each in arrived] if self._redelivered else [arrived]

    def acknowledge(self, batch: Sequence[Arrived]) -> None:
        """Let the broker forget what has come to a durable end.

        One that never came before ends the care, and before its acknowledgement: as long as it is out, nothing else is
        on its way, which the change of consumers would make the broker deliver again.
        """
        if self.careful and not self._redelivered:
            self._turn(careful=False)
        if self._each or self._redelivered:
            for each in batch:
                each.delivery.ack()
        else:
            batch[-1].delivery.ack(multiple=True)

    def settle(self) -> None:
        """Take one message at a time after one that came before."""
        if self._redelivered and not self.careful:
            self._turn(careful=True)

    def _turn(self, *, careful: bool) -> None:
        self.careful = careful
        self._consumer.cancel()
        self._consume(prefetch=1 if careful else 2 * self.many)

    def _consume(self, prefetch: int) -> None:
        self._consumer.qos(prefetch_count=prefetch)
        self._consumer.consume()

    def _on_message(self, delivery: Delivery) -> None:
        if not self.in_hand:
            self.first_at = time.monotonic()
        message = _message(delivery)
        _ = message.reading  # now, while the last batch may still wait for the database
        self.in_hand.append(Arrived(delivery, message))


class QueueConsumer(Loop):
    """All queues of one service, and its dead letters."""

    name = "consumer"

    def __init__(self, service: Service, subscribers: Sequence[Subscriber]) -> None:
        super().__init__(service)
        self.subscribers = subscribers
        self._beat = min(QUIET, service.settings.broker_heartbeat_seconds / 4)
        self._by_queue = {f"{service.settings.broker_namespace}{each.subscription.queue}": each for each in subscribers}

    def declare(self) -> None:
        """Make the queues before anything is published, so that nothing is published past them."""
        with topology.connect(self.service) as connection:
            topology.make_exchange(self.service, connection)
            self._make_queues(connection)

    def _work(self) -> None:
        with topology.connect(self.service) as connection, ThreadPoolExecutor(1) as hands:
            self._make_queues(connection)
            lanes = self._lanes(connection)
            self.connected = True
            self._drain(connection, lanes, hands)

    def _make_queues(self, connection: Connection) -> None:
        topology.declare_dead_letters(self.service, connection)
        for each in self.subscribers:
            missing = topology.make_subscription(self.service, each.subscription, connection)
            if missing and not topology.in_memory(connection):
                self._say_what_is_missing(each)
        self._bind(connection)

    def _say_what_is_missing(self, subscriber: Subscriber) -> None:
        queue, last = subscriber.subscription.queue, subscriber.complete_until()
        since = last.isoformat(timespec="seconds") if last else "2000-01-01"
        log.warning(
            "consumer.queue_was_deleted" if last else "consumer.queue_is_new",
            service=self.service.name,
            queue=queue,
            then="made; bring what was announced without it:"
            f" entente events replay --subscriber {queue} --since {since}",
        )

    def _lanes(self, connection: Connection) -> list[Lane]:
        many = self.service.settings.batch_size
        lanes = [
            Lane(
                connection,
                topology.subscription_queue(self.service, each.subscription).bind(connection.channel()),
                _taker(each),
                many,
            )
            for each in self.subscribers
        ]
        dead = topology.dead_letter_queue(self.service).bind(connection.channel())
        return [*lanes, Lane(connection, dead, self._bury, many)]

    def _drain(self, connection: Connection, lanes: Sequence[Lane], hands: Executor) -> None:
        linger = self.service.settings.linger_milliseconds / 1000
        renewal = time.monotonic() + topology.RENEWAL
        while not self._stopping:
            waiting = any(lane.in_hand for lane in lanes)
            quiet = not topology.listen(connection, linger if waiting else self._beat)
            now = time.monotonic()
            for lane in lanes:
                if lane.due(now) or (quiet and lane.in_hand):
                    self._finish(connection, lane, hands)
            if now > renewal and not topology.in_memory(connection):
                self._bind(connection)
                renewal = now + topology.RENEWAL

    def _finish(self, connection: Connection, lane: Lane, hands: Executor) -> None:
        """Bring what a lane has in hand to a durable end, then acknowledge it.

        The handlers work in a thread of their own, while this one keeps the connection alive. A database that is away
        is waited for with the messages in hand: given back, they would come nearer to their delivery limit each time.
        """
        for batch in lane.batches():
            full = len(batch) >= lane.many
            pause = FIRST_PAUSE
            while error := self._error_of(hands.submit(lane.take, batch), connection, lane if full else None):
                held = f"holds {len(batch)} messages and tries again in {pause:g} s; nothing is lost"
                self._say("consumer.database_away", error, held)
                self._hold(connection, pause)
                pause = longer(pause)
                if self._stopping:
                    return
            lane.acknowledge(batch)
        lane.settle()

    def _error_of(self, taking: "Future[None]", connection: Connection, next_of: Lane | None) -> Exception | None:
        """Wait for a batch to be taken; give the error where the database is away, raise any other.

        After a full batch there is probably more: the lane's next one is received and read meanwhile.
        """
        while next_of and not taking.done() and not next_of.full:
            topology.listen(connection, NEXT)
            if len(next_of.in_hand) % 8 == 0:
                time.sleep(0)  # lets the batch go on with what the database answered
        while not wait([taking], timeout=self._beat).done:
            topology.listen(connection)
        error = taking.exception()
        if error is None or (isinstance(error, Exception) and is_away(error)):
            return error
        raise error

    def _hold(self, connection: Connection, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            topology.listen(connection)
            time.sleep(min(left, self._beat))

    def _bind(self, connection: Connection) -> None:
        """Bind every queue, to what is there: a publisher that never started hinders nobody from hearing the others."""
        for each in self.subscribers:
            for publisher, error in topology.bind(self.service, each.subscription, connection).items():
                then = f"{each.subscription.queue} waits for the exchange of {publisher}, which {publisher} makes when"
                self._say("consumer.exchange_missing", error, f"{then} it starts; looks in {topology.RENEWAL:g} s")

    def _bury(self, dead: Sequence[Arrived]) -> None:
        for each in dead:
            died = (each.delivery.headers.get("x-death") or [{}])[0]
            subscriber = self._by_queue.get(str(died.get("queue")), self.subscribers[0])
            subscriber.quarantine(each.message, _REASONS.get(str(died.get("reason")), "DeadLettered"))


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
                said = str(error).partition("\n")[0]
                log.warning("retry.failed", service=self.service.name, error=said, then="looks again in a second")
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
    return lambda arrived: subscriber.receive([each.message for each in arrived])


def _message(delivery: Delivery) -> Message:
    body: Any = delivery.body
    return Message(
        body=body.encode() if isinstance(body, str) else bytes(body),
        content_type=delivery.content_type,
        redelivered=bool(delivery.delivery_info.get("redelivered")),
    )
