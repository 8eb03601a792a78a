"""What a measurement says: figures over several rounds, targets, whether they are met, and on which machine."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One quantity, once per round."""

    rounds: Sequence[float]
    unit: str

    @property
    def median(self) -> float:
        """The middle round's figure."""
        return median(self.rounds)

    def as_json(self) -> dict[str, Any]:
        """Give median, spread (least and largest round) and every round."""
        return {
            "median": rounded(self.median),
            "spread": [rounded(min(self.rounds)), rounded(max(self.rounds))],
            "rounds": [rounded(each) for each in self.rounds],
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Target:
    """What a figure's median must reach: at least, or at most."""

    figure: str
    bound: float
    at_most: bool = False

    def met_by(self, figure: Figure) -> bool:
        """Tell whether it does."""
        return figure.median <= self.bound if self.at_most else figure.median >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


@dataclass(frozen=True)
class Report:
    """One file's measurements; `notes` are what a reader needs to read them, `series` what is drawn."""

    name: str
    title: str
    figures: Mapping[str, Figure]
    targets: Sequence[Target] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> dict[str, bool]:
        """Whether each target is met, by the name of its figure."""
        return {target.figure: target.met_by(self.figures[target.figure]) for target in self.targets}

    def write(self) -> None:
        """Write `bench/results/NAME.json`."""
        RESULTS.mkdir(exist_ok=True)
        written = {
            "bench": self.name,
            "title": self.title,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "figures": {name: figure.as_json() for name, figure in self.figures.items()},
            "targets": {target.figure: str(target) for target in self.targets},
            "met": self.met,
            "notes": self.notes,
            "series": self.series,
        }
        (RESULTS / f"{self.name}.json").write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n")

    def show(self, console: Console) -> None:
        """Print the table."""
        table = Table(title=self.title, title_justify="left")
        table.add_column("")
        for heading in ("median", "spread", "target"):
            table.add_column(heading, justify="right")
        table.add_column("met")
        targets, met = {target.figure: target for target in self.targets}, self.met
        for name, figure in self.figures.items():
            spread = f"{rounded(min(figure.rounds)):g} – {rounded(max(figure.rounds)):g}"
            verdict = {True: "yes", False: "NO", None: ""}[met.get(name)]
            target = str(targets[name]) if name in targets else ""
            table.add_row(name, f"{rounded(figure.median):g} {figure.unit}", spread, target, verdict)
        console.print(table)


def rounded(value: float) -> float:
    """Give a value with the digits that mean something."""
    return round(value, 2) if abs(value) < 100 else round(value)


def machine() -> dict[str, Any]:
    """Describe the machine, so that nobody compares figures of two."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "revision": _said("git", "rev-parse", "--short", "HEAD"),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
