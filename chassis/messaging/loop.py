"""Work that outlives its connections: what breaks is begun again, soon at first, then at longer intervals."""

import time
from abc import ABC, abstractmethod
from typing import ClassVar

import structlog

from chassis.service import Service

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two beginnings; the pause doubles from the first to the longest."""
STEADY = 10.0
"""Seconds of work after which the next break is the first one again."""

log = structlog.get_logger(__name__)


def longer(pause: float) -> float:
    """Give the pause that follows on `pause`."""
    return min(2 * pause, LONGEST_PAUSE)


class Loop(ABC):
    """Does its work on connections of its own until `stop`."""

    name: ClassVar[str]
    """What breaks, in the log."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.connected = False
        self._stopping = False

    def run(self) -> None:
        """Work until `stop`; a lost broker or database is waited for, and what was in hand comes again."""
        pause = FIRST_PAUSE
        while not self._stopping:
            began = time.monotonic()
            try:
                self._work()
            except Exception as error:  # whatever happened, the answer is to begin again
                if time.monotonic() - began > STEADY:
                    pause = FIRST_PAUSE
                self._say(f"{self.name}.disconnected", error, f"connects again in {pause:g} s; nothing is lost")
                self._pause(pause)
                pause = longer(pause)
            finally:
                self.connected = False

    def stop(self) -> None:
        """Take up nothing more; `run` comes back when what is in hand is finished."""
        self._stopping = True

    @abstractmethod
    def _work(self) -> None:
        """Connect, set `connected`, and work until `_stopping`."""

    def _say(self, what: str, error: Exception, then: str) -> None:
        said = (str(error) or type(error).__name__).partition("\n")[0]
        log.warning(what, service=self.service.name, error=said, then=then)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)
