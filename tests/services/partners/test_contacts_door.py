"""Contacts over HTTP: an organisation keeps its own people, and nobody else of its kind sees them."""

from uuid import UUID

import pytest

from chassis.database import transaction
from chassis.identity import Role
from chassis.testing_http import ApiClient
from services.partners.domain.person import Person
from tests.services.partners.bodies import DIGNE, Json, Story, made, office

pytestmark = pytest.mark.needs_postgresql

CONTACT: Json = {
    "name": "Claude Exemple",
    "email": "Claude@Example.org",
    "capacity": "Maire",
    "may_sign": ["sign_charter", "sign_conventions"],
    "since": "2017-07-01",
    "until": "2020-06-30",
}


def test_a_partner_keeps_its_own_contacts_and_changes_nothing_else(door: ApiClient) -> None:
    story = Story(door)
    region, path = story.as_region(), f"/v1/organisations/{story.region['id']}"

    added = made(region.post(f"{path}/contacts", json=CONTACT))
    changed = region.put(f"{path}/contacts/{added['id']}", json={**CONTACT, "capacity": "Adjoint"}, if_match=1)

    assert (added["email"], added["may_sign"]) == ("claude@example.org", ["sign_charter", "sign_conventions"])
    assert made(changed)["capacity"] == "Adjoint"
    assert region.put(path, json=DIGNE, if_match=1).status_code == 403
    assert region.delete(f"{path}/contacts/{added['id']}").status_code == 204
    assert made(region.get(f"{path}/contacts"))["items"] == []


def test_a_partner_sees_public_facts_of_others_and_none_of_their_people(door: ApiClient) -> None:
    story = Story(door)
    path = f"/v1/organisations/{story.departement['id']}"
    made(story.office.post(f"{path}/contacts", json=CONTACT))

    shown = story.as_region().get(path)

    assert shown.status_code == 200
    assert "Claude" not in shown.text
    assert story.as_region().get(f"{path}/contacts").status_code == 404
    assert "Claude" not in story.as_region().get("/v1/organisations/export").get_data().decode()


def test_a_person_stands_in_one_table_and_is_forgotten_with_the_last_thing_that_knows_them(door: ApiClient) -> None:
    story = Story(door)
    path = f"/v1/organisations/{story.region['id']}/contacts"

    first = made(story.office.post(path, json=CONTACT))
    second = made(story.office.post(path, json={**CONTACT, "capacity": "Président du syndicat"}))

    assert first["person_id"] == second["person_id"]
    for contact in (first, second):
        assert story.office.delete(f"{path}/{contact['id']}").status_code == 204
    with transaction() as session:
        assert session.get(Person, UUID(first["person_id"])) is None


def test_who_signs_in_is_not_renamed_by_a_contact_and_a_contact_does_not_sign_in(door: ApiClient) -> None:
    story = Story(door)
    path = f"/v1/organisations/{story.region['id']}/contacts"
    invitation = {"email": "claude@example.org", "name": "Claude", "role": "partner"}
    made(story.office.post("/v1/invitations", json={**invitation, "organisation_id": story.region["id"]}))

    contact = made(story.office.post(path, json=CONTACT))
    made(story.office.put(f"{path}/{contact['id']}", json={**CONTACT, "name": "Autre"}, if_match=1))

    assert made(story.office.get(path))["items"][0]["name"] == "Claude"


def test_a_contact_of_another_organisation_is_not_taken_over(door: ApiClient) -> None:
    story = Story(door)
    made(story.office.post(f"/v1/organisations/{story.departement['id']}/contacts", json=CONTACT))

    assert story.as_region().post(f"/v1/organisations/{story.region['id']}/contacts", json=CONTACT).status_code == 409


def test_a_contact_makes_sense(door: ApiClient) -> None:
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}/contacts"

    backwards = office(door).post(path, json={**CONTACT, "until": "2016-01-01"})
    unknown = office(door).post(path, json={**CONTACT, "may_sign": ["reallocate_credit"]})

    assert (backwards.status_code, backwards.get_json()["errors"][0]["pointer"]) == (422, "/until")
    assert unknown.status_code == 422
    assert office(door).post(path, json=CONTACT).status_code == 201
    assert office(door).post(path, json=CONTACT).status_code == 409


def test_an_auditor_reads_contacts_and_changes_none(door: ApiClient) -> None:
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}/contacts"

    assert door.as_(Role.AUDITOR).get(path).status_code == 200
    assert door.as_(Role.AUDITOR).post(path, json=CONTACT).status_code == 403
