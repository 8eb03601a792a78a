"""What a subscription does with messages: decode behind a guard, then inbox, handler and outbox in one transaction.

Exactly-once in effect: a message is acknowledged by the caller only after `receive` came back, and it comes back only
when each message is durable, applied or kept with its error. Knows PostgreSQL, not the broker.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis import arrivals, observability
from chassis.arrivals import Failure
from chassis.context import acting
from chassis.database import is_away, transaction
from chassis.errors import NotYetKnown
from chassis.events import Envelope, Event, Unreadable, decode
from chassis.identifiers import made_at
from chassis.inbox import Arrival, Status
from chassis.service import Service, serving

UNORDERED = timedelta(hours=1)
"""How much later than a younger one an event may be published, at most: its transaction was long, or its relay slow."""


@dataclass(frozen=True)
class Message:
    """A message as the broker gave it."""

    body: bytes
    content_type: str | None
    redelivered: bool = False

    @property
    def fingerprint(self) -> str:
        """What an unreadable message is known by: brought twice, it is kept once."""
        written = f"{self.content_type}\n".encode() + self.body
        return f"unreadable:{hashlib.sha256(written).hexdigest()}"

    @cached_property
    def reading(self) -> Event | Unreadable:
        """What it says, or why it cannot be read: found once, whenever there is time for it."""
        try:
            return decode(self.body, self.content_type)
        except Unreadable as error:
            return error
        except Exception as error:  # whatever a library raises on crooked bytes must not stop the consumer
            return Unreadable(f"{type(error).__name__}: {error}")


@dataclass(frozen=True)
class Subscription:
    """What a worker method asked for with `@subscribe`."""

    queue: str
    events: tuple[type[Event], ...]
    supersede: bool
    batch: bool

    @property
    def publishers(self) -> list[str]:
        """The services it listens to."""
        return sorted({event.publisher() for event in self.events})

    def events_of(self, publisher: str) -> list[type[Event]]:
        """Give what it takes of one of them."""
        return [event for event in self.events if event.publisher() == publisher]


class Subscriber:
    """One subscription at work: brings messages to the worker's method, each once."""

    def __init__(self, service: Service, subscription: Subscription, method: Callable[..., Any]) -> None:
        self.service, self.subscription, self.method = service, subscription, method
        self._expected = set(subscription.events)
        self.failing = False
        """Whether an event was put off since the last look for retries."""
        self._metrics = observability.metrics(service.name)

    def receive(self, messages: Sequence[Message]) -> None:
        """Bring messages to a durable end: applied, superseded, to be retried, or quarantined.

        Raises what the database raises when it is away (`chassis.database.is_away`): then nothing may be acknowledged.
        """
        with serving(self.service):
            with transaction():
                events, originals = self._decode(messages)
            if not events:
                return
            try:
                self._apply(events)
            except Exception as error:
                if is_away(error):
                    raise
                observability.log_batch_failed(self.service.name, self.subscription.queue, len(events), error)
                for event in events:  # the batch holds a failing event: find out which, one at a time
                    self._receive_alone(event, originals[event.received.id])

    def retry(self, arrival_id: int) -> None:
        """Try a kept event again; it ends, or is put off further, or is quarantined after the last attempt."""
        with serving(self.service):
            try:
                with transaction() as session:
                    arrival = session.scalar(
                        select(Arrival)
                        .where(Arrival.id == arrival_id, Arrival.status == Status.RETRYING)
                        .with_for_update(skip_locked=True)
                    )
                    if arrival is None:
                        return
                    arrival.status = self._again(session, arrival)
                    arrival.finished_at = session.scalar(select(func.clock_timestamp()))
            except Exception as error:
                if is_away(error):  # no fault of the event's: it keeps its attempts
                    raise
                self._put_off(arrival_id, error)

    def complete_until(self) -> datetime | None:
        """Tell since when events may be missing where the queue lost what waited in it; None when none ever arrived.

        What waited there was announced after what arrived last, however late that was, or a little before it.
        """
        arrived = Arrival.subscription == self.subscription.queue, ~Arrival.event_key.startswith("unreadable:")
        with serving(self.service), transaction() as session:
            last = session.scalar(select(Arrival.event_key).where(*arrived).order_by(Arrival.id.desc()).limit(1))
        return made_at(UUID(last)) - UNORDERED if last else None

    def quarantine(self, message: Message, reason: str) -> None:
        """Keep a message that the broker gave up delivering, where operators see it."""
        with serving(self.service):
            read = message.reading
            envelope = read.envelope
            self._keep(message, envelope, Failure(reason, f"The broker gave it up: {reason}."))
            self._metrics.quarantined.labels(self.subscription.queue).inc()

    def _decode(self, messages: Sequence[Message]) -> tuple[list[Event], dict[Any, Message]]:
        events: list[Event] = []
        originals: dict[Any, Message] = {}
        for message in messages:
            event = message.reading
            if not isinstance(event, Unreadable) and type(event) not in self._expected:
                event = Unreadable(f"{event.type} is not for {self.subscription.queue}.", event.received)
            if isinstance(event, Unreadable):
                self._quarantine_unread(message, event)
                continue
            events.append(event)
            originals[event.received.id] = message
        return events, originals

    def _quarantine_unread(self, message: Message, error: Unreadable) -> None:
        self._keep(message, error.envelope, Failure("Unreadable", str(error)))
        self._metrics.quarantined.labels(self.subscription.queue).inc()

    def _keep(self, message: Message, envelope: Envelope | None, failure: Failure) -> None:
        key = str(envelope.id) if envelope else message.fingerprint
        with transaction() as session:
            queue = self.subscription.queue
            arrivals.keep(session, queue, key, envelope, message.body, message.content_type, failure)

    def _receive_alone(self, event: Event, message: Message) -> None:
        try:
            self._apply([event])
        except Exception as error:
            if is_away(error):
                raise
            self._keep(message, event.received, Failure.of(error, self._first_delay(error)))
            self._metrics.retried.labels(self.subscription.queue).inc()
            self.failing = True

    def _apply(self, events: Sequence[Event]) -> None:
        started = perf_counter()
        with transaction() as session:
            arrived = self._arrived(session, events)
            current = self._newest(session, arrived) if self.subscription.supersede else arrived
            kept = {event.received.id for event in current}
            superseded = [event for event in arrived if event.received.id not in kept]
            arrivals.mark_superseded(session, self.subscription.queue, [event.received for event in superseded])
            self._dispatch(session, current)
        self._report(current, superseded, perf_counter() - started)

    def _dispatch(self, session: Session, events: Sequence[Event]) -> None:
        if self.subscription.batch:
            if events:
                self.method(session, events)
            return
        for event in events:
            with acting(event.received.cause()):
                self.method(session, event)

    def _arrived(self, session: Session, events: Sequence[Event]) -> list[Event]:
        """Note the arrivals; give those that had not been noted before, in their order."""
        once = {event.received.id: event for event in events}
        new = arrivals.note(session, self.subscription.queue, [event.received for event in once.values()])
        return [event for event in once.values() if str(event.received.id) in new]

    def _newest(self, session: Session, events: Sequence[Event]) -> list[Event]:
        """Give the events that are newer than what this subscription holds of their subject, one per subject."""
        latest: dict[str, Event] = {}
        for event in events:
            held = latest.get(event.subject)
            if held is None or held.sequence < event.sequence:
                latest[event.subject] = event
        sequences = {subject: event.sequence for subject, event in latest.items()}
        return [latest[subject] for subject in arrivals.advance(session, self.subscription.queue, sequences)]

    def _again(self, session: Session, arrival: Arrival) -> Status:
        event = decode(arrival.body or b"", arrival.content_type)
        if self.subscription.supersede and not self._newest(session, [event]):
            return Status.SUPERSEDED
        self._dispatch(session, [event])
        return Status.APPLIED

    def _put_off(self, arrival_id: int, error: Exception) -> None:
        with transaction() as session:
            arrival = session.get_one(Arrival, arrival_id, with_for_update=True)
            failure = Failure.of(error, self._next_delay(arrival.attempts + 1, error))
            arrivals.put_off(session, arrival, failure)
        counter = self._metrics.quarantined if failure.delay is None else self._metrics.retried
        counter.labels(self.subscription.queue).inc()
        self.failing = failure.delay is not None

    def _next_delay(self, attempts: int, error: Exception) -> float | None:
        settings = self.service.settings
        if attempts >= settings.retry_attempts or isinstance(error, Unreadable):
            return None
        return float(min(self._first_delay(error) * 2 ** (attempts - 1), settings.retry_longest_seconds))

    def _first_delay(self, error: Exception) -> float:
        first = self.service.settings.retry_first_seconds
        return first / 5 if isinstance(error, NotYetKnown) else first

    def _report(self, applied: Sequence[Event], superseded: Sequence[Event], seconds: float) -> None:
        queue, metrics = self.subscription.queue, self._metrics
        metrics.consumed.labels(queue).inc(len(applied))
        metrics.superseded.labels(queue).inc(len(superseded))
        metrics.handler_seconds.labels(queue).observe(seconds)
        observability.log_events(self.service.name, queue, "applied", [event.received for event in applied], seconds)
        observability.log_events(
            self.service.name, queue, "superseded", [event.received for event in superseded], seconds
        )
