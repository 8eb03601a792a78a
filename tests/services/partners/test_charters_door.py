"""The charter and the mandates over HTTP."""

from typing import Any
from uuid import UUID

import pytest

from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.testing import history
from chassis.testing_http import ApiClient
from tests.services.partners.bodies import CHARTER, MANDATE, SIGNATURE, Json, Story, made

pytestmark = pytest.mark.needs_postgresql

IMMATERIAL: Json = {"text": "Les signataires conviennent bien…", "material": False, "judgement": "Une faute corrigée"}
MATERIAL: Json = {
    "text": "Autrement…",
    "material": True,
    "judgement": "Le vote par correspondance change l’exercice de chaque voix",
    "adhere_by": "2017-11-30",
}


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


@pytest.fixture
def charter(story: Story) -> Json:
    return made(story.office.post("/v1/charters", json=CHARTER))


def said() -> list[str]:
    with transaction() as session:
        types = [event.type.removeprefix("partners.").removesuffix(".v1") for event in history(session)]
    return [each for each in types if not each.startswith(("organisation.", "charter_version."))]


def adherence(charter: Json, organisation: Json) -> str:
    return f"/v1/charters/{charter['id']}/signatures/{organisation['id']}"


def test_each_text_is_a_new_version(story: Story, charter: Json) -> None:
    second = made(story.office.post("/v1/charters", json={**CHARTER, **IMMATERIAL}))

    assert (charter["version"], second["version"]) == (1, 2)
    assert charter["fingerprint"] != second["fingerprint"]
    listed = made(story.office.get("/v1/charters", query_string={"programme_code": "SUN04"}))
    assert [each["version"] for each in listed["items"]] == [1, 2]


def test_a_programme_that_nobody_defined_has_no_charter(story: Story) -> None:
    refused = story.office.post("/v1/charters", json={**CHARTER, "programme_code": "SUN99"})

    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:entente:problem:not-yet-known")


def test_a_partner_adheres_for_itself_and_repeats_without_effect(story: Story, charter: Json) -> None:
    signature = {**SIGNATURE, "evidence": None, "level": "in_person"}

    first, second = (story.as_region().put(adherence(charter, story.region), json=signature) for _ in range(2))

    assert first.get_json() == second.get_json() == made(first)
    assert first.get_json()["fingerprint"] == charter["fingerprint"]
    assert said() == ["mandate.recorded", "charter.signed"]


def test_the_same_organisation_does_not_adhere_twice_otherwise(story: Story, charter: Json) -> None:
    made(story.office.put(adherence(charter, story.region), json=SIGNATURE))

    again = story.office.put(adherence(charter, story.region), json={**SIGNATURE, "signed_on": "2017-10-19"})

    assert again.status_code == 409


def test_the_departement_adheres_under_its_mandate(story: Story, charter: Json) -> None:
    path = adherence(charter, story.departement)

    refused = story.office.put(path, json=SIGNATURE)
    unknown = story.office.put(path, json={**SIGNATURE, "mandate_id": str(new_id())})
    signed = story.office.put(path, json={**SIGNATURE, "mandate_id": story.mandate["id"]})

    assert "name one that authorises to sign the charter" in refused.get_json()["detail"]
    assert (made(signed)["mandate_id"], made(signed)["mandate_number"]) == (story.mandate["id"], "2017-118")
    assert unknown.get_json()["errors"][0]["pointer"] == "/mandate_id"


def test_who_left_may_adhere_again(story: Story, charter: Json) -> None:
    path = adherence(charter, story.region)
    first = made(story.office.put(path, json=SIGNATURE))
    withdrawal = {"withdrawn_on": "2017-10-20", "reason": "Fusion"}

    left = made(story.as_region().post(f"{path}/withdrawal", json=withdrawal))
    again = made(story.office.put(path, json={**SIGNATURE, "evidence": "Feuillet 15"}))

    assert (left["id"], left["withdrawal_reason"]) == (first["id"], "Fusion")
    assert again["id"] != first["id"]
    assert said() == ["mandate.recorded", "charter.signed", "charter.withdrawn", "charter.signed"]
    assert story.office.post(f"{path}/withdrawal", json=withdrawal).status_code == 200
    assert story.office.post(f"{path}/withdrawal", json=withdrawal).status_code == 404


