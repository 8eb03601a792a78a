"""Starts the program's processes: as an operator does, or copied from one that imported everything (`run_nursery`).

An import takes seconds of processor time, a copy hundredths: the short form starts dozens of processes.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.system.program import ROOT


class Process(Protocol):
    """What is asked of a process; the standard library's has it."""

    pid: int

    def poll(self) -> int | None:
        """Give its exit code, less than 0 for a signal; None while it lives."""


class Nursery(Protocol):
    """Starts processes."""

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path, variant: str = "") -> Process:
        """Start `entente` with these words, or a broken variant of it (`run_variant`)."""

    def close(self) -> None:
        """Kill what still runs."""


class PlainNursery:
    """Starts each process as an operator does."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path, variant: str = "") -> Process:
        """Start a Python of its own."""
        program = ["-m", "tests.faults.run_variant", variant] if variant else ["-m", "entente"]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, *program, *words], stdout=output, stderr=output, cwd=ROOT, env=dict(environment)
            )
        self._started.append(process)
        return process

    def close(self) -> None:
        """Kill what still runs."""
        for process in self._started:
            process.kill()
            process.wait()


class QuickNursery:
    """Asks one process, which imported everything and read nothing, for copies of itself."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.run_nursery"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path, variant: str = "") -> Process:
        """Start a copy."""
        asked = {"words": list(words), "environment": dict(environment), "log": str(log), "variant": variant}
        return Copy(self, self.ask(asked))

    def close(self) -> None:
        """Kill what still runs: the nursery does when nobody speaks to it any more."""
        self._process.communicate()

    def ask(self, asked: Mapping[str, Any]) -> Any:
        """Ask the nursery; give its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Copy:
    """A process that the nursery started."""

    def __init__(self, nursery: QuickNursery, pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self._ended: int | None = None

    def poll(self) -> int | None:
        """Give its exit code, or None while it lives."""
        if self._ended is None:
            self._ended = self._nursery.ask({"ended": self.pid})
        return self._ended
