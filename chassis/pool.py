"""Connections to the database for whoever waits longest: the pool's own queue lets newcomers overtake those waiting."""

import threading
from collections import deque
from typing import Any

from sqlalchemy.pool import QueuePool
from sqlalchemy.util.queue import Empty, Queue

FOREVER = -1


class _Turn:
    """One that waits, and what it was given."""

    def __init__(self) -> None:
        self._given = threading.Lock()
        self._given.acquire()
        self.item: Any = None

    def give(self, item: Any) -> None:
        self.item = item
        self._given.release()

    def wait(self, seconds: float | None) -> None:
        self._given.acquire(timeout=FOREVER if seconds is None else max(0, seconds))


class InOrder(Queue[Any]):
    """A queue that hands what comes back to the first of those waiting."""

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        super().__init__(maxsize, use_lifo)
        self._waiting: deque[_Turn] = deque()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take an item, in one's turn; raises Empty where none comes in time."""
        with self.mutex:
            if not self._waiting and not self._empty():
                return self._get()
            if not block:
                raise Empty
            turn = _Turn()
            self._waiting.append(turn)
        try:
            turn.wait(timeout)
        except BaseException:
            if not self._gives_up(turn):
                self.put(turn.item, block=False)
            raise
        if self._gives_up(turn):
            raise Empty
        return turn.item

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Give an item to the first who waits, else keep it; raises Full where there is no room for it."""
        with self.mutex:
            if self._waiting:
                self._waiting.popleft().give(item)
                return
        super().put(item, block, timeout)

    def _gives_up(self, turn: _Turn) -> bool:
        """Leave the queue; False where an item was given in the meantime."""
        with self.mutex:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True


class FairPool(QueuePool):
    """A pool of connections in which nobody overtakes: twenty clients on five connections all wait about as long."""

    _queue_class = InOrder