def test_nobody_leaves_on_a_day_to_come_so_that_nobody_has_two_seats(story: Story, charter: Json) -> None:
    path = adherence(charter, story.region)
    made(story.office.put(path, json=SIGNATURE))

    refused = story.as_region().post(f"{path}/withdrawal", json={"withdrawn_on": "2017-10-21", "reason": "Fusion"})

    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/withdrawn_on")
    assert said() == ["mandate.recorded", "charter.signed"]


def test_a_partner_sees_its_own_adherence_alone(story: Story, charter: Json) -> None:
    made(story.office.put(adherence(charter, story.region), json=SIGNATURE))
    stranger = story.door.as_(Role.PARTNER, new_id())
    path = f"/v1/charters/{charter['id']}/signatures"

    seen = {
        who: [each["organisation_name"] for each in made(client.get(path))["items"]]
        for who, client in {"region": story.as_region(), "stranger": stranger, "office": story.office}.items()
    }

    assert seen == {"region": [story.region["name"]], "stranger": [], "office": [story.region["name"]]}


def test_a_mandate_is_recorded_once_per_number(story: Story) -> None:
    again = story.office.post("/v1/mandates", json={**MANDATE, "organisation_id": story.departement["id"]})

    assert (again.status_code, "recorded already" in again.get_json()["detail"]) == (409, True)
    unknown = story.office.post("/v1/mandates", json={**MANDATE, "organisation_id": str(new_id())})
    assert unknown.status_code == 404


def test_a_mandate_becomes_enforceable_later(story: Story) -> None:
    body = {**MANDATE, "number": "2018-1", "enforceable_since": None, "organisation_id": story.departement["id"]}
    path = f"/v1/mandates/{made(story.office.post('/v1/mandates', json=body))['id']}"

    completed = story.office.put(path, json={**MANDATE, "number": "2018-1"}, if_match=1)

    assert (made(completed)["enforceable_since"], completed.headers["ETag"]) == ("2017-07-05", '"2"')
    assert story.office.put(path, json={**MANDATE, "number": "2018-1"}, if_match=1).status_code == 412
    assert story.office.put(path, json={**MANDATE, "number": "2018-1"}, if_match=2).headers["ETag"] == '"2"'
    with transaction() as session:
        assert [event.sequence for event in history(session) if "mandate" in event.type] == [1, 1, 2]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"authorisations": [{"acts": ["everything"]}]}, "/authorisations/0/acts/0"),
        ({"authorisations": []}, "/authorisations"),
        ({"authorisations": [{"acts": ["commit_credit"], "ceiling": 50000}]}, "/authorisations/0/ceiling"),
        ({"authorisations": [{"acts": ["commit_credit", "sign_charter"]}]}, "/authorisations/0/acts"),
        ({"enforceable_since": "2017-06-29"}, "/enforceable_since"),
        ({"number": "\n"}, "/number"),
    ],
)
def test_a_mandate_that_makes_no_sense_is_refused_at_its_place(
    story: Story, changes: dict[str, Any], pointer: str
) -> None:
    body = {**MANDATE, "organisation_id": story.region["id"], **changes}

    answer = story.office.post("/v1/mandates", json=body)

    assert (answer.status_code, [each["pointer"] for each in answer.get_json()["errors"]]) == (422, [pointer])


def test_a_partner_sees_its_own_mandates_alone(story: Story) -> None:
    path = f"/v1/mandates/{story.mandate['id']}"
    departement = story.door.as_(Role.PARTNER, UUID(story.departement["id"]))

    assert story.as_region().get(path).status_code == 404
    assert made(story.as_region().get("/v1/mandates"))["items"] == []
    assert made(departement.get(path)) == made(story.office.get(path)) == story.mandate
    of_region = {"organisation_id": story.region["id"]}
    assert made(departement.get("/v1/mandates", query_string=of_region))["items"] == []
