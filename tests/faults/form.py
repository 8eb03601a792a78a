"""The two forms of each fault: seconds and few signatures, or with ENTENTE_FAULTS=long minutes and full counts."""

import os
import time
from collections.abc import Callable

LONG = os.environ.get("ENTENTE_FAULTS") == "long"
WITHIN = 90.0


def either(short: int, long: int) -> int:
    """Give a count or a time by the form that runs."""
    return long if LONG else short


def until(true: Callable[[], object], within: float = WITHIN) -> None:
    """Wait until something is true."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.05)


def last_for(seconds: float) -> None:
    """Let a harm last: how long it lasts is what it is."""
    time.sleep(seconds)
