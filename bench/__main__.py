"""`python -m bench [NAME…]`: measure, print the tables, write the results; 1 when a target is missed."""

import sys
from importlib import import_module

from rich.console import Console

from bench.report import Report

ALL = ("latency", "burst", "doors", "endurance", "workers", "partners")


def main(names: list[str]) -> int:
    """Measure what is named, or everything."""
    console, missed = Console(), []
    for name in names or ALL:
        report: Report = import_module(f"bench.{name}").measure()
        report.write()
        report.show(console)
        missed += [f"{name}: {figure}" for figure, met in report.met.items() if not met]
    for each in missed:
        console.print(f"Missed: {each}", style="red")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
