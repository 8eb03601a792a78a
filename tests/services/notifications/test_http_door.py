"""The HTTP door: recipients are their organisation's own, deliveries are a log that partner and operator share."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.service import current
from chassis.testing_http import ApiClient, strangers_are_refused, walk_rights
from contracts.notifications import Channel
from services.notifications.domain.delivery import Delivery
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.secret import Vault
from services.notifications.domain.stakeholder import Stakeholder
from services.notifications.worker import NotificationsWorker
from tests.services.notifications.builders import (
    DEPARTEMENT,
    OFFICE,
    REGION,
    given_a_stakeholder,
    given_an_endpoint,
    in_force,
    tell,
)
from tests.services.notifications.conftest import Later
from tests.services.notifications.outside import MailServer, Receiver

pytestmark = pytest.mark.needs_postgresql

PERSON = {"name": "Camille Roux", "email": "camille@region.example"}
HOOK = {"url": "https://si.region.example/entente", "description": "Système de la Région", "events": ["*"]}


def office(door: ApiClient) -> Any:
    return door.as_(Role.PROGRAMME_OFFICE)


def region(door: ApiClient) -> Any:
    return door.as_(Role.PARTNER, REGION)


def operator(door: ApiClient) -> Any:
    return door.as_(Role.OPERATOR)


def the_delivery(channel: Channel) -> UUID:
    with transaction() as session:
        return session.scalars(select(Delivery.id).where(Delivery.channel == channel)).one()


def test_a_partner_adds_a_person_of_its_own_and_changes_it(door: ApiClient) -> None:
    added = region(door).post("/v1/stakeholders", json=PERSON)
    assert (added.status_code, added.json["organisation_id"], added.json["language"]) == (201, str(REGION), "fr")

    path = f"/v1/stakeholders/{added.json['id']}"
    changed = region(door).put(path, json={**PERSON, "language": "en"}, if_match=1)

    assert (changed.status_code, changed.json["language"], changed.headers["ETag"]) == (200, "en", '"2"')
    assert region(door).put(path, json=PERSON, if_match=1).status_code == 412
    assert region(door).put(path, json=PERSON).status_code == 428


def test_a_partner_adds_nobody_for_another_organisation(door: ApiClient) -> None:
    answer = region(door).post("/v1/stakeholders", json={**PERSON, "organisation_id": str(DEPARTEMENT)})

    assert answer.status_code == 404


def test_the_same_person_is_added_once_to_an_organisation(door: ApiClient) -> None:
    office(door).post("/v1/stakeholders", json=PERSON)

    again = office(door).post("/v1/stakeholders", json={**PERSON, "email": "CAMILLE@region.example"})

    assert again.status_code == 409
    assert "already" in again.json["detail"]


@pytest.mark.parametrize(
    "change",
    [
        {"email": "nobody"},
        {"email": "camille@region.example\r\nBcc: all@example.org"},
        {"email": "zoé@region.example"},
        {"name": "Camille\r\nBcc: all@example.org"},
        {"name": ""},
        {"topics": ["everything"]},
        {"language": "de"},
    ],
)
def test_a_crooked_person_is_refused_with_its_field(door: ApiClient, change: dict[str, Any]) -> None:
    answer = office(door).post("/v1/stakeholders", json={**PERSON, **change})

    assert answer.status_code == 422
    assert f"/{next(iter(change))}" in str(answer.json["errors"])


def test_lists_show_a_partner_its_own_and_the_office_all(door: ApiClient) -> None:
    given_a_stakeholder(REGION)
    given_a_stakeholder(DEPARTEMENT)

    assert len(office(door).get("/v1/stakeholders").json["items"]) == 2
    assert len(region(door).get("/v1/stakeholders").json["items"]) == 1
    assert len(office(door).get(f"/v1/stakeholders?organisation_id={REGION}").json["items"]) == 1


def test_a_removed_person_is_gone(door: ApiClient) -> None:
    path = f"/v1/stakeholders/{given_a_stakeholder().id}"

    assert region(door).delete(path).status_code == 204
    assert region(door).get(path).status_code == 404


def test_a_secret_is_shown_once_and_sealed_at_rest(door: ApiClient) -> None:
    added = region(door).post("/v1/endpoints", json=HOOK)
    shown = region(door).get(f"/v1/endpoints/{added.json['id']}")

    assert added.status_code == 201
    assert added.json["secret"].startswith("whsec_")
    assert "secret" not in shown.get_data(as_text=True)
    with transaction() as session:
        sealed = session.scalars(select(Endpoint.sealed_secret)).one()
    assert Vault(current().settings.encryption_key).unseal(sealed) == added.json["secret"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "ftp://a.example/"}, "/url"),
        ({"events": ["partners.convention.ended.v1"]}, "/events/0"),
        ({"events": []}, "/events"),
    ],
)
def test_a_crooked_endpoint_is_refused_with_its_field(door: ApiClient, change: dict[str, Any], pointer: str) -> None:
    answer = office(door).post("/v1/endpoints", json={**HOOK, **change})

    assert answer.status_code == 422
    assert pointer in str(answer.json["errors"])


def test_a_switched_off_endpoint_is_changed_and_tested_again(door: ApiClient, receiver: Receiver) -> None:
    endpoint, _ = given_an_endpoint(receiver.url)
    path = f"/v1/endpoints/{endpoint.id}"
    hook = {**HOOK, "url": receiver.url}

    assert region(door).put(path, json={**hook, "active": False}, if_match=1).json["active"] is False
    assert region(door).post(f"{path}/test").status_code == 409
    region(door).put(path, json={**hook, "active": True}, if_match=2)
    tested = region(door).post(f"{path}/test")
    NotificationsWorker.send_webhooks(None)  # type: ignore[arg-type]

    shown = region(door).get(f"/v1/deliveries/{tested.json['id']}").json
    assert (tested.status_code, shown["status"], shown["event_type"]) == (
        202,
        "accepted",
        "notifications.endpoint.tested.v1",
    )
    assert len(receiver.got) == 1


def test_a_delivery_is_shown_with_its_attempts(door: ApiClient, mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder()
    tell(in_force())
    later()
    NotificationsWorker.send_emails(None)  # type: ignore[arg-type]

    (item,) = region(door).get("/v1/deliveries?channel=email&status=accepted").json["items"]
    shown = region(door).get(f"/v1/deliveries/{item['id']}").json

    assert (shown["about"], shown["answer"], shown["attempts"]) == ("SUN-2017-014", "250 2.0.0 OK", 1)
    assert [each["verdict"] for each in shown["attempts_made"]] == ["accepted"]
    assert shown["attempts_made"][0]["duration_milliseconds"] >= 0


def test_deliveries_come_newest_first_in_pages(door: ApiClient) -> None:
    given_an_endpoint(organisation_id=None)
    for sequence in (1, 2, 3):
        tell(in_force(sequence=sequence))

    first = office(door).get("/v1/deliveries?limit=2").json
    second = office(door).get(f"/v1/deliveries?limit=2&cursor={first['next']}").json

    moments = [item["created_at"] for item in (*first["items"], *second["items"])]
    assert len(set(moments)) == 3
    assert moments == sorted(moments, reverse=True)


def test_a_correlation_leads_to_its_deliveries(door: ApiClient) -> None:
    given_an_endpoint()
    convention = in_force()
    tell(convention, in_force(sequence=5))

    found = office(door).get(f"/v1/deliveries?correlation_id={convention.received.correlation_id}").json["items"]

    assert [item["event_id"] for item in found] == [str(convention.received.id)]
    assert office(door).get(f"/v1/deliveries?event_id={convention.received.id}").json["items"] == found


def test_an_operator_retries_what_failed_but_not_what_is_pending(door: ApiClient, receiver: Receiver) -> None:
    endpoint, _ = given_an_endpoint(receiver.url)
    receiver.then(410)
    tell(in_force())
    path = f"/v1/deliveries/{the_delivery(Channel.WEBHOOK)}"
    assert operator(door).post(f"{path}/retry").status_code == 409
    NotificationsWorker.send_webhooks(None)  # type: ignore[arg-type]
    with transaction() as session:
        session.get_one(Endpoint, endpoint.id).active = True

    retried = operator(door).post(f"{path}/retry")
    assert (retried.status_code, retried.json["status"]) == (202, "retrying")
    assert operator(door).post(f"{path}/retry").status_code == 409
    NotificationsWorker.send_webhooks(None)  # type: ignore[arg-type]

    shown = operator(door).get(path).json
    assert shown["status"] == "accepted"
    assert [each["asked_by"] for each in shown["attempts_made"]] == [None, "test-operator"]


def test_the_content_of_an_email_is_shown_without_the_persons_own_link(door: ApiClient) -> None:
    person = given_a_stakeholder()
    tell(in_force())
    path = f"/v1/deliveries/{the_delivery(Channel.EMAIL)}/content"

    shown = operator(door).get(path).json
    page = operator(door).get(f"{path}?format=html")

    assert "en vigueur" in shown["subject"]
    assert page.content_type.startswith("text/html")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert page.get_data(as_text=True) == shown["html"]
    token = Vault(current().settings.encryption_key).link_token(person.id)
    assert token not in shown["html"] + shown["text"]


def test_the_content_of_a_webhook_is_the_event(door: ApiClient) -> None:
    given_an_endpoint()
    convention = in_force()
    tell(convention)

    shown = operator(door).get(f"/v1/deliveries/{the_delivery(Channel.WEBHOOK)}/content?format=text")

    assert shown.get_data(as_text=True) == convention.received.to_json()


def test_looking_at_the_unsubscribe_page_changes_nothing_and_its_button_does(door: ApiClient) -> None:
    person = given_a_stakeholder()
    path = f"/v1/unsubscriptions/{Vault(current().settings.encryption_key).link_token(person.id)}"

    assert "<form" in door.get(path).get_data(as_text=True)
    with transaction() as session:
        assert session.get_one(Stakeholder, person.id).active
    done = door.app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})

    assert done.status_code == 200
    assert "C’est fait" in done.get_data(as_text=True)
    with transaction() as session:
        assert not session.get_one(Stakeholder, person.id).active


@pytest.mark.in_process
def test_the_log_does_not_hold_what_unsubscribes_somebody(door: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr("chassis.observability.log_request", lambda **facts: lines.append(facts))
    person = given_a_stakeholder()

    door.get(f"/v1/unsubscriptions/{Vault(current().settings.encryption_key).link_token(person.id)}")

    assert [line["path"] for line in lines] == ["/v1/unsubscriptions/<token>"]


def test_a_link_ends_the_emails_of_one_organisation_and_of_no_other_at_that_address(door: ApiClient) -> None:
    person = given_a_stakeholder(REGION)
    given_a_stakeholder(OFFICE)
    client: FlaskClient = door.app.test_client()

    client.post(f"/v1/unsubscriptions/{Vault(current().settings.encryption_key).link_token(person.id)}")

    with transaction() as session:
        active = {each.organisation_id: each.active for each in session.scalars(select(Stakeholder))}
    assert active == {REGION: False, OFFICE: True}


def test_a_link_that_nobody_wrote_is_not_found(door: ApiClient) -> None:
    assert door.get("/v1/unsubscriptions/made-up").status_code == 404


def test_every_endpoint_lets_through_whom_the_table_says(door: ApiClient) -> None:
    assert walk_rights(door) == []


def test_another_organisations_recipients_and_deliveries_are_not_found(door: ApiClient) -> None:
    person = given_a_stakeholder()
    endpoint, _ = given_an_endpoint()
    tell(in_force())
    stakeholder, hook = f"/v1/stakeholders/{person.id}", f"/v1/endpoints/{endpoint.id}"

    examples: dict[str, dict[str, Any]] = {
        "stakeholders.show_stakeholder": {"path": stakeholder},
        "stakeholders.change_stakeholder": {"path": stakeholder, "json": PERSON, "if_match": 1},
        "stakeholders.remove_stakeholder": {"path": stakeholder},
        "endpoints.show_endpoint": {"path": hook},
        "endpoints.change_endpoint": {"path": hook, "json": HOOK, "if_match": 1},
        "endpoints.remove_endpoint": {"path": hook},
        "endpoints.test_endpoint": {"path": f"{hook}/test"},
        "deliveries.show_delivery": {"path": f"/v1/deliveries/{the_delivery(Channel.WEBHOOK)}"},
    }
    assert strangers_are_refused(door, examples) == []
    assert door.as_(Role.PARTNER, new_id()).get("/v1/deliveries").json == {"items": [], "next": None}
