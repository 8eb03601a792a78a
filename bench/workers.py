"""One and two worker processes of budget on the same burst, and what each program uses of the processors."""

import os
from collections.abc import Callable

from bench import ground
from bench.burst import entente_of, one_round, prepare
from bench.ground import Process, cpu_seconds, pids_of
from bench.report import Figure, Report

ROUNDS, CONVENTIONS = 3, 8_000
SERVERS = {"postgresql": ("postgres",), "rabbitmq": ("beam",)}


def measure() -> Report:
    """Measure both, round by round."""
    rates: dict[str, list[float]] = {"one worker": [], "two workers": []}
    shares: dict[str, list[float]] = {}
    with ground.ground() as here:
        templates = prepare(here, CONVENTIONS)
        for _ in range(ROUNDS):
            for workers, name in enumerate(rates, start=1):
                used: dict[str, float] = {}
                seconds = one_round(here, templates, CONVENTIONS, entente_of(here, workers), _watch(used))
                rates[name].append(CONVENTIONS / seconds)
                for program, spent in used.items():
                    shares.setdefault(f"{name}: {program}", []).append(100 * spent / seconds)
    figures = {name: Figure(found, "/s") for name, found in rates.items()}
    figures |= {name: Figure(found, "% of a core") for name, found in shares.items()}
    return Report(
        "workers",
        "One and two worker processes, and what they saturate",
        figures,
        notes={"conventions": CONVENTIONS, "cores": os.cpu_count()},
    )


def _watch(used: dict[str, float]) -> Callable[[list[Process], float, int], None]:
    """Note the processor time that each program has used since the first look."""
    first: dict[str, float] = {}

    def watch(running: list[Process], *_: float) -> None:
        now: dict[str, float] = {}
        for process in running:
            program = process.name.partition("-")[0]
            now[program] = now.get(program, 0.0) + process.cpu_seconds()
        for server, names in SERVERS.items():
            now[server] = sum(map(cpu_seconds, pids_of(*names)))
        first.update({name: spent for name, spent in now.items() if name not in first})
        used.update({name: max(0.0, spent - first[name]) for name, spent in now.items()})

    return watch
