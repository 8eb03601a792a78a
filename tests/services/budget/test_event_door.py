import pytest

from chassis.testing import deliver
from contracts.partners import ConventionStatus
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import a_convention, a_programme, an_action
from chassis.database import transaction
from sqlalchemy import text

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("budget")]

def test_smoke():
    deliver(BudgetWorker.record_programme, a_programme())
    deliver(BudgetWorker.record_need, an_action())
    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.PROPOSED), times=2)
    deliver(BudgetWorker.record_commitment, a_convention(), times=2)
    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.TERMINATED), times=2)
    with transaction() as s:
        for t in ("inbox","ledger_entries","cells","outbox"):
            print(t)
            for r in s.execute(text(f"select * from {t}")): print(r)
    assert 0
