"""Makes a process green: everything that waits lets the other green threads work, psycopg's queries too.

An entry point calls it before it imports anything else of the project.
"""

import os
import warnings
from typing import TYPE_CHECKING

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet
from eventlet.hubs import get_hub

if TYPE_CHECKING:
    from psycopg.abc import RV, PQGen
    from psycopg.waiting import Wait


def make_green() -> None:
    """Let all that waits in this process wait in eventlet's hub."""
    # psycopg notices gevent alone: without this, one query stops all other green threads (tests/entente/test_green.py).
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
    eventlet.monkey_patch()


def wait_in_the_hub() -> None:
    """Let psycopg wait for an answer as eventlet's own sockets do: a green `select` costs more (ADR 0012).

    For a process that serves; it imports psycopg, which a quick command may not need.
    """
    from psycopg import waiting

    by_select = waiting.wait_select

    def wait(gen: "PQGen[RV]", fileno: int, interval: float = 0.0, timeout: float | None = None) -> "RV":
        if timeout is not None:
            return by_select(gen, fileno, interval, timeout)
        hub, current = get_hub(), eventlet.getcurrent()
        try:
            state = next(gen)
            while state == waiting.WAIT_R:
                listener = hub.add(hub.READ, fileno, current.switch, current.throw, None)
                try:
                    hub.switch()
                finally:
                    hub.remove(listener)
                state = gen.send(waiting.READY_R)
        except StopIteration as end:
            answer: RV = end.value
            return answer
        return by_select(_resumed(state, gen), fileno, interval)

    waiting.wait = wait


def _resumed(state: "Wait", gen: "PQGen[RV]") -> "PQGen[RV]":
    """Give a generator that begins where another one, which waits for `state`, has come to."""
    while True:
        ready = yield state
        try:
            state = gen.send(ready)
        except StopIteration as end:
            answer: RV = end.value
            return answer
