"""The projection made anew from the ledger: each fault found and mended, twice harmless, while others book."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from chassis.database import transaction
from chassis.testing import deliver
from services.budget import queries, use_cases
from services.budget.domain.projection import Cell
from services.budget.domain.reconciliation import Difference
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import CLOUD, TELEMEDICINE, a_convention
from tests.services.budget.given import a_running_programme, changes, figures
from tests.services.budget.test_at_once import at_once, conventions, delivering

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("budget", "adds_up")]

FAULTS = {
    "a cell tampered with": "UPDATE cells SET secured = secured + 10.01 WHERE funder_id IS NOT NULL",
    "a count of entries": "UPDATE cells SET entries = entries + 1",
    "a cell lost": "DELETE FROM cells WHERE funder_id IS NOT NULL",
    "all cells lost": "DELETE FROM cells",
    "a cell that nothing makes": "INSERT INTO cells SELECT programme_code, axis_code, action_id, funder_id, 2031,"
    " nature, kind, vat_basis, need, sought, 7.00, received, entries, passed_on FROM cells LIMIT 1",
    "a cell of an action nobody knows": "INSERT INTO cells SELECT programme_code, axis_code, gen_random_uuid(),"
    " funder_id, year, nature, kind, vat_basis, need, sought, secured, received, entries, passed_on FROM cells LIMIT 1",
    "an axis and a programme nobody knows": "UPDATE cells SET programme_code = 'X', axis_code = 'Y'",
}


def tamper(statement: str) -> None:
    with transaction() as session:
        session.execute(text(statement))


def differences() -> list[Difference]:
    with transaction() as session:
        return queries.cell_differences(session, queries.projected_actions(session))


def switch(found: list[Difference]) -> list[Difference]:
    with transaction() as session:
        return use_cases.rebuild_cells(session, {each.cell.action_id for each in found})


def rebuilt() -> int:
    return len(switch(differences()))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_projection_is_found_and_mended_once(fault: str) -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    before = figures()
    tamper(fault)

    found = differences()

    assert found
    assert len(switch(found)) >= len(found)
    assert (figures(), rebuilt()) == (before, 0)


def test_a_difference_says_what_the_ledger_makes_and_what_was_shown() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    tamper("UPDATE cells SET secured = secured - 0.01 WHERE funder_id IS NOT NULL AND year = 2017")

    [difference] = differences()

    assert difference.cell.action_id == TELEMEDICINE
    assert difference.ledger
    assert difference.projection
    assert (difference.ledger.secured, difference.projection.secured) == (Decimal("30000.00"), Decimal("29999.99"))
    rebuilt()


def test_who_follows_the_figures_is_told_that_they_were_mended() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    told = len(changes())
    tamper("UPDATE cells SET secured = secured + 5 WHERE funder_id IS NOT NULL AND year = 2017")

    rebuilt()

    [mended] = changes()[told:]
    assert (mended["before"]["secured"], mended["after"]["secured"]) == ("80005.00", "80000.00")
    assert mended["because"] == "rebuilt from the ledger"
    assert mended["sequence"] == max(int(each["sequence"]) for each in changes() if each["action_code"] == "2.1")


def test_nothing_booked_meanwhile_is_missed_or_counted_twice() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    both = (TELEMEDICINE, CLOUD)
    batches = [list(conventions(f"W{worker}", 30, both if worker else both[::-1])) for worker in range(2)]
    tamper("UPDATE cells SET secured = secured + 10.01, entries = entries + 3")
    found = differences()

    at_once(*(delivering(*batch) for batch in batches), *[lambda: switch(found)] * 2, *[rebuilt] * 2)

    assert figures() == {"2": ("180000", "0", "80300", "0"), "4": ("20000", "0", "300", "0")}
    assert rebuilt() == 0


def test_what_is_right_is_left_alone_and_nobody_is_told() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    told = len(changes())

    assert rebuilt() == 0
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Cell)) == 4
    assert len(changes()) == told
