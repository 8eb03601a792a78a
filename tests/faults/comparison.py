"""The same comparison after each fault: what was acknowledged against what every service holds of it."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chassis.service import Service
from entente.demo.checks import ledger_equals_projection
from entente.replay import ended, expected, unsettled
from tests.faults.form import either
from tests.faults.load import Changes
from tests.faults.platform import Platform

CAUGHT_UP_WITHIN = either(60, 300)

IN_FORCE = "SELECT id::text FROM conventions WHERE status = 'in_force'"
ANNOUNCED = "SELECT subject FROM outbox WHERE type = 'partners.convention.entered_into_force.v1'"
BOOKED = """
    SELECT convention_id::text, coalesce(sum(amount) FILTER (WHERE measure = 'secured'), 0) AS secured,
           coalesce(sum(amount) FILTER (WHERE measure = 'sought'), 0) AS sought,
           count(*) FILTER (WHERE measure = 'secured') AS entries
    FROM ledger_entries WHERE convention_id IS NOT NULL GROUP BY convention_id
"""
SEATED = "SELECT because::text || ' ' || organisation_id FROM seats WHERE body = 'steering' AND closed_on IS NULL"
NAMES = "SELECT body::json -> 'data' ->> 'name' FROM outbox WHERE type = 'partners.organisation.changed.v1'"
FAILING = "SELECT count(*) FROM inbox WHERE status IN ('retrying', 'quarantined')"


@dataclass
class Comparison:
    """What was found; empty where everything acknowledged is there once, and everywhere the same."""

    late: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = {name: getattr(self, name) for name in ("late", "lost", "doubled", "different")}
        return "\n".join(f"{len(each)} {name}: {each[:5]}" for name, each in found.items() if each)

    def count(self, what: str, due: Iterable[str], found: Iterable[str]) -> None:
        """Note what is due and is not there once."""
        there = Counter(found)
        for each in due:
            if there[each] != 1:
                (self.doubled if there[each] else self.lost).append(f"{what} {each}: {there[each]} times")


def compare(
    platform: Platform, changes: Changes | None = None, names: Iterable[str] = (), within: float = CAUGHT_UP_WITHIN
) -> Comparison:
    """Wait until these services (all of them, unless said otherwise) caught up, then compare."""
    services = {name: platform.services[name] for name in names or platform.services}
    comparison = Comparison()
    if left := _caught_up(platform, services, within):
        comparison.late.append(left)
    _compare_operations(platform, services, comparison, changes)
    _compare_events(services, comparison)
    if not ledger_equals_projection(services["budget"]):
        comparison.different.append("The projection is not what the ledger adds up to.")
    return comparison


def assert_nothing_lost_nothing_doubled(platform: Platform, changes: Changes | None = None) -> None:
    """Compare everything; what every fault ends with."""
    assert platform.acknowledged or changes, "Nothing was acknowledged: nothing would be compared."
    found = compare(platform, changes)
    assert found == Comparison(), str(found)


def _caught_up(platform: Platform, services: Mapping[str, Service], within: float) -> str:
    until = time.monotonic() + within
    while unsettled(services) or _awaited(services) or any(platform.ask(name, FAILING)[0][0] for name in services):
        if time.monotonic() > until:
            failing = {name: platform.ask(name, FAILING)[0][0] for name in services}
            return f"{_awaited(services)} on their way, failing: {failing}"
        time.sleep(0.1)
    return ""


def _awaited(services: Mapping[str, Service]) -> int:
    """Count what has not ended where it is awaited, one by one: of some services alone, sums would not tell."""
    ends = ended(services)
    return sum(not ends[each.subscription, each.event_id] for each in expected(services))


def _compare_operations(
    platform: Platform, services: Mapping[str, Service], comparison: Comparison, changes: Changes | None
) -> None:
    acknowledged = platform.acknowledged
    comparison.count("convention in force", acknowledged, _column(platform, "partners", IN_FORCE))
    comparison.count("entry into force announced", acknowledged, _column(platform, "partners", ANNOUNCED))
    booked = {row[0]: row[1:] for row in platform.ask("budget", BOOKED)}
    for convention, amount in acknowledged.items():
        _compare_booking(comparison, convention, Decimal(amount), *booked.get(convention, (0, 0, 0)))
    if "actions" in services:
        seats = _column(platform, "actions", SEATED)
        comparison.count("seats of", acknowledged, {seat.partition(" ")[0] for seat in seats})
        comparison.count("seat", set(seats), seats)
    if changes:
        names = [name for given in changes.acknowledged.values() for name in given]
        comparison.count("change to", names, _column(platform, "partners", NAMES))
        comparison.count("name", [given[-1] for given in changes.acknowledged.values() if given], _names_held(platform))


def _compare_booking(
    comparison: Comparison, convention: str, amount: Decimal, secured: Decimal, sought: Decimal, entries: int
) -> None:
    said = f"convention {convention} of {amount}: secured {secured} in {entries} entries, sought {sought}"
    if secured < amount:
        comparison.lost.append(said)
    elif secured != amount or sought or entries != 1:
        comparison.doubled.append(said)


def _compare_events(services: Mapping[str, Service], comparison: Comparison) -> None:
    ends = ended(services)
    for each in expected(services):
        times = ends[each.subscription, each.event_id]
        if times != 1:
            said = f"event {each.event_id} of {each.publisher} ended {times} times at {each.subscription}"
            (comparison.doubled if times else comparison.lost).append(said)


def _names_held(platform: Platform) -> list[str]:
    return _column(platform, "budget", "SELECT name FROM organisations")


def _column(platform: Platform, service: str, question: str) -> list[Any]:
    return [row[0] for row in platform.ask(service, question)]
