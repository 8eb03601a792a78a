"""The HTTP door: real PostgreSQL, signed tokens, every answer as its caller gets it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from chassis.clock import today
from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.testing import deliver, history
from chassis.testing_http import ApiClient
from contracts.partners import ConventionTerminated
from services.actions.worker import ActionsWorker
from tests.services.actions.builders import (
    CLOUD,
    COMMUNE,
    DEPARTEMENT,
    REGION,
    TELEMEDICINE,
    a_charter_signature,
    a_charter_withdrawal,
    a_convention,
)

pytestmark = pytest.mark.needs_postgresql

FRAME: dict[str, Any] = {
    "title": "Schéma départemental des usages numériques",
    "starts_on": "2017-01-01",
    "ends_on": "2020-12-31",
    "vat_basis": "TTC",
    "axes": [{"code": "2", "title": "Qualité de vie"}, {"code": "4", "title": "Socle accélérateur"}],
}
SHEET: dict[str, Any] = {
    "programme_code": "SUN04",
    "axis_code": "2",
    "code": "2.1",
    "title": "Télémédecine en vallée de l’Ubaye",
    "summary": "Deux cabines et leur animation.",
    "priority": "strong",
    "lead_organisation_id": str(DEPARTEMENT),
    "closed": False,
    "illustrative": True,
    "needs": [
        {"year": 2017, "nature": "investment", "amount": "120000.00"},
        {"year": 2018, "nature": "operating", "amount": "60000.00"},
    ],
}


@pytest.fixture
def office(door: ApiClient) -> ApiClient:
    client = door.as_(Role.PROGRAMME_OFFICE)
    assert client.put("/v1/programmes/SUN04", json=FRAME).status_code == 200
    return client


def plan(office: ApiClient, action_id: UUID = TELEMEDICINE, **changes: Any) -> Any:
    return office.put(f"/v1/actions/{action_id}", json={**SHEET, **changes})


def told(answer: TestResponse) -> Any:
    return answer.json


def said() -> list[tuple[str, int]]:
    with transaction() as session:
        return [(event.type, event.sequence) for event in history(session)]


def test_a_defined_programme_is_shown_as_it_was_written(office: ApiClient) -> None:
    shown = office.get("/v1/programmes/SUN04")

    assert told(shown) == {"code": "SUN04", **FRAME}
    assert shown.headers["ETag"] == '"1"'
    assert said() == [("actions.programme.defined.v1", 1)]


def test_a_programme_said_again_changes_nothing(office: ApiClient) -> None:
    again = office.put("/v1/programmes/SUN04", json=FRAME)

    assert (again.status_code, again.headers["ETag"]) == (200, '"1"')
    assert said() == [("actions.programme.defined.v1", 1)]


def test_a_programme_is_changed_only_by_who_names_its_version(office: ApiClient) -> None:
    changed = {**FRAME, "title": "Renommé"}

    unnamed = office.put("/v1/programmes/SUN04", json=changed)
    stale = office.put("/v1/programmes/SUN04", json=changed, if_match=7)
    named = office.put("/v1/programmes/SUN04", json=changed, if_match=1)

    assert [unnamed.status_code, stale.status_code, named.status_code] == [428, 412, 200]
    assert (told(named)["title"], named.headers["ETag"]) == ("Renommé", '"2"')
    assert said() == [("actions.programme.defined.v1", 1), ("actions.programme.defined.v1", 2)]


def test_axes_are_replaced_as_a_whole(office: ApiClient) -> None:
    axes = [{"code": "4", "title": "Socle"}, {"code": "1", "title": "Administrations"}]

    office.put("/v1/programmes/SUN04", json={**FRAME, "axes": axes}, if_match=1)

    assert told(office.get("/v1/programmes/SUN04"))["axes"] == axes


def test_an_axis_with_actions_cannot_be_taken_away(office: ApiClient) -> None:
    plan(office)

    refused = office.put("/v1/programmes/SUN04", json={**FRAME, "axes": FRAME["axes"][1:]}, if_match=1)

    assert (refused.status_code, told(refused)["title"]) == (409, "A rule forbids this")
    assert told(office.get("/v1/programmes/SUN04"))["axes"] == FRAME["axes"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"axes": []}, "/axes"),
        ({"axes": [{"code": "2", "title": "A"}, {"code": "2", "title": "B"}]}, "/axes"),
        ({"ends_on": "2016-12-31"}, "/ends_on"),
        ({"vat_basis": "VAT"}, "/vat_basis"),
        ({"axes": [{"code": "é!", "title": "A"}]}, "/axes/0/code"),
    ],
)
def test_a_crooked_programme_is_refused_at_the_field(door: ApiClient, wrong: dict[str, Any], pointer: str) -> None:
    refused = door.as_(Role.PROGRAMME_OFFICE).put("/v1/programmes/SUN04", json={**FRAME, **wrong})

    assert refused.status_code == 422
    assert pointer in [error["pointer"] for error in told(refused)["errors"]]


def test_a_planned_action_is_shown_as_it_was_written(office: ApiClient) -> None:
    planned = plan(office)

    assert (planned.status_code, planned.headers["ETag"]) == (200, '"1"')
    assert told(office.get(f"/v1/actions/{TELEMEDICINE}")) == {"id": str(TELEMEDICINE), **SHEET}
    assert said()[-1] == ("actions.action.planned.v1", 1)


def test_an_action_said_again_changes_nothing(office: ApiClient) -> None:
    plan(office)

    again = plan(office, needs=list(reversed(SHEET["needs"])))

    assert (again.status_code, again.headers["ETag"]) == (200, '"1"')
    assert len(said()) == 2


def test_an_action_is_changed_only_by_who_names_its_version(office: ApiClient) -> None:
    plan(office)

    unnamed = plan(office, priority="low")
    stale = office.put(f"/v1/actions/{TELEMEDICINE}", json={**SHEET, "priority": "low"}, if_match=9)
    named = office.put(f"/v1/actions/{TELEMEDICINE}", json={**SHEET, "priority": "low"}, if_match=1)

    assert [unnamed.status_code, stale.status_code, named.status_code] == [428, 412, 200]
    assert said()[-1] == ("actions.action.changed.v1", 2)


def test_a_changed_need_is_announced_with_all_the_others(office: ApiClient) -> None:
    plan(office)
    needs = [SHEET["needs"][0], {"year": 2018, "nature": "operating", "amount": "75000.5"}]

    office.put(f"/v1/actions/{TELEMEDICINE}", json={**SHEET, "needs": needs}, if_match=1)

    shown = told(office.get(f"/v1/actions/{TELEMEDICINE}"))
    assert [need["amount"] for need in shown["needs"]] == ["120000.00", "75000.50"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"axis_code": "9"}, "/axis_code"),
        ({"programme_code": "SUN05"}, "/programme_code"),
        ({"needs": [{"year": 2031, "nature": "investment", "amount": "1.00"}]}, "/needs/0/year"),
        ({"needs": [{"year": 2017, "nature": "investment", "amount": 1.5}]}, "/needs/0/amount"),
        ({"needs": [{"year": 2017, "nature": "investment", "amount": "-1.00"}]}, "/needs/0/amount"),
        ({"needs": [{"year": 2017, "nature": "investment", "amount": "1.00"}] * 2}, "/needs"),
        ({"title": ""}, "/title"),
    ],
)
def test_a_crooked_sheet_is_refused_at_the_field(office: ApiClient, wrong: dict[str, Any], pointer: str) -> None:
    refused = plan(office, **wrong)

    assert refused.status_code == 422
    assert pointer in [error["pointer"] for error in told(refused)["errors"]]
    assert len(said()) == 1


def test_two_actions_cannot_have_the_same_code(office: ApiClient) -> None:
    plan(office)

    refused = plan(office, CLOUD)

    assert refused.status_code == 409
    assert "2.1" in told(refused)["detail"]


def test_actions_are_listed_as_people_count_them_page_by_page(office: ApiClient) -> None:
    for code in ("2.10", "2.9", "2.1"):
        plan(office, new_id(), code=code)

    first = told(office.get("/v1/actions?limit=2"))
    rest = told(office.get(f"/v1/actions?limit=2&cursor={first['next']}"))

    assert [action["code"] for action in first["items"] + rest["items"]] == ["2.1", "2.9", "2.10"]
    assert rest["next"] is None


def test_actions_are_listed_by_axis(office: ApiClient) -> None:
    plan(office)
    plan(office, CLOUD, code="4.1", axis_code="4")

    listed = told(office.get("/v1/actions?programme=SUN04&axis=4"))

    assert [action["code"] for action in listed["items"]] == ["4.1"]


def test_of_many_changes_of_one_version_one_wins(office: ApiClient) -> None:
    plan(office)

    def change(title: str) -> int:
        answer = office.put(f"/v1/actions/{TELEMEDICINE}", json={**SHEET, "title": title}, if_match=1)
        return answer.status_code

    with ThreadPoolExecutor(6) as callers:
        statuses = sorted(callers.map(change, "ABCDEF"))

    assert statuses == [200, *[412] * 5]
    assert said()[1:] == [("actions.action.planned.v1", 1), ("actions.action.changed.v1", 2)]


def test_of_many_first_sheets_one_is_planned(office: ApiClient) -> None:
    with ThreadPoolExecutor(6) as callers:
        answers = callers.map(lambda title: plan(office, title=title).status_code, "ABCDEF")

    assert sorted(answers) == [200, *[428] * 5]


@pytest.mark.parametrize("path", ["/v1/programmes/SUN99", f"/v1/actions/{CLOUD}"])
def test_what_is_not_there_is_not_found(office: ApiClient, path: str) -> None:
    assert office.get(path).status_code == 404


def codes_and_names(seats: Any) -> list[tuple[str | None, str]]:
    return sorted((seat["action_code"], seat["organisation_name"]) for seat in seats["items"])


def test_seats_are_found_by_body_action_organisation_and_status(office: ApiClient) -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION), a_charter_withdrawal(COMMUNE))
    deliver(ActionsWorker.seat_parties, a_convention(actions=(TELEMEDICINE, CLOUD)))

    assert len(told(office.get("/v1/seats?body=consultation"))["items"]) == 2
    assert codes_and_names(told(office.get("/v1/seats?status=closed"))) == [(None, "Barcelonnette")]
    assert codes_and_names(told(office.get(f"/v1/seats?action_id={CLOUD}&organisation_id={REGION}"))) == [
        ("4.1", "Région")
    ]
    assert len(told(office.get("/v1/seats?status=open&programme=SUN04"))["items"]) == 5


def test_a_seat_that_ends_later_is_still_held_today(office: ApiClient) -> None:
    deliver(ActionsWorker.seat_parties, a_convention(ConventionTerminated, ended_on=today() + timedelta(days=1)))

    assert len(told(office.get("/v1/seats?status=open"))["items"]) == 2
    assert told(office.get("/v1/seats?status=closed"))["items"] == []


def test_a_seat_that_ends_today_is_held_no_longer(office: ApiClient) -> None:
    deliver(ActionsWorker.seat_parties, a_convention(ConventionTerminated, ended_on=today()))

    assert told(office.get("/v1/seats?status=open"))["items"] == []


def test_a_partner_sees_the_whole_programme(door: ApiClient, office: ApiClient) -> None:
    plan(office)
    partner = door.as_(Role.PARTNER, COMMUNE)

    assert partner.get("/v1/programmes/SUN04").status_code == 200
    assert [action["code"] for action in told(partner.get("/v1/actions"))["items"]] == ["2.1"]


def test_a_partner_sees_its_own_seats_and_those_beside_them(door: ApiClient) -> None:
    deliver(ActionsWorker.seat_parties, a_convention(actions=(TELEMEDICINE,), parties=(DEPARTEMENT, REGION)))
    elsewhere = a_convention(convention_id=new_id(), actions=(CLOUD,), parties=(DEPARTEMENT, COMMUNE))
    deliver(ActionsWorker.seat_parties, elsewhere)

    seen = told(door.as_(Role.PARTNER, REGION).get("/v1/seats"))

    assert codes_and_names(seen) == [("2.1", "Département"), ("2.1", "Région")]


def test_a_partner_that_left_a_body_sees_only_its_own_past_seat(door: ApiClient) -> None:
    ended = a_convention(ConventionTerminated, ended_on=date(2018, 3, 31), parties=(DEPARTEMENT, REGION))
    deliver(ActionsWorker.seat_parties, ended)

    assert codes_and_names(told(door.as_(Role.PARTNER, REGION).get("/v1/seats"))) == [("2.1", "Région")]


def test_a_partner_without_a_seat_sees_none(door: ApiClient) -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION))

    assert told(door.as_(Role.PARTNER, COMMUNE).get("/v1/seats"))["items"] == []


def test_a_partner_token_without_organisation_sees_no_seat(door: ApiClient) -> None:
    assert door.as_(Role.PARTNER).get("/v1/seats").status_code == 403
