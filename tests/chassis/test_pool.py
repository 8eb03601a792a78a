"""Who waits for a connection gets it in turn, and gives up without losing one."""

import threading
import time

import pytest
from sqlalchemy.util.queue import Empty

from chassis.pool import InOrder

pytestmark = pytest.mark.unit


def waiting(queue: InOrder, names: list[str], told: list[str]) -> list[threading.Thread]:
    """Let each wait in a thread, one after the other."""

    def take(name: str) -> None:
        item = queue.get(timeout=10)
        told.append(name)
        queue.put(item)

    threads = [threading.Thread(target=take, args=[name]) for name in names]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        while len(queue._waiting) < number:
            time.sleep(0.001)
    return threads


def test_who_waits_is_served_in_turn() -> None:
    queue, told = InOrder(1), list[str]()
    queue.put("connection")
    held = queue.get()
    threads = waiting(queue, ["first", "second", "third"], told)

    queue.put(held)
    for each in threads:
        each.join()

    assert told == ["first", "second", "third"]
    assert queue.get(block=False) == "connection"


def test_a_newcomer_does_not_overtake() -> None:
    queue, told = InOrder(1), list[str]()
    [thread] = waiting(queue, ["first"], told)

    queue.put("connection")
    thread.join()

    assert told == ["first"]


def test_who_gives_up_leaves_the_connection_to_the_next() -> None:
    queue = InOrder(1)

    with pytest.raises(Empty):
        queue.get(timeout=0.01)
    with pytest.raises(Empty):
        queue.get(block=False)
    queue.put("connection")

    assert queue.get(block=False) == "connection"


def test_who_is_interrupted_leaves_the_connection_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = InOrder(1)

    def interrupted(*_: object) -> None:
        queue.put("connection")
        raise KeyboardInterrupt

    monkeypatch.setattr("chassis.pool._Turn.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        queue.get()

    assert queue.get(block=False) == "connection"
