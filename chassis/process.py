"""Runs services in this process, each with its event door, its HTTP door, or both; ends cleanly on SIGTERM.

The entry point must have called `eventlet.monkey_patch()` before anything else was imported.
"""

import gc
import signal
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

import eventlet
import eventlet.wsgi
import structlog
from eventlet.event import Event
from nameko.containers import ServiceContainer

from chassis.green import wait_in_the_hub
from chassis.messaging import Worker, topology
from chassis.messaging.consumer import QueueConsumer
from chassis.messaging.extensions import subscriptions_of
from chassis.service import Service
from chassis.subscription import Subscriber

GRACE = 8.0
"""Seconds in which everything in hand may finish; a supervisor kills after ten."""

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Runnable:
    """What to run of one service: its worker, its HTTP application, or both. The console is one without a service."""

    name: str
    service: Service | None = None
    worker: type[Worker] | None = None
    app: WSGIApplication | None = None
    host: str = "127.0.0.1"
    port: int = 0


class HttpDoor:
    """Serves a WSGI application over eventlet's server, in green threads."""

    def __init__(self, runnable: Runnable) -> None:
        self.name, self.app = runnable.name, runnable.app
        self._address = (runnable.host, runnable.port)
        self._pool = eventlet.GreenPool(500)

    def listen(self) -> None:
        """Take the address; requests wait until `start`.

        Raises OSError when another process has it.
        """
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._socket = eventlet.listen(self._address, family=family, backlog=512, reuse_port=False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is accepted inherits it
        self.port: int = self._socket.getsockname()[1]

    def start(self) -> None:
        """Serve."""
        self._thread = eventlet.spawn(self._serve)
        log.info("http.listening", service=self.name, host=self._address[0], port=self.port)

    def stop(self, seconds: float = GRACE) -> None:
        """Take no more requests; let those in hand finish for `seconds`, then cut what never ends, such as streams."""
        self._socket.close()
        self._thread.kill()
        with eventlet.Timeout(seconds, False):
            self._pool.waitall()
        for thread in list(self._pool.coroutines_running):
            thread.kill()

    def _serve(self) -> None:
        eventlet.wsgi.server(
            self._socket,
            self.app,
            custom_pool=self._pool,
            log_output=False,
            debug=False,
            socket_timeout=75,
            keepalive=True,
            url_length_limit=16_384,
            minimum_chunk_size=1,  # a stream of events must not wait for more to send
        )


class Running:
    """Services at work in this process."""

    def __init__(self, runnables: Sequence[Runnable]) -> None:
        self.containers = [_container(each) for each in runnables if each.worker]
        self.doors = [HttpDoor(each) for each in runnables if each.app]
        self._workers = [each for each in runnables if each.worker]
        self._over = Event()

    def start(self) -> None:
        """Take every address, then open every door.

        Where several services run here, all their queues are made and bound first, so that nothing is published past
        one. Raises OSError when an address is taken; then nothing runs.
        """
        for door in self.doors:
            door.listen()
        if len(self._workers) > 1 or any(topology.is_memory(each.service) for each in self._workers if each.service):
            self._make_queues()
        for container in self.containers:
            container.start()
        for door in self.doors:
            door.start()

    def _make_queues(self) -> None:
        """Make every exchange, then every queue; where the broker is away, each service makes its own later."""
        here = [(each.service, each.worker) for each in self._workers if each.service]
        with suppress(OSError):
            for service, _ in here:
                with topology.connect(service) as connection:
                    topology.make_exchange(service, connection)
            for service, worker in here:
                _queues(service, worker).declare()

    def stop(self) -> None:
        """Stop taking, finish what is in hand, within `GRACE` seconds."""
        with eventlet.Timeout(GRACE + 1, False):
            stopping = [eventlet.spawn(door.stop, GRACE - 2) for door in self.doors]
            stopping += [eventlet.spawn(container.stop) for container in self.containers]
            for thread in stopping:
                thread.wait()

    def wait(self) -> None:
        """Come back when SIGTERM or SIGINT was received."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._over.wait()

    def end(self) -> None:
        """Let `wait` come back."""
        if not self._over.ready():
            self._over.send(None)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        eventlet.spawn_after(0, self.end)


def run(runnables: Sequence[Runnable]) -> None:
    """Run until SIGTERM or SIGINT, then end cleanly."""
    wait_in_the_hub()
    running = Running(runnables)
    running.start()
    _collect_rarely()
    running.wait()
    running.stop()


def _collect_rarely() -> None:
    """Look for cycles less often, and not in what was made until now, which lives as long as this process.

    A batch makes some ten thousand objects and lets go of them all by itself; looking through them again and again took
    a fifth of a worker's time (ADR 0011).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 5)


def _container(runnable: Runnable) -> ServiceContainer:
    return ServiceContainer(runnable.worker, {"service": runnable.service})


def _queues(service: Service, worker: type[Worker] | None) -> QueueConsumer:
    found = subscriptions_of(worker) if worker else []
    return QueueConsumer(service, [Subscriber(service, subscription, print) for subscription in found])
