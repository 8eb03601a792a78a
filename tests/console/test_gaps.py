"""What is missing, and what goes beyond the need: never a lack below nothing."""

import re

import pytest
from flask.testing import FlaskClient

from chassis.clock import today
from chassis.identifiers import stable_id
from tests.console.conftest import House

pytestmark = pytest.mark.needs_postgresql

ACTION = str(stable_id("action", "2.1"))
NO_NEED = f"{today():%Y}"


@pytest.fixture(scope="module")
def funder(house: House) -> str:
    """The Région, which pays 7 500 € this year to an action that needed 2 000 € in 2017 and nothing since."""
    axis = {"code": "2", "title": "Qualité de vie"}
    period = {"starts_on": "2017-01-01", "ends_on": "2099-12-31"}
    house.call("PUT", "actions", "/v1/programmes/SUN04", {"title": "SUN", "axes": [axis], "vat_basis": "TTC", **period})
    needs = [{"year": 2017, "nature": "investment", "amount": "2000.00"}]
    sheet = {"programme_code": "SUN04", "axis_code": "2", "code": "2.1", "title": "Télémédecine", "priority": "strong"}
    house.call("PUT", "actions", f"/v1/actions/{ACTION}", {**sheet, "needs": needs})
    house.carry()
    owner, region = (
        str(house.organisation(name, siren)) for name, siren in (("Pays", "200034700"), ("Région", "231300021"))
    )
    tranche = {"amount": "7500.00", "due_on": f"{NO_NEED}-12-31"}
    line = {"organisation_id": region, "action_id": ACTION, "kind": "cash", "nature": "investment", "vat_basis": "TTC"}
    parties = [{"organisation_id": owner, "role": "project_owner"}, {"organisation_id": region, "role": "funder"}]
    terms = {"programme_code": "SUN04", "title": "Une promesse", **period, "parties": parties}
    draft = {**terms, "lines": [{**line, "tranches": [tranche]}]}
    path = f"/v1/conventions/{house.call('POST', 'partners', '/v1/conventions', draft).json()['id']}"
    proposed = house.call("POST", "partners", f"{path}/proposal").json()
    signatory = {"name": "Jeanne Martin", "capacity": "Présidente"}
    paper = {"signed_on": f"{today()}", "signatory": signatory, "level": "paper", "evidence": "Registre, feuillet 14"}
    for party in (owner, region):
        house.call("PUT", "partners", f"{path}/signatures/{party}", paper, **{"If-Match": f'"{proposed["revision"]}"'})
    house.carry()
    return region


@pytest.fixture(scope="module")
def office(house: House, funder: str) -> FlaskClient:
    return house.visitor()


def words_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub("<[^>]*>", " ", answer.text).replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_year_without_need_says_what_goes_beyond_it(office: FlaskClient) -> None:
    for path in ("/financing/?by=year", f"/actions/{ACTION}"):
        page = words_of(office, path)
        assert "\N{MINUS SIGN}" not in page
        assert f"{NO_NEED} 0 0 7 500 0 7 500 au-delà du besoin" in page


def test_the_figure_is_said_aloud_as_what_it_is(office: FlaskClient) -> None:
    page = office.get("/financing/?by=year").text.replace("\N{NO-BREAK SPACE}", " ")

    assert f'data-spoken="{NO_NEED}, Manque : 7 500 € au-delà du besoin"' in page


def test_what_makes_it_begins_with_what_it_is(office: FlaskClient) -> None:
    asked = "/financing/explanation?measure=gap"

    assert "7 500 € sont acquis au-delà du besoin" in words_of(office, f"{asked}&year={NO_NEED}")
    assert "Il manque 2 000 € : le besoin moins ce qui est acquis." in words_of(office, f"{asked}&year=2017")


def test_an_action_that_has_more_than_it_needs_says_so(office: FlaskClient) -> None:
    assert "7 500 € acquis, dont 0 € reçus : 5 500 € au-delà du besoin" in words_of(office, "/actions")


def test_a_departure_foreseen_says_what_went_beyond_the_need(office: FlaskClient, funder: str) -> None:
    page = words_of(office, f"/departures/?organisation={funder}")

    assert f"{NO_NEED} 7 500,00 0,00 7 500,00 au-delà du besoin 0,00" in page
    assert "7 500 € ne sont plus acquis ; il manque alors 2 000 €." in page
