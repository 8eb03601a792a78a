"""What must be true once everything has arrived, whatever the story was."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import func, select, text

from chassis import inbox, outbox
from chassis.database import transaction
from chassis.outbox import Outgoing
from chassis.service import Service, serving
from entente.demo.stage import Stage
from entente.replay import ended, expected

DIFFERENCES = text(
    """
    WITH booked AS (
        SELECT programme_code, axis_code, action_id, funder_id, year, nature, kind, vat_basis, passed_on,
               count(*) AS entries,
               coalesce(sum(amount) FILTER (WHERE measure = 'need'), 0) AS need,
               coalesce(sum(amount) FILTER (WHERE measure = 'sought'), 0) AS sought,
               coalesce(sum(amount) FILTER (WHERE measure = 'secured'), 0) AS secured,
               coalesce(sum(amount) FILTER (WHERE measure = 'received'), 0) AS received
        FROM ledger_entries GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9),
    projected AS (
        SELECT programme_code, axis_code, action_id, funder_id, year, nature, kind, vat_basis, passed_on, entries,
               need, sought, secured, received FROM cells)
    SELECT count(*) FROM (
        (SELECT * FROM booked EXCEPT SELECT * FROM projected)
        UNION ALL
        (SELECT * FROM projected EXCEPT SELECT * FROM booked)) AS differing
    """
)


def check(stage: Stage) -> dict[str, bool]:
    """Give every lasting truth by name."""
    services = stage.platform.services
    return {
        "ledger_equals_projection": ledger_equals_projection(services["budget"]),
        "each_event_ended_once_at_each_subscriber": _each_event_ended_once(services),
        "every_secured_euro_explained": _every_secured_euro_explained(stage),
        "budget_finds_no_discrepancy": stage.office.get("budget", "/v1/discrepancies").json["items"] == [],
        "outbox_drained": all(_waiting(service) == 0 for service in services.values()),
        "quarantine_empty": all(_failing(service) == 0 for service in services.values()),
    }


def count_events(services: Mapping[str, Service]) -> int:
    """Count what all services announced."""
    return sum(len(_announced(service)) for service in services.values())


def ledger_equals_projection(budget: Service) -> bool:
    """Tell whether each cell is what its entries add up to."""
    with serving(budget), transaction() as session:
        return session.execute(DIFFERENCES).scalar_one() == 0


def _each_event_ended_once(services: Mapping[str, Service]) -> bool:
    ends = ended(services)
    due = list(expected(services))
    return len(due) > 0 and all(ends[each.subscription, each.event_id] == 1 for each in due)


def _every_secured_euro_explained(stage: Stage) -> bool:
    """The entries behind each axis add up to what it shows, and each names an event that some service announced."""
    announced = set().union(*(_announced(service) for service in stage.platform.services.values()))
    return all(_explained(stage, axis, Decimal(row["secured"]), announced) for axis, row in stage.projection().items())


def _explained(stage: Stage, axis: str, secured: Decimal, announced: set[str]) -> bool:
    asked = {"measure": "secured", "axis": axis, "programme": stage.programme.code}
    entries = stage.all("budget", "/v1/projection/explanation", "entries", **asked)
    adds_up = sum((Decimal(entry["amount"]) for entry in entries), Decimal(0)) == secured
    return adds_up and all(entry["event_id"] in announced for entry in entries)


def _announced(service: Service) -> set[str]:
    with serving(service), transaction() as session:
        return {str(event_id) for event_id in session.scalars(select(Outgoing.event_id))}


def _waiting(service: Service) -> int:
    with serving(service), transaction() as session:
        return outbox.lag(session)[0]


def _failing(service: Service) -> int:
    with serving(service), transaction() as session:
        return sum(inbox.counts(session).values())


def count_rows(service: Service, table: str) -> int:
    """Count the rows of a service's table."""
    with serving(service), transaction() as session:
        return session.execute(select(func.count()).select_from(text(table))).scalar_one()
