"""nameko's part: the container starts and stops the consumer, the relay and the timers of a worker."""

import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import eventlet
import structlog
from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension, register_entrypoint

from chassis.context import acting, current_cause
from chassis.events import Event
from chassis.messaging.consumer import QueueConsumer, RetryLoop
from chassis.messaging.relay import Relay
from chassis.outbox import keep_partitions
from chassis.service import Service, serving
from chassis.subscription import Subscriber, Subscription

Method = TypeVar("Method", bound=Callable[..., Any])

PARTITIONS_EVERY = 86_400.0

log = structlog.get_logger(__name__)


class ServiceExtension(SharedExtension):  # type: ignore[misc]
    """An extension that knows the service it works for; the process puts it into nameko's configuration."""

    @property
    def service(self) -> Service:
        """The running service."""
        service: Service = self.container.config["service"]
        return service

    @property
    def worker(self) -> Any:
        """The one instance of the worker class, whose methods keep no state."""
        return self.container.service_cls()


class EventConsumer(ServiceExtension):
    """All subscriptions of a worker, on one connection."""

    def __init__(self) -> None:
        self.subscriptions: list[tuple[str, Subscription]] = []

    def setup(self) -> None:
        """Make the subscribers."""
        worker = self.worker
        subscribers = [
            Subscriber(self.service, subscription, getattr(worker, name)) for name, subscription in self.subscriptions
        ]
        self.queues = QueueConsumer(self.service, subscribers)
        self.retries = RetryLoop(self.service, subscribers)
        self.service.probes["consumer"] = lambda: self.queues.connected

    def start(self) -> None:
        """Consume in one green thread and retry in another."""
        self._running = [
            self.container.spawn_managed_thread(self.queues.run),
            self.container.spawn_managed_thread(self.retries.run),
        ]

    def stop(self) -> None:
        """Take nothing more, and finish what is in hand."""
        self.queues.stop()
        self.retries.stop()
        for thread in self._running:
            thread.wait()


class SubscriptionEntrypoint(Entrypoint):  # type: ignore[misc]
    """Tells the consumer which method wants which events."""

    consumer = EventConsumer()

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        super().__init__()

    def bind(self, container: Any, method_name: str) -> "SubscriptionEntrypoint":
        """Register with the consumer of this container."""
        bound: SubscriptionEntrypoint = super().bind(container, method_name)
        bound.consumer.subscriptions.append((method_name, self.subscription))
        return bound


class TimerEntrypoint(Entrypoint):  # type: ignore[misc]
    """Calls a method again and again, on behalf of the service; a failing call is logged and comes again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._stopping = False
        super().__init__()

    def start(self) -> None:
        """Call in a green thread."""
        self._thread = self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """Call no more, and wait for the call in hand."""
        self._stopping = True
        self._thread.wait()

    def _run(self) -> None:
        service: Service = self.container.config["service"]
        method = getattr(self.container.service_cls(), self.method_name)
        while not self._stopping:
            try:
                with serving(service), acting(current_cause()):
                    method()
            except Exception as error:  # a timer outlives its failures
                log.exception("timer.failed", service=service.name, timer=self.method_name, error=repr(error))
            self._pause()

    def _pause(self) -> None:
        until = time.monotonic() + self.seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            eventlet.sleep(min(left, 0.25))


class RelayExtension(DependencyProvider):  # type: ignore[misc]
    """Publishes the outbox as long as the container runs, and keeps its partitions ready."""

    def setup(self) -> None:
        """Make the relay."""
        self.service: Service = self.container.config["service"]
        self.relay = Relay(self.service)
        self.service.probes["relay"] = lambda: self.relay.connected
        with self.service.engine.begin() as connection:
            keep_partitions(connection)

    def start(self) -> None:
        """Publish in a green thread."""
        self._thread = self.container.spawn_managed_thread(self.relay.run)

    def stop(self) -> None:
        """Publish nothing more."""
        self.relay.stop()
        self._thread.wait()


class Worker:
    """The event and timer door of a service; a subclass has a `name`, and methods under `@subscribe` and `@every`."""

    name: ClassVar[str]
    relay = RelayExtension()


def subscribe(
    *events: type[Event], queue: str, supersede: bool = True, batch: bool = False
) -> Callable[[Method], Method]:
    """Bring these events to a method `(self, session, event)`, each once, in a transaction that the chassis owns.

    With `supersede`, an event that is not newer than what this queue holds of its subject ends there, so each event of
    the queue must carry its subject's full state. With `batch`, the method takes `(self, session, events)`.
    """
    subscription = Subscription(queue, events, supersede, batch)

    def mark(method: Method) -> Method:
        method.subscription = subscription  # type: ignore[attr-defined]
        register_entrypoint(method, SubscriptionEntrypoint(subscription))
        return method

    return mark


def every(seconds: float) -> Callable[[Method], Method]:
    """Call a method `(self)` at start and then each time `seconds` have passed since its last end."""

    def mark(method: Method) -> Method:
        register_entrypoint(method, TimerEntrypoint(seconds))
        return method

    return mark


def subscriptions_of(worker: type[Worker]) -> list[Subscription]:
    """Give what a worker subscribes to, by queue name."""
    found = [getattr(getattr(worker, name), "subscription", None) for name in dir(worker)]
    return sorted((each for each in found if each), key=lambda each: each.queue)
