"""The event door: real PostgreSQL, messages as the broker brings them, twice and in the wrong order too."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis.database import transaction
from chassis.identifiers import stable_id
from chassis.money import VatBasis
from chassis.service import Service
from chassis.testing import arrivals, deliver
from contracts.actions import Axis
from contracts.partners import ContributionKind, ConventionState, ConventionStatus, Nature, OrganisationChanged
from services.budget import queries
from services.budget.domain.ledger import Measure
from services.budget.domain.partner import Mandate
from services.budget.domain.programme import Axis as KnownAxis
from services.budget.queries import By, Scope
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import (
    CLOUD,
    COMMUNE,
    FIRST,
    OTHER_CONVENTION,
    PARTIES,
    PROGRAMME,
    REGION,
    SECOND,
    TELEMEDICINE,
    a_convention,
    a_line,
    a_mandate,
    a_need,
    a_programme,
    a_tranche,
    an_action,
    an_amended_convention,
    an_organisation,
)
from tests.services.budget.given import a_running_programme, changes, entries, figures, statements

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("budget", "adds_up")]

NEEDS = {"2": ("180000", "0", "0", "0"), "4": ("20000", "0", "0", "0")}


def statuses() -> list[str]:
    with transaction() as session:
        return [f"{arrival.status} {arrival.error_class or ''}".strip() for arrival in arrivals(session)]


def test_an_action_delivered_twice_needs_its_money_once() -> None:
    deliver(BudgetWorker.record_programme, a_programme(), times=2)

    deliver(BudgetWorker.record_need, an_action(), times=2)

    assert figures() == {"2": ("180000", "0", "0", "0")}
    assert len(entries()) == 1


def test_an_action_that_needs_more_adds_the_difference() -> None:
    a_running_programme()

    deliver(BudgetWorker.record_need, an_action(needs=(a_need("200000.00"), a_need("5.00", 2018)), changed=True))

    assert figures()["2"] == ("200005", "0", "0", "0")
    assert [f"{entry.amount}" for entry in entries()[2:]] == ["20000.00", "5.00"]


def test_an_older_sheet_of_an_action_changes_nothing() -> None:
    deliver(BudgetWorker.record_programme, a_programme())
    older, newer = an_action(needs=(a_need("1.00"),)), an_action(changed=True)

    deliver(BudgetWorker.record_need, newer)
    deliver(BudgetWorker.record_need, older)

    assert figures() == {"2": ("180000", "0", "0", "0")}
    assert statuses()[-1] == "superseded"


def test_an_action_of_an_axis_not_known_yet_is_tried_again() -> None:
    deliver(BudgetWorker.record_need, an_action())

    assert statuses() == ["retrying NotYetKnown"]
    assert entries() == []


def test_a_proposed_convention_is_sought_and_one_in_force_is_secured() -> None:
    a_running_programme()

    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.PROPOSED))
    assert figures()["2"] == ("180000", "80000", "0", "0")

    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.IN_FORCE))
    assert figures()["2"] == ("180000", "0", "80000", "0")


@pytest.mark.parametrize("end", [ConventionStatus.REFUSED, ConventionStatus.WITHDRAWN, ConventionStatus.EXPIRED])
def test_a_proposal_that_comes_to_nothing_leaves_nothing(end: ConventionStatus) -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.PROPOSED))

    deliver(BudgetWorker.record_commitment, a_convention(end))

    assert figures() == NEEDS


def test_a_termination_reopens_the_gap_that_the_rest_had_closed() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())

    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.TERMINATED, reason="Retrait"))

    assert figures()["2"] == ("180000", "0", "30000", "0")
    assert [change["after"]["gap"] for change in changes()[-2:]] == ["100000.00", "150000.00"]
    assert entries()[-1].reason == "Retrait"


def test_a_completed_convention_stays_secured_without_a_new_entry() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    before = len(entries())

    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.COMPLETED))

    assert len(entries()) == before


def test_a_convention_delivered_twice_counts_once() -> None:
    a_running_programme()

    deliver(BudgetWorker.record_commitment, a_convention(), times=2)

    assert figures()["2"] == ("180000", "0", "80000", "0")
    assert len(changes()) == 3


HISTORY = (ConventionStatus.PROPOSED, ConventionStatus.IN_FORCE, ConventionStatus.TERMINATED)


@pytest.mark.parametrize("order", list(permutations(HISTORY)), ids="-".join)
def test_the_order_of_a_conventions_events_does_not_matter(order: tuple[ConventionStatus, ...]) -> None:
    a_running_programme()

    for status in order:
        deliver(BudgetWorker.record_commitment, a_convention(status), times=2)

    assert figures()["2"] == ("180000", "0", "30000", "0")


def test_a_whole_history_in_one_batch_ends_as_its_last_event() -> None:
    a_running_programme()

    deliver(BudgetWorker.record_commitment, *(a_convention(status) for status in HISTORY))

    assert figures()["2"] == ("180000", "0", "30000", "0")
    assert statuses().count("superseded") == 2


def test_a_convention_about_an_unknown_action_waits_and_hinders_nobody_of_its_batch() -> None:
    a_running_programme()
    early = a_convention(convention_id=OTHER_CONVENTION, lines=(a_line(action_id=OTHER_CONVENTION),))

    deliver(BudgetWorker.record_commitment, early, a_convention())

    assert figures()["2"] == ("180000", "0", "80000", "0")
    assert statuses()[-2:].count("retrying NotYetKnown") == 1


def many_conventions(number: int, status: ConventionStatus = ConventionStatus.IN_FORCE) -> list[ConventionState]:
    return [
        a_convention(
            status,
            convention_id=stable_id("convention", str(at)),
            reference=f"SUN-2017-{at:03}",
            lines=(a_line(tranches=(a_tranche("100.00", name=f"of {at}"),)),),
        )
        for at in range(number)
    ]


def test_each_event_of_a_batch_is_announced_with_its_own_cause_and_figures() -> None:
    a_running_programme()

    deliver(BudgetWorker.record_commitment, *many_conventions(3))

    told = changes()[2:]
    assert [change["after"]["secured"] for change in told] == ["100.00", "200.00", "300.00"]
    assert [change["axis_gap_after"] for change in told] == ["179900.00", "179800.00", "179700.00"]
    assert [change["sequence"] for change in told] == [2, 3, 4]
    assert len({change["causation_id"] for change in told}) == 3


def test_a_batch_costs_as_many_statements_as_one_event(budget: Service) -> None:
    a_running_programme()

    with statements(budget.engine) as alone:
        deliver(BudgetWorker.record_commitment, *many_conventions(1, ConventionStatus.PROPOSED))
    with statements(budget.engine) as together:
        deliver(BudgetWorker.record_commitment, *many_conventions(40))

    assert len(alone) == len(together) <= 20


def test_an_action_that_changes_axis_takes_its_money_along() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())

    deliver(BudgetWorker.record_need, an_action(axis_code="4", code="4.9", changed=True))

    assert figures() == {"4": ("200000", "0", "80000", "0")}
    assert (changes()[-1]["axis_code"], changes()[-1]["axis_gap_after"]) == ("4", "120000.00")


def test_a_convention_is_settled_under_the_axis_its_action_has_moved_to() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    deliver(BudgetWorker.record_need, an_action(axis_code="4", changed=True))

    deliver(BudgetWorker.record_commitment, a_convention(ConventionStatus.TERMINATED))

    assert figures() == {"4": ("200000", "0", "30000", "0")}


def test_an_amendment_that_moves_money_to_another_action_moves_it_by_difference() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())

    deliver(
        BudgetWorker.record_commitment,
        a_convention(version=2, sequence=9, lines=(a_line(action_id=CLOUD, tranches=(FIRST,)),)),
    )

    assert figures() == {"2": ("180000", "0", "0", "0"), "4": ("20000", "0", "30000", "0")}


@pytest.mark.parametrize("other", [{"kind": ContributionKind.PEOPLE}, {"vat_basis": VatBasis.HT}])
def test_other_kinds_and_another_vat_basis_stand_beside_the_totals(other: dict[str, Any]) -> None:
    a_running_programme()

    deliver(BudgetWorker.record_commitment, a_convention(lines=(a_line(**other),)))

    assert figures() == NEEDS
    with transaction() as session:
        [row, _] = queries.projection(session, By.AXIS, Scope(), seen_by=None).rows
    assert [(beside.secured, beside.kind, beside.vat_basis) for beside in row.beside] == [
        (Decimal("80000.00"), other.get("kind", ContributionKind.CASH), other.get("vat_basis", VatBasis.TTC))
    ]


def test_a_programme_that_changes_its_vat_basis_takes_its_needs_along() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())

    deliver(BudgetWorker.record_programme, a_programme(vat_basis=VatBasis.HT), times=2)

    assert figures() == NEEDS


def test_a_programme_forgets_an_axis_but_not_one_that_an_action_is_under() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_need, an_action(CLOUD, axis_code="2", changed=True))

    deliver(BudgetWorker.record_programme, a_programme(axes=(Axis(code="9", title="Nouvel axe"),)))

    with transaction() as session:
        assert sorted(session.scalars(select(KnownAxis.code))) == ["2", "9"]


def test_an_older_frame_of_a_programme_changes_nothing() -> None:
    older, newer = a_programme(title="Ancien"), a_programme(title="Nouveau")

    deliver(BudgetWorker.record_programme, newer)
    deliver(BudgetWorker.record_programme, older)

    with transaction() as session:
        assert queries.programme_of(session, PROGRAMME).title == "Nouveau"


def test_a_funder_is_shown_by_its_newest_name_whatever_the_order() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    assert figures(By.FUNDER) == {"Région": ("0", "0", "80000", "0")}
    older = an_organisation(REGION)
    newer = OrganisationChanged(organisation_id=REGION, name="Région Sud", sequence=older.sequence + 1)

    deliver(BudgetWorker.record_organisation, newer, times=2)
    deliver(BudgetWorker.record_organisation, older)

    assert figures(By.FUNDER) == {"Région Sud": ("0", "0", "80000", "0")}


def test_a_mandate_recorded_twice_is_one_and_its_newest_text_holds() -> None:
    older = a_mandate(ceiling=Decimal(1))
    newer = a_mandate(sequence=older.sequence + 1)

    deliver(BudgetWorker.record_mandate, newer, times=2)
    deliver(BudgetWorker.record_mandate, older)

    with transaction() as session:
        assert [mandate.ceiling for mandate in session.scalars(select(Mandate))] == [Decimal("50000.00")]


def test_every_entry_names_its_event_its_convention_and_the_mandate_behind_it() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())

    entry = entries()[-1]

    with transaction() as session:
        arrival = next(each for each in arrivals(session) if each.subscription == "budget.record_commitment")
    assert (str(entry.event_id), entry.correlation_id) == (arrival.event_key, arrival.correlation_id)
    assert (entry.convention_reference, entry.convention_status) == ("SUN-2017-014", ConventionStatus.IN_FORCE)
    assert (entry.mandate_number, entry.funder_name, entry.author) == ("2017-118", "Région", "test")


@pytest.mark.parametrize("rewriting", ["UPDATE ledger_entries SET amount = 0", "DELETE FROM ledger_entries"])
def test_the_ledger_is_never_rewritten(budget: Service, rewriting: str) -> None:
    a_running_programme()

    with pytest.raises(IntegrityError, match="append-only"), budget.engine.begin() as connection:
        connection.exec_driver_sql(rewriting)


def test_sums_are_by_year_and_by_nature_of_the_tranche() -> None:
    a_running_programme()

    deliver(BudgetWorker.record_commitment, a_convention(lines=(a_line(nature=Nature.OPERATING),)))

    assert figures(By.YEAR) == {"2017": ("200000", "0", "30000", "0"), "2018": ("0", "0", "50000", "0")}
    assert {entry.nature for entry in entries()[2:]} == {Nature.OPERATING}


def test_two_conventions_add_up() -> None:
    a_running_programme()
    later = a_tranche("7.00", name="other", due_on=date(2019, 1, 1))

    deliver(BudgetWorker.record_commitment, a_convention())
    deliver(
        BudgetWorker.record_commitment,
        a_convention(convention_id=OTHER_CONVENTION, lines=(a_line(COMMUNE, tranches=(later,)),)),
    )

    assert figures(By.FUNDER) == {"Barcelonnette": ("0", "0", "7", "0"), "Région": ("0", "0", "80000", "0")}
    assert figures(By.ACTION, Scope(action_id=TELEMEDICINE)) == {"2.1": ("180000", "0", "80007", "0")}


def test_money_that_is_passed_on_counts_once_and_the_explanation_says_where() -> None:
    a_running_programme()
    source = a_line(REGION, (a_tranche("30000.00"),))
    passed = a_line(
        COMMUNE,
        (a_tranche("30000.00", name="passed on"),),
        passes_on_line_id=source.line_id,
        passes_on_reference="SUN-2017-014",
        passes_on_organisation="Région",
    )
    downstream = a_convention(convention_id=OTHER_CONVENTION, reference="SUN-2017-015", lines=(passed,))

    deliver(BudgetWorker.record_commitment, a_convention(lines=(source,)), downstream, times=2)

    assert figures()["2"] == ("180000", "0", "30000", "0")
    with transaction() as session:
        explained = queries.explanation(session, Scope(), Measure.SECURED, seen_by=None)
        beside = queries.explanation(session, Scope(), Measure.SECURED, passed_on=True, seen_by=None)
        [row, _] = queries.projection(session, By.AXIS, Scope(), seen_by=None).rows
    assert (explained.amount, beside.amount) == (Decimal("30000.00"), Decimal("30000.00"))
    [not_counted] = explained.not_counted
    assert (not_counted.convention_reference, not_counted.funder_name, not_counted.passes_on, not_counted.amount) == (
        "SUN-2017-015",
        "Barcelonnette",
        "SUN-2017-014 (Région)",
        Decimal("30000.00"),
    )
    assert [(each.passed_on, each.secured) for each in row.beside] == [(True, Decimal("30000.00"))]


def test_an_amendment_in_force_moves_the_projection_and_its_entries_name_it() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_commitment, a_convention())
    amended = an_amended_convention(lines=(a_line(tranches=(FIRST, replace(SECOND, amount=Decimal("65000.00")))),))

    deliver(BudgetWorker.record_commitment, amended, times=2)

    assert figures()["2"] == ("180000", "0", "95000", "0")
    [entry] = entries()[-1:]
    assert (entry.amount, entry.because, entry.amendment_number) == (
        Decimal("15000.00"),
        "SUN-2017-014 avenant n° 1",
        1,
    )
    assert changes()[-1]["because"] == "SUN-2017-014 avenant n° 1"


def test_a_party_that_left_sees_its_own_money_alone() -> None:
    a_running_programme()
    left = (replace(PARTIES[0], left_on=date(2018, 2, 1)), *PARTIES[1:])

    deliver(BudgetWorker.record_commitment, a_convention(), an_amended_convention(parties=left))

    with transaction() as session:
        assert session.execute(queries.filtered(Scope(), PARTIES[0].organisation_id, cause="convention")).all() == []
        assert len(session.execute(queries.filtered(Scope(), REGION, cause="convention")).all()) == 2
