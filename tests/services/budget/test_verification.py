"""The check that everything adds up sees whatever does not."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from chassis.clock import now, today
from chassis.database import transaction
from chassis.inbox import Arrival
from chassis.service import Service
from chassis.testing import deliver
from contracts.partners import Nature
from services.budget import queries, use_cases
from services.budget.domain.convention import Tranche
from services.budget.domain.credit import Move, Reallocation
from services.budget.domain.ledger import LedgerEntry, Measure
from services.budget.domain.projection import Cell
from services.budget.use_cases.rows import insert_rows
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import MANDATE, PROGRAMME, TELEMEDICINE, a_convention
from tests.services.budget.given import a_running_programme

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture(autouse=True)
def money_of_every_sort(budget: Service) -> None:
    """A convention is in force, and credit is committed."""
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    facts: dict[str, Any] = {"mandate_id": MANDATE, "author": "person:1", "at": now(), "today": today()}
    with transaction() as session:
        move = Move(from_line="A", to_line="B", year=2017, amount=Decimal("50000.00"))
        credit = use_cases.reallocate_credit(session, programme_code=PROGRAMME, move=move, **facts)
        use_cases.commit_credit(
            session,
            reallocation_id=credit.id,
            action_id=TELEMEDICINE,
            amount=Decimal("10.00"),
            nature=Nature.OPERATING,
            year=None,
            **facts,
        )


def discrepancies() -> str:
    with transaction() as session:
        return " ".join(queries.verify(session))


def test_nothing_is_found_where_everything_adds_up() -> None:
    assert discrepancies() == ""


SPOILING = {
    "its entries make": update(Cell).values(secured=Cell.secured + 1),
    "its entries make nothing": update(Cell).values(year=Cell.year + 100),
    "neither applied nor announced": delete(Arrival).where(Arrival.subscription == "budget.record_commitment"),
    "lacks 1.00 € secured": update(Tranche).values(amount=Tranche.amount + 1),
    "11.00 € committed": update(Reallocation).values(committed=Reallocation.committed + 1),
}


@pytest.mark.parametrize("sentence", SPOILING)
def test_what_was_spoilt_is_found(sentence: str) -> None:
    with transaction() as session:
        session.execute(SPOILING[sentence])

    assert sentence in discrepancies()


def test_a_tranche_that_received_more_than_is_secured_is_found() -> None:
    with transaction() as session:
        of_a_tranche = LedgerEntry.measure == Measure.SECURED, LedgerEntry.tranche_id.is_not(None)
        [secured, *_] = session.scalars(select(LedgerEntry).where(*of_a_tranche))
        row = {column.key: getattr(secured, column.key) for column in LedgerEntry.__table__.columns}
        forged = {**row, "id": MANDATE, "measure": Measure.RECEIVED, "amount": Decimal("90000.00")}
        insert_rows(session, LedgerEntry, [forged])

    assert "received 90000.00" in discrepancies()
