"""How much one caller may ask: a bucket that refills steadily and holds one minute's worth."""

import threading
import time
from collections import OrderedDict

REMEMBERED_CALLERS = 10_000


class Throttle:
    """One bucket per caller, in this process; the callers seen longest ago are forgotten first."""

    def __init__(self, per_minute: int) -> None:
        self._capacity, self._rate = float(per_minute), per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, caller: str) -> float:
        """Take one request from the caller's bucket; give 0, or the seconds until there is one to take."""
        now = time.monotonic()
        with self._lock:
            left, since = self._buckets.pop(caller, (self._capacity, now))
            left = min(self._capacity, left + (now - since) * self._rate)
            taken = left >= 1
            self._buckets[caller] = (left - 1 if taken else left, now)
            if len(self._buckets) > REMEMBERED_CALLERS:
                self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - left) / self._rate
