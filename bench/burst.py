"""Burst: last signatures wait in the outbox of partners; how many a second reach the projection of budget.

The clock runs from the moment at which the relay finds them (they are committed at once, and it is notified) to the
moment at which the last one's money is secured. Every way runs in the same round, on the same rows, and is given the
same durability: an outbox, persistent messages on a durable queue, confirms, one inbox, a committed transaction before
the acknowledgement.
"""

import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import psycopg

from bench import ground, seed
from bench.ground import Ground, Process, processes, start_service, wait_until
from bench.report import Figure, Report, Target

ROUNDS = 3
CONVENTIONS = 20_000
OF_PEERS = {"nameko": 2_000, "faststream": 4_000, "limit": 20_000}
"""How many of them a slower way is given, so that a round ends; its rate is steady from the first second on."""


def measure() -> Report:
    """Measure every way, round by round."""
    rates: dict[str, list[float]] = {"entente": [], **{name: [] for name in OF_PEERS}}
    with ground.ground() as here:
        templates = prepare(here, CONVENTIONS)
        for _ in range(ROUNDS):
            rates["entente"].append(CONVENTIONS / one_round(here, templates, CONVENTIONS, entente_of(here)))
            for name, count in OF_PEERS.items():
                rates[name].append(count / one_round(here, templates, count, peer_of(here, name)))
    ratios = {
        f"entente over {name}": [mine / theirs for mine, theirs in zip(rates["entente"], rates[name], strict=True)]
        for name in ("nameko", "faststream")
    }
    return Report(
        "burst",
        f"Burst of {CONVENTIONS} last signatures, from the relay's start to the last one projected",
        {
            **{name: Figure(figures, "/s") for name, figures in rates.items()},
            **{name: Figure(figures, "×") for name, figures in ratios.items()},
        },
        [Target("entente", 3000), Target("entente over nameko", 4), Target("entente over faststream", 2)],
        notes={"conventions": {"entente": CONVENTIONS, **OF_PEERS}, "limit": "no framework, no validation, no rules"},
    )


Templates = tuple[str, str]
Starters = Callable[[str, str], list[Callable[[], Process]]]


def prepare(here: Ground, count: int, proposed: int | None = None) -> Templates:
    """Fill the databases of partners and budget once."""
    partners, budget = here.database("partners"), here.database("budget")
    here.service("partners", partners).engine.dispose()
    seed.stage(partners, count)
    service = here.service("budget", budget)
    seed.fill_budget(service, count if proposed is None else proposed)
    service.engine.dispose()
    for database in (partners, budget):
        ground.settle(database)
    return partners, budget


def entente_of(here: Ground, workers: int = 1) -> Starters:
    """Run partners' relay and budget's worker as a deployment does."""

    def starters(partners: str, budget: str) -> list[Callable[[], Process]]:
        consuming: list[Callable[[], Process]]
        consuming = [lambda: start_service(here, "budget", budget, "--only", "worker")] * workers
        return [*consuming, lambda: start_service(here, "partners", partners, "--only", "worker")]

    return starters


def peer_of(here: Ground, name: str) -> Starters:
    """Run a peer's two programs."""

    def start(part: str, partners: str, budget: str) -> Process:
        command = [sys.executable, "-m", f"bench.peers.{name}", part]
        environment = here.environment(budget, BENCH_PARTNERS=ground.address(partners), BENCH_READY=str(here.folder))
        ready = here.folder / f"{name}-{part}.ready"
        ready.unlink(missing_ok=True)
        process = Process(f"{name}-{part}", command, environment, here.folder / f"{name}-{part}.log")
        wait_until(lambda: ready.exists() or not process.running, f"{name} {part} is ready")
        if not process.running:
            raise RuntimeError((here.folder / f"{name}-{part}.log").read_text()[-2000:])
        return process

    def starters(partners: str, budget: str) -> list[Callable[[], Process]]:
        return [lambda: start("consume", partners, budget), lambda: start("publish", partners, budget)]

    return starters


def one_round(
    here: Ground,
    templates: Templates,
    count: int,
    starters: Starters,
    watch: Callable[[list[Process], float, int], None] | None = None,
) -> float:
    """Give the seconds that `count` last signatures take; `watch` is told now and then how far they are."""
    partners, budget = here.database("p", templates[0]), here.database("b", templates[1])
    here.make_exchanges()
    try:
        with processes(*starters(partners, budget)) as running, _watching(budget) as projected:
            begun = _release(partners, count)
            while (done := projected()) < count:
                if watch:
                    watch(running, time.perf_counter() - begun, done)
                if time.perf_counter() - begun > ground.PATIENCE:
                    raise TimeoutError(f"{done} of {count} are projected; see {here.folder}.")
                time.sleep(0.02)
            took = time.perf_counter() - begun
            if watch:
                watch(running, took, done)
            return took
    finally:
        for database in (partners, budget):
            here.drop(database)
        here.clear_broker()
        ground.purge(here.namespace)


def _release(partners: str, count: int) -> float:
    """Commit the last signatures at once, as `announce` would: rows in the outbox, and a notification."""
    with psycopg.connect(ground.address(partners)) as connection:
        connection.execute(f"{seed.RELEASE} LIMIT {count}")
        connection.execute("SELECT pg_notify('outbox', '')")
        begun = time.perf_counter()
        connection.commit()
    return begun


@contextmanager
def _watching(budget: str) -> Any:
    with psycopg.connect(ground.address(budget), autocommit=True) as connection:

        def projected() -> int:
            [row] = connection.execute("SELECT coalesce(sum(secured), 0) FROM cells", prepare=True)
            return int(row[0] / seed.AMOUNT)

        yield projected
