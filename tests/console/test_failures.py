"""The operators' failures, in front of real services: what is shown, and what each decision does."""

import re

import pytest
from flask.testing import FlaskClient

from chassis.identity import Role
from chassis.subscription import Message, Subscriber
from services.budget.worker import BudgetWorker
from tests.console.conftest import House, send

pytestmark = pytest.mark.needs_postgresql

WHY = "Corrigé chez l’expéditeur."


@pytest.fixture
def failure(house: House, request: pytest.FixtureRequest) -> str:
    """The address of an unreadable message in budget's quarantine."""
    subscription = BudgetWorker.record_commitment.subscription  # type: ignore[attr-defined]
    body = f"{{<script>{request.node.name}".encode()
    Subscriber(house.services["budget"], subscription, print).receive([Message(body, "application/json")])
    shown = house.visitor(Role.OPERATOR).get("/failures/budget/").text
    found = re.search(r'"(/failures/budget/\d+)"', shown)
    assert found is not None
    return found[1]


@pytest.fixture
def operator(house: House) -> FlaskClient:
    return house.visitor(Role.OPERATOR)


def number(failure: str) -> str:
    return failure.rpartition("/")[2]


def followed(client: FlaskClient, address: str, **fields: str) -> str:
    """What the page says after a form was sent."""
    return client.get(send(client, address, **fields).headers["Location"]).text


def test_a_failure_is_grouped_counted_and_shown_whole(operator: FlaskClient, failure: str) -> None:
    groups = operator.get("/failures/").text
    whole = operator.get(failure).text

    assert "budget.record_commitment" in groups
    assert "{&lt;script&gt;test_a_failure_is_grouped" in whole
    assert "Content type" in whole


def test_a_retry_is_kept_with_its_reason_and_refused_while_one_is_pending(operator: FlaskClient, failure: str) -> None:
    first = followed(operator, "/failures/budget/retry", failure=number(failure), reason=WHY)
    second = followed(operator, "/failures/budget/retry", failure=number(failure), reason=WHY)

    assert "Un événement est réessayé maintenant." in first
    assert WHY in first
    assert "déjà réessayé, ou s’est achevé entre-temps" in second


def test_a_group_is_given_up_for_a_reason(operator: FlaskClient, failure: str) -> None:
    page = operator.get("/failures/").text
    group = re.search(r'name="group" value="(budget[^"]+)"', page)
    assert group is not None
    said = followed(operator, "/failures/budget/drop", group=group[1], reason="Message d’essai")

    assert "la raison est conservée" in said
    assert "Message d’essai" in operator.get(failure).text


def test_nothing_is_decided_without_a_reason(operator: FlaskClient, failure: str) -> None:
    said = followed(operator, "/failures/budget/drop", failure=number(failure), reason=" ")

    assert "Dites pourquoi" in said
    assert "en quarantaine" in operator.get(failure).text


def test_nothing_is_decided_by_a_form_from_elsewhere(operator: FlaskClient, failure: str) -> None:
    answer = send(operator, "/failures/budget/drop", failure=number(failure), reason=WHY, csrf="forged")

    assert answer.status_code == 400
    assert "en quarantaine" in operator.get(failure).text


def test_the_programme_office_watches_and_an_operator_decides(house: House, failure: str) -> None:
    office = house.visitor(Role.PROGRAMME_OFFICE)

    assert "Tout réessayer" not in office.get("/failures/").text
    assert "Votre rôle ne le permet pas" in followed(
        office, "/failures/budget/retry", failure=number(failure), reason=WHY
    )


@pytest.mark.parametrize("address", ["/failures/elsewhere/", "/failures/budget/999999999", "/failures/elsewhere/1"])
def test_a_failure_that_is_not_there_has_a_friendly_page(operator: FlaskClient, address: str) -> None:
    assert operator.get(address).status_code == 404
