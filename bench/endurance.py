"""Endurance: 200,000 last signatures at one go: whether the last tenth is as fast as the first, and memory stays."""

import os
from itertools import pairwise

from bench import ground
from bench.burst import entente_of, one_round, prepare
from bench.ground import Process
from bench.report import Figure, Report, Target

SERVERS = {"postgresql": ("postgres",), "rabbitmq": ("beam",)}
"""What else is drawn, by the names of its programs: all of them together, without what they share."""
EVENTS = int(os.environ.get("BENCH_EVENTS", "200000"))
MEGABYTE = 2**20


def measure() -> Report:
    """Measure once: it is long."""
    samples: list[tuple[float, int, dict[str, float]]] = []

    def watch(running: list[Process], seconds: float, done: int) -> None:
        if not samples or seconds - samples[-1][0] >= 1 or done >= EVENTS:
            memory = {process.name.partition("-")[0]: process.memory() / MEGABYTE for process in running}
            for server, programs in SERVERS.items():
                held = sum(ground.resident(pid, shared=False) for pid in ground.pids_of(*programs))
                memory[server] = held / MEGABYTE
            samples.append((seconds, done, memory))

    with ground.ground() as here:
        ground.PATIENCE = 1800
        templates = prepare(here, EVENTS, proposed=0)
        seconds = one_round(here, templates, EVENTS, entente_of(here), watch)
    tenth = EVENTS // 10
    first, last = tenth / _when(samples, tenth), tenth / (seconds - _when(samples, EVENTS - tenth))
    figures = {
        "all": Figure([EVENTS / seconds], "/s"),
        "first tenth": Figure([first], "/s"),
        "last tenth": Figure([last], "/s"),
        "last over first": Figure([100 * last / first], "%"),
    }
    for name in samples[0][2]:
        held = [memory[name] for _, done, memory in samples if done >= tenth]
        figures[f"memory of {name}, growth after the first tenth"] = Figure([held[-1] - held[0]], "MB")
        figures[f"memory of {name}, most"] = Figure([max(held)], "MB")
    return Report(
        "endurance",
        f"{EVENTS} last signatures at one go",
        figures,
        [
            Target("last over first", 90),
            *(
                Target(f"memory of {name}, growth after the first tenth", 16, at_most=True)
                for name in ("budget", "partners")
            ),
        ],
        series={
            "seconds": [round(at, 1) for at, _, _ in samples],
            "projected": [done for _, done, _ in samples],
            "memory_mb": {name: [round(memory[name]) for _, _, memory in samples] for name in samples[0][2]},
        },
    )


def _when(samples: list[tuple[float, int, dict[str, float]]], wanted: int) -> float:
    """Give the second at which so many were projected, between two looks in proportion."""
    for (earlier, less, _), (later, more, _) in pairwise(samples):
        if more >= wanted:
            return earlier + (later - earlier) * (wanted - less) / (more - less)
    return samples[-1][0]
