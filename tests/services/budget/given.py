"""What tests bring about through the doors, and what they look at afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import loads
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, event, select

from chassis.database import transaction
from chassis.testing import deliver, history
from chassis.testing_http import ApiClient
from contracts.budget import ProjectionChanged
from services.budget import queries
from services.budget.domain.ledger import LedgerEntry
from services.budget.queries import By, Scope
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import CLOUD, a_mandate, a_need, a_programme, an_action


def a_running_programme() -> None:
    """Two axes with an action each: telemedicine needs 180,000 € in 2017, the cloud 20,000 €."""
    deliver(BudgetWorker.record_programme, a_programme())
    deliver(BudgetWorker.record_mandate, a_mandate())
    deliver(BudgetWorker.record_need, an_action(), an_action(CLOUD, needs=(a_need("20000.00"),)))


def ask(client: ApiClient, path: str, **options: Any) -> Any:
    """Give what the HTTP door answers."""
    return client.get(path, **options).json


def figures(by: By = By.AXIS, scope: Scope | None = None, seen_by: UUID | None = None) -> dict[str, tuple[str, ...]]:
    """Give need, sought, secured and received by the rows' codes; what is zero throughout is left out."""
    with transaction() as session:
        rows = queries.projection(session, by, scope or Scope(), seen_by=seen_by).rows
    shown = {row.label if by is By.FUNDER else row.code: _amounts(row) for row in rows}
    return {code: amounts for code, amounts in shown.items() if any(amount != "0" for amount in amounts)}


def _amounts(row: Any) -> tuple[str, ...]:
    return tuple(f"{amount or 0:.0f}" for amount in (row.need, row.sought, row.secured, row.received))


def entries() -> list[LedgerEntry]:
    """Give the ledger in the order in which it was written."""
    with transaction() as session:
        return list(session.scalars(select(LedgerEntry).order_by(LedgerEntry.recorded_at, LedgerEntry.id)))


def said(*kinds: str) -> list[dict[str, Any]]:
    """Give the state of what was announced, of all or some event types, in order."""
    with transaction() as session:
        return [_state(row) for row in history(session) if not kinds or row.type.split(".", 1)[1] in kinds]


def changes() -> list[dict[str, Any]]:
    """Give what was announced of the projection, in order."""
    return said(ProjectionChanged.type.split(".", 1)[1])


def _state(row: Any) -> dict[str, Any]:
    state: dict[str, Any] = loads(row.body)["data"]
    return {**state, "type": row.type, "sequence": row.sequence, "causation_id": row.causation_id}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Give the list of what is sent to the database while the context is open."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
