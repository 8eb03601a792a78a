"""A departure foreseen, then carried out: to the cent the same, whatever was promised, paid and ended before."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.database import transaction
from chassis.identifiers import stable_id
from chassis.identity import Role
from chassis.money import VatBasis
from chassis.service import Service
from chassis.testing import deliver, emptied
from chassis.testing_http import ApiClient
from contracts.partners import ContributionKind, ConventionStatus, Nature, PartyRole
from services.budget import queries, use_cases
from services.budget.domain.departure import Departure
from services.budget.domain.payment import Receipt
from services.budget.queries import By, Scope
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import (
    CLOUD,
    COMMUNE,
    DEPARTEMENT,
    FIRST,
    REGION,
    SECOND,
    STRANGER,
    TELEMEDICINE,
    a_convention,
    a_line,
    a_party,
    a_tranche,
    an_amended_convention,
)
from tests.services.budget.given import a_running_programme, said
from tests.services.budget.test_at_once import BY

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("budget")]

LEAVING = date(2018, 3, 31)
IN_FORCE: dict[str, Any] = {"in_force_on": date(2017, 11, 14)}


def foreseen(organisation_id: UUID = REGION, on: date = LEAVING) -> Departure:
    with transaction() as session:
        return queries.departure(session, organisation_id, on=on, programme_code=None, seen_by=None)


def pay(tranche_id: UUID, amount: str) -> None:
    with transaction() as session:
        receipt = Receipt(tranche_id=tranche_id, amount=Decimal(amount), paid_on=date(2017, 12, 5))
        use_cases.record_payment(session, receipt, **BY, today=date(2017, 12, 20))


def by_axis_and_year() -> dict[tuple[str, int], tuple[Decimal, Decimal]]:
    """What is secured and the gap, of each axis in each year."""
    found = {}
    with transaction() as session:
        for year in range(2016, 2022):
            for row in queries.projection(session, By.AXIS, Scope(year=year), seen_by=None).rows:
                found[row.code, year] = (row.secured, row.gap or Decimal(0))
    return found


def test_what_falls_due_from_that_day_on_and_was_not_received_would_be_lost() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention(**IN_FORCE))

    departure = foreseen()

    [row] = departure.rows
    assert (row.axis_code, row.year, row.secured_lost) == ("2", 2018, Decimal("50000.00"))
    assert (departure.total.gap_before, departure.total.gap_after) == (Decimal("120000.00"), Decimal("170000.00"))
    [touched] = departure.conventions
    assert (touched.becomes, touched.own_secured_lost) == (ConventionStatus.TERMINATED, Decimal("50000.00"))


def test_what_was_received_is_not_lost_even_when_due_later() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention(**IN_FORCE))
    pay(FIRST.tranche_id, "12000.00")

    assert foreseen(on=date(2017, 11, 20)).total.secured_lost == Decimal("68000.00")


def test_a_project_owner_that_leaves_ends_what_others_promised() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention(**IN_FORCE))

    [touched] = foreseen(DEPARTEMENT).conventions

    assert (touched.secured_lost, touched.own_secured_lost) == (Decimal("50000.00"), Decimal("0.00"))


def test_nothing_ends_before_the_amendment_in_force() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention(**IN_FORCE))
    deliver(BudgetWorker.record_commitment, an_amended_convention(**IN_FORCE))

    assert foreseen(on=date(2018, 1, 31)).conventions == []
    assert len(foreseen(on=date(2018, 2, 1)).conventions) == 1


@pytest.mark.parametrize("on", [date(2019, 1, 1), date(2017, 11, 1)], ids=["after its end", "before it began"])
def test_a_convention_that_is_not_in_force_on_that_day_stays(on: date) -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention(**IN_FORCE))

    assert (foreseen(on=on).conventions, foreseen(on=on).total.secured_lost) == ([], Decimal(0))


def test_money_that_is_passed_on_counts_at_its_source_alone() -> None:
    a_running_programme()
    handed_on = a_line(
        COMMUNE, (a_tranche("50000.00", name="handed on", due_on=SECOND.due_on),), passes_on_line_id=a_line().line_id
    )
    deliver(
        BudgetWorker.record_commitment,
        a_convention(**IN_FORCE),
        a_convention(
            convention_id=stable_id("convention", "15"), reference="SUN-2017-015", lines=(handed_on,), **IN_FORCE
        ),
    )

    departure = foreseen()

    [row] = departure.rows
    assert (row.secured_before, row.secured_after) == (Decimal("50000.00"), Decimal("0.00"))
    assert (departure.total.secured_before, departure.total.gap_before) == (Decimal("80000.00"), Decimal("120000.00"))
    assert [(each.passed_on, each.secured_lost) for each in departure.beside] == [(True, Decimal("50000.00"))]


def test_nothing_is_written_by_asking() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention(**IN_FORCE))
    before = by_axis_and_year()
    told = said()

    foreseen()

    assert (said(), by_axis_and_year()) == (told, before)


def test_a_partner_asks_about_itself_alone(door: ApiClient) -> None:
    a_running_programme()
    path = f"/v1/departures/{REGION}?on=2018-03-31"

    assert door.as_(Role.PARTNER, REGION).get(path).status_code == 200
    assert door.as_(Role.AUDITOR).get(path).status_code == 200
    assert door.as_(Role.PARTNER, STRANGER).get(path).status_code == 404
    assert door.as_(Role.PROGRAMME_OFFICE).get(f"/v1/departures/{REGION}").status_code == 422


CENTS = st.decimals(Decimal("0.01"), Decimal("90000.00"), places=2)
DAYS = st.dates(date(2017, 11, 15), date(2018, 12, 31))
TRANCHES = st.lists(st.tuples(CENTS, DAYS, st.integers(0, 2)), min_size=1, max_size=3)
CONVENTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(
                [ConventionStatus.IN_FORCE, ConventionStatus.PROPOSED, ConventionStatus.COMPLETED]
            ),
            "funder": st.sampled_from([REGION, COMMUNE]),
            "action": st.sampled_from([TELEMEDICINE, CLOUD]),
            "basis": st.sampled_from([VatBasis.TTC, VatBasis.HT]),
            "kind": st.sampled_from([ContributionKind.CASH, ContributionKind.IN_KIND]),
            "source": st.sampled_from([None, stable_id("line", "source")]),
            "tranches": TRANCHES,
        }
    ),
    min_size=1,
    max_size=4,
)


def one_of(number: int, drawn: dict[str, Any], status: ConventionStatus, **changes: Any) -> Any:
    tranches = tuple(
        a_tranche(f"{amount:.2f}", name=f"{number}/{at}", due_on=due_on)
        for at, (amount, due_on, _) in enumerate(drawn["tranches"])
    )
    line = a_line(
        drawn["funder"],
        tranches,
        line_id=stable_id("line", str(number)),
        action_id=drawn["action"],
        vat_basis=drawn["basis"],
        kind=drawn["kind"],
        nature=Nature.INVESTMENT,
        passes_on_line_id=drawn["source"],
    )
    return a_convention(
        status,
        convention_id=stable_id("convention", str(number)),
        reference=f"SUN-2017-{number:03}",
        lines=(line,),
        parties=(a_party(DEPARTEMENT, PartyRole.PROJECT_OWNER), a_party(drawn["funder"], PartyRole.FUNDER)),
        **IN_FORCE,
        **changes,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=CONVENTIONS, leaver=st.sampled_from([REGION, DEPARTEMENT]), on=DAYS)
def test_a_departure_costs_to_the_cent_what_was_foreseen(
    migrated_budget: Service, drawn: list[dict[str, Any]], leaver: UUID, on: date
) -> None:
    emptied(migrated_budget)
    a_running_programme()
    for number, each in enumerate(drawn):
        deliver(BudgetWorker.record_commitment, one_of(number, each, each["status"]))
        if each["status"] is ConventionStatus.IN_FORCE and each["kind"] is ContributionKind.CASH:
            for at, (amount, _, third) in enumerate(each["tranches"]):
                if paid := (amount * third / 3).quantize(Decimal("0.01")):
                    pay(stable_id("tranche", f"{number}/{at}"), str(paid))
    departure, before = foreseen(leaver, on), by_axis_and_year()

    for touched in departure.conventions:
        number = int(touched.convention.reference[-3:])
        ended = one_of(number, drawn[number], touched.becomes, ended_on=on, sequence=99)
        deliver(BudgetWorker.record_commitment, ended)

    after, rows = by_axis_and_year(), {(row.axis_code, row.year): row for row in departure.rows}
    assert {key for key in after if after[key] != before.get(key)} <= rows.keys()
    for key, row in rows.items():
        assert before[key] == (row.secured_before, row.gap_before)
        assert after[key] == (row.secured_after, row.gap_after)
    with transaction() as session:
        total = queries.projection(session, By.AXIS, Scope(), seen_by=None).total
        assert total
        assert (total.secured, total.gap, total.sought) == (
            departure.total.secured_after,
            departure.total.gap_after,
            departure.total.sought_after,
        )
        assert queries.verify(session) == []
