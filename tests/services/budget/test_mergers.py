"""A duplicate was merged: its money stands with the survivor's, to the cent, and no entry was rewritten."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from chassis.database import transaction
from chassis.identity import Role
from chassis.testing import deliver
from chassis.testing_http import ApiClient
from contracts.partners import OrganisationMerged
from services.budget.domain.partner import Mandate
from services.budget.queries import By, Scope
from services.budget.worker import BudgetWorker
from tests.services.budget.builders import (
    COMMUNE,
    NAMES,
    REGION,
    a_convention,
    a_mandate,
    an_organisation,
)
from tests.services.budget.given import a_running_programme, ask, entries, figures

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("budget", "adds_up")]


def a_merger(duplicate: UUID, into: UUID, *, sequence: int = 1_000_000) -> OrganisationMerged:
    return OrganisationMerged(
        organisation_id=duplicate,
        name=NAMES[duplicate],
        merged_into_id=into,
        merged_into_name=NAMES[into],
        sequence=sequence,
    )


def given_money_of(*funders: UUID) -> None:
    a_running_programme()
    deliver(BudgetWorker.record_organisation, *map(an_organisation, funders))
    deliver(BudgetWorker.record_commitment, a_convention())


def test_a_merger_delivered_twice_moves_the_money_to_one_row_and_not_a_cent_of_the_totals() -> None:
    given_money_of(REGION, COMMUNE)
    totals, ledger = figures(), [(entry.id, entry.funder_id, entry.amount) for entry in entries()]
    before = figures(By.FUNDER)

    deliver(BudgetWorker.record_organisation, a_merger(REGION, COMMUNE), times=2)

    after = figures(By.FUNDER)
    assert NAMES[REGION] in before
    assert NAMES[REGION] not in after
    assert after[NAMES[COMMUNE]] == before[NAMES[REGION]]
    assert figures() == totals
    assert [(entry.id, entry.funder_id, entry.amount) for entry in entries()] == ledger


def test_a_merger_that_overtakes_the_money_still_shows_it_with_the_survivor() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_organisation, a_merger(REGION, COMMUNE), an_organisation(COMMUNE))

    deliver(BudgetWorker.record_commitment, a_convention())
    deliver(BudgetWorker.record_organisation, an_organisation(REGION))

    assert NAMES[COMMUNE] in figures(By.FUNDER)
    assert NAMES[REGION] not in figures(By.FUNDER)


def test_what_is_asked_about_the_survivor_is_answered_about_both() -> None:
    given_money_of(REGION, COMMUNE)
    about_the_duplicate = figures(scope=Scope(funder_id=REGION))

    deliver(BudgetWorker.record_organisation, a_merger(REGION, COMMUNE))

    assert figures(scope=Scope(funder_id=COMMUNE)) == about_the_duplicate
    assert figures(By.FUNDER, seen_by=COMMUNE)[NAMES[COMMUNE]] == figures(By.FUNDER)[NAMES[COMMUNE]]


def test_the_survivor_sees_what_the_duplicate_saw(opened: ApiClient) -> None:
    given_money_of(REGION, COMMUNE)
    paths = ("/v1/entries", "/v1/tranches", "/v1/payments", "/v1/credits")

    def seen(organisation_id: UUID) -> list[Any]:
        partner = opened.as_(Role.PARTNER, organisation_id)
        return [ask(partner, path)["items"] for path in paths]

    before = seen(REGION)
    deliver(BudgetWorker.record_organisation, a_merger(REGION, COMMUNE))

    assert any(before)
    assert seen(COMMUNE) == before


def test_a_duplicates_mandate_and_credit_are_the_survivors() -> None:
    a_running_programme()
    deliver(BudgetWorker.record_mandate, a_mandate(organisation_id=REGION, organisation_name=NAMES[REGION]))

    deliver(BudgetWorker.record_organisation, a_merger(REGION, COMMUNE), times=2)
    late = a_mandate(organisation_id=REGION, organisation_name=NAMES[REGION], title="Adoption, corrigée")
    deliver(BudgetWorker.record_mandate, late)

    with transaction() as session:
        assert {mandate.organisation_id for mandate in session.scalars(select(Mandate))} == {COMMUNE}
