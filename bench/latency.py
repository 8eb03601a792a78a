"""Idle latency: one last signature at a time, from its commit to the projection that shows its money.

Committed as `announce` does, in the outbox of partners with a notification. Both moments are the database server's: the
last statement before the commit, and the first look, one each millisecond, that finds the money.
"""

import random
import time
from datetime import datetime
from typing import Any

import psycopg

from bench import ground, seed
from bench.burst import Templates, entente_of, prepare
from bench.ground import Ground, processes
from bench.report import Figure, Report, Target

ROUNDS, SIGNATURES, WARMING = 3, 200, 20
BETWEEN = 0.05
"""Seconds at least between two, so that everything is idle again."""
LOOK_EVERY = 0.001


def measure() -> Report:
    """Measure every round on the same databases, cloned."""
    rounds = []
    with ground.ground() as here:
        templates = prepare(here, SIGNATURES + WARMING)
        for _ in range(ROUNDS):
            rounds.append(one_round(here, templates))
    figures = {f"p{part}": Figure([percentile(each, part) for each in rounds], "ms") for part in (50, 90, 99)}
    return Report(
        "latency",
        "Idle latency from a last signature's commit to the visible projection",
        figures,
        [Target("p50", 15, at_most=True), Target("p99", 60, at_most=True)],
        notes={"signatures": SIGNATURES, "looked_at_every_ms": 1000 * LOOK_EVERY},
        series={"milliseconds": [round(each, 1) for found in rounds for each in sorted(found)]},
    )


def one_round(here: Ground, templates: Templates) -> list[float]:
    """Give the milliseconds of each signature but the first ones."""
    partners, budget = here.database("p", templates[0]), here.database("b", templates[1])
    here.make_exchanges()
    try:
        with (
            processes(*entente_of(here)(partners, budget)),
            psycopg.connect(ground.address(partners)) as signing,
            psycopg.connect(ground.address(budget), autocommit=True) as looking,
        ):
            found = [_once(signing, looking, number) for number in range(SIGNATURES + WARMING)]
            return found[WARMING:]
    finally:
        here.drop(partners)
        here.drop(budget)
        here.clear_broker()


def _once(signing: psycopg.Connection[Any], looking: psycopg.Connection[Any], number: int) -> float:
    time.sleep(BETWEEN + random.random() * BETWEEN)
    subject = str(seed.convention_id(number))
    signing.execute(f"{seed.RELEASE} WHERE subject = %s", [subject])
    signing.execute("SELECT pg_notify('outbox', '')")
    committed_at: datetime = signing.execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]
    signing.commit()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        row = looking.execute(_SHOWS, [subject], prepare=True).fetchone()
        if row:
            milliseconds: float = (row[0] - committed_at).total_seconds() * 1000
            return milliseconds
        time.sleep(LOOK_EVERY)
    raise TimeoutError(f"The money of signature {number} does not show.")


_SHOWS = "SELECT clock_timestamp() FROM ledger_entries WHERE convention_id = %s AND measure = 'secured'"


def percentile(values: list[float], part: int) -> float:
    """Give the value that `part` of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]
