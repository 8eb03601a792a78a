"""Several at once, in threads, on real PostgreSQL: nothing is lost, doubled or overdrawn."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest

from chassis.database import transaction
from chassis.errors import RuleBroken
from chassis.identifiers import stable_id
from chassis.testing import deliver
from contracts.partners import ConventionState, ConventionStatus, Nature
from services.budget import use_cases
from services.budget.domain.credit import Move
from services.budget.domain.envelope import Estimate
from services.budget.domain.payment import Receipt
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import (
    CLOUD,
    FIRST,
    MANDATE,
    PROGRAMME,
    TELEMEDICINE,
    a_convention,
    a_line,
    a_mandate,
    a_tranche,
    an_action,
)
from tests.services.budget.given import a_running_programme, changes, entries, figures

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("budget", "adds_up")]

TODAY, NOW = date(2017, 12, 20), datetime(2017, 12, 20, 10, tzinfo=UTC)
BY: dict[str, Any] = {"author": "person:1", "at": NOW}


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Do all at the same moment, each in a thread; give how each ended."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        barrier.wait()
        try:
            act()
        except RuleBroken:
            return "refused"
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return sorted(each.result(30) for each in [threads.submit(copy_context().run, run, act) for act in acts])


def paying(amount: str) -> Callable[[], None]:
    def act() -> None:
        with transaction() as session:
            receipt = Receipt(tranche_id=FIRST.tranche_id, amount=Decimal(amount), paid_on=TODAY)
            use_cases.record_payment(session, receipt, **BY, today=TODAY)

    return act


def delivering(*conventions: ConventionState) -> Callable[[], None]:
    return lambda: deliver(BudgetWorker.record_commitment, *conventions)


def test_two_payments_at_once_do_not_exceed_what_is_secured() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())

    ends = at_once(*[paying("20000.00")] * 4)

    assert ends == ["done", "refused", "refused", "refused"]
    assert figures()["2"][3] == "20000"


def test_a_payment_and_a_termination_at_once_agree_on_what_is_left() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    early = a_convention(ConventionStatus.TERMINATED, ended_on=date(2017, 11, 30))

    ends = at_once(paying("20000.00"), delivering(early))

    received = "20000" if "refused" not in ends else "0"
    assert figures()["2"] == ("180000", "0", received, received)


def test_credit_moved_at_once_stays_within_its_mandate() -> None:
    a_running_programme()

    def move() -> None:
        with transaction() as session:
            lines = Move(from_line="A", to_line="B", year=2017, amount=Decimal("30000.00"))
            use_cases.reallocate_credit(
                session, programme_code=PROGRAMME, move=lines, mandate_id=MANDATE, **BY, today=TODAY
            )

    assert at_once(*[move] * 3) == ["done", "refused", "refused"]


def test_credit_committed_at_once_stays_within_what_is_available() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_mandate, a_mandate(ceiling=None))
    with transaction() as session:
        moved = use_cases.reallocate_credit(
            session,
            programme_code=PROGRAMME,
            move=Move(from_line="A", to_line="B", year=2017, amount=Decimal("50000.00")),
            mandate_id=MANDATE,
            **BY,
            today=TODAY,
        )

    def commit(action_id: Any) -> Callable[[], None]:
        def act() -> None:
            with transaction() as session:
                use_cases.commit_credit(
                    session,
                    reallocation_id=moved.id,
                    action_id=action_id,
                    amount=Decimal("20000.00"),
                    nature=Nature.OPERATING,
                    year=None,
                    mandate_id=MANDATE,
                    **BY,
                    today=TODAY,
                )

        return act

    ends = at_once(commit(TELEMEDICINE), commit(CLOUD), commit(TELEMEDICINE), commit(CLOUD))

    assert ends == ["done", "done", "refused", "refused"]
    assert sum(int(row[2]) for row in figures().values()) == 40000


def test_a_mistake_is_taken_back_once_even_by_two_at_once() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    paying("20000.00")()
    [paid] = [entry for entry in entries() if entry.cause == "payment"]

    def mend() -> None:
        with transaction() as session:
            use_cases.reverse_entry(session, paid.id, reason="Saisi deux fois", **BY)

    assert at_once(mend, mend, mend) == ["done", "refused", "refused"]
    assert figures()["2"] == ("180000", "0", "80000", "0")


def test_two_versions_of_an_envelope_at_once_follow_each_other() -> None:
    a_running_programme()
    seen: list[int] = []

    def revise(amount: int) -> Callable[[], None]:
        def act() -> None:
            with transaction() as session:
                estimate = Estimate(amount=Decimal(amount))
                use_cases.revise_envelope(session, (PROGRAMME, "2"), estimate, before_change=seen.append, **BY)

        return act

    assert at_once(*(revise(amount) for amount in (1, 2, 3))) == ["done"] * 3
    assert sorted(seen) == [1, 2]


def conventions(name: str, number: int, actions: tuple[Any, ...]) -> Iterator[ConventionState]:
    for at in range(number):
        line = a_line(action_id=actions[at % len(actions)], tranches=(a_tranche("10.00", name=f"{name} {at}"),))
        yield a_convention(
            convention_id=stable_id("convention", name, str(at)), reference=f"{name}-{at}", lines=(line,)
        )


def test_workers_on_the_same_actions_lose_nothing_and_tell_every_step() -> None:
    a_running_programme()
    both = (TELEMEDICINE, CLOUD)
    batches = [list(conventions(f"W{worker}", 30, both if worker % 2 else both[::-1])) for worker in range(4)]

    at_once(*(delivering(*batch) for batch in batches))

    assert figures() == {"2": ("180000", "0", "600", "0"), "4": ("20000", "0", "600", "0")}
    told = [change for change in changes() if change["action_code"] == "2.1"]
    assert sorted(change["sequence"] for change in told) == list(range(1, 62))
    by_sequence = sorted(told, key=lambda change: int(change["sequence"]))
    assert all(
        before["after"] == after["before"] and before["axis_gap_after"] == after["axis_gap_before"]
        for before, after in pairwise(by_sequence)
    )


def test_the_same_events_at_two_workers_at_once_count_once() -> None:
    a_running_programme()
    same = [delivering(a_convention(status)) for status in (ConventionStatus.PROPOSED, ConventionStatus.IN_FORCE)]

    at_once(*same, *same)

    assert figures()["2"] == ("180000", "0", "80000", "0")


def test_an_action_that_moves_while_its_money_arrives_has_all_of_it_under_one_axis() -> None:
    a_running_programme()
    arriving = [delivering(*conventions(f"W{worker}", 10, (TELEMEDICINE, CLOUD))) for worker in range(2)]

    at_once(
        *arriving,
        lambda: deliver(BudgetWorker.record_need, an_action(axis_code="4", changed=True)),
        lambda: deliver(BudgetWorker.record_need, an_action(CLOUD, axis_code="2", changed=True)),
    )

    assert {code: row[2] for code, row in figures().items()} == {"2": "100", "4": "100"}
