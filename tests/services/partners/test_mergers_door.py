"""Merging duplicates over HTTP: nothing that named the one that ends is lost."""

from uuid import UUID

import pytest
from sqlalchemy import select

from chassis.database import transaction
from chassis.identity import Role
from chassis.testing import history
from chassis.testing_http import ApiClient
from contracts.partners import OrganisationMerged
from services.partners.domain.convention_parts import ConventionSignature
from tests.services.partners.bodies import CHARTER, DIGNE, MANDATE, SIGNATURE, Json, Story, made, office
from tests.services.partners.builders import DIGNE_SIREN
from tests.services.partners.test_signatories_door import SIGNATORY

pytestmark = pytest.mark.needs_postgresql


def a_duplicate(story: Story, **facts: object) -> Json:
    return made(story.office.post("/v1/organisations", json={"name": "Region PACA", **facts}))


def merged(story: Story, survivor: Json, duplicate: Json) -> Json:
    path = f"/v1/organisations/{survivor['id']}/mergers"
    return made(story.office.post(path, json={"duplicate_id": duplicate["id"]}))


def test_everything_that_named_the_duplicate_names_the_survivor(door: ApiClient) -> None:
    story = Story(door)
    duplicate = story.region
    charter = made(story.office.post("/v1/charters", json=CHARTER))
    made(story.office.put(f"/v1/charters/{charter['id']}/signatures/{duplicate['id']}", json=SIGNATURE))
    made(story.office.post("/v1/mandates", json={**MANDATE, "organisation_id": duplicate["id"]}))
    made(story.office.post(f"/v1/organisations/{duplicate['id']}/contacts", json=SIGNATORY))
    convention = story.in_force()
    survivor = a_duplicate(story)

    kept = merged(story, survivor, duplicate)

    assert (kept["siren"], kept["funder"]) == (duplicate["siren"], True)
    partner = door.as_(Role.PARTNER, UUID(survivor["id"]))
    seen = made(partner.get(f"/v1/conventions/{convention['id']}"))
    assert seen["fingerprint"] == convention["fingerprint"]
    assert survivor["id"] in str(seen["parties"])
    assert duplicate["id"] not in str(seen)
    for path in ("mandates", f"charters/{charter['id']}/signatures", f"organisations/{survivor['id']}/contacts"):
        assert len(made(partner.get(f"/v1/{path}"))["items"]) == 1, path


def test_a_merger_says_beforehand_what_it_would_move_and_what_stands_in_its_way(door: ApiClient) -> None:
    story = Story(door)
    duplicate = story.region
    made(story.office.post(f"/v1/organisations/{duplicate['id']}/contacts", json=SIGNATORY))
    convention = story.in_force()
    survivor = a_duplicate(story)
    path = f"/v1/organisations/{survivor['id']}/mergers/preview"

    def foreseen(other: Json) -> Json:
        return made(story.office.get(path, query_string={"duplicate_id": other["id"]}))

    moves = {each["kind"]: (each["count"], each["names"]) for each in foreseen(duplicate)["moves"]}
    assert moves["convention"] == (1, [convention["reference"]])
    assert (moves["contact"], moves["mandate"]) == ((1, ["Jeanne Martin"]), (0, []))
    assert foreseen(duplicate)["obstacle"] is None
    assert "its own duplicate" in foreseen(survivor)["obstacle"]
    assert made(office(door).get(f"/v1/organisations/{duplicate['id']}"))["merged_into_id"] is None


def test_a_merger_says_beforehand_what_becomes_of_what_is_known_of_both(door: ApiClient) -> None:
    story = Story(door)
    duplicate = a_duplicate(story, rna="W042000001", population=5, needs_mandate=True)
    survivor = a_duplicate(story, name="Région", rna="W042000002", population=5)
    path = f"/v1/organisations/{survivor['id']}/mergers/preview"

    foreseen = made(story.office.get(path, query_string={"duplicate_id": duplicate["id"]}))

    assert foreseen["facts"] == {"name": "set_aside", "rna": "former", "needs_mandate": "taken_over"}
    kept = merged(story, survivor, duplicate)
    assert (kept["name"], kept["rna"], kept["needs_mandate"]) == ("Région", "W042000002", True)
    known = made(office(door).get(f"/v1/organisations/{survivor['id']}"))["former_identifiers"]
    assert [each["value"] for each in known] == ["W042000001"]


def test_a_duplicate_is_shown_with_where_it_went_and_is_in_no_list(door: ApiClient) -> None:
    story = Story(door)
    duplicate = a_duplicate(story)

    merged(story, story.region, duplicate)

    shown = made(office(door).get(f"/v1/organisations/{duplicate['id']}"))
    assert (shown["merged_into_id"], shown["merged_on"]) == (story.region["id"], "2017-10-20")
    listed = made(office(door).get("/v1/organisations"))["items"]
    assert duplicate["id"] not in [each["id"] for each in listed]
    survivor = made(office(door).get(f"/v1/organisations/{story.region['id']}"))
    assert survivor["duplicates"] == [{"id": duplicate["id"], "name": "Region PACA"}]
    refused = office(door).put(f"/v1/organisations/{duplicate['id']}", json=DIGNE, if_match=2)
    assert (refused.status_code, refused.get_json()["organisation_id"]) == (409, story.region["id"])


def test_a_merger_said_again_changes_nothing(door: ApiClient) -> None:
    story = Story(door)
    duplicate = a_duplicate(story)

    merged(story, story.region, duplicate)
    merged(story, story.region, duplicate)

    with transaction() as session:
        told = [event for event in history(session) if event.type == OrganisationMerged.type]
    assert [(event.subject, event.sequence) for event in told] == [(duplicate["id"], 2)]


def test_a_chain_of_duplicates_ends_in_the_last_one(door: ApiClient) -> None:
    story = Story(door)
    first, second = a_duplicate(story), a_duplicate(story, name="Conseil régional")

    merged(story, second, first)
    merged(story, story.region, second)

    assert made(office(door).get(f"/v1/organisations/{first['id']}"))["merged_into_id"] == story.region["id"]
    with transaction() as session:
        told = [event for event in history(session) if event.type == OrganisationMerged.type]
    steps = [(event.subject, event.sequence) for event in told]
    assert steps == [(first["id"], 2), (second["id"], 2), (first["id"], 3)]


def test_who_adhered_twice_keeps_one_adherence(door: ApiClient) -> None:
    story = Story(door)
    duplicate = a_duplicate(story, siren="356000000")
    charter = made(story.office.post("/v1/charters", json=CHARTER))
    path = f"/v1/charters/{charter['id']}/signatures"
    made(story.office.put(f"{path}/{duplicate['id']}", json=SIGNATURE))
    made(story.office.put(f"{path}/{story.region['id']}", json=SIGNATURE))
    made(story.office.put(f"/v1/organisations/{duplicate['id']}", json={"name": "Region PACA"}, if_match=1))
    preview = f"/v1/organisations/{story.region['id']}/mergers/preview"

    foreseen = made(story.office.get(preview, query_string={"duplicate_id": duplicate["id"]}))["ended_adherences"]
    merged(story, story.region, duplicate)

    signatures = made(office(door).get(path))["items"]
    assert sorted(bool(each["withdrawn_on"]) for each in signatures) == [False, True]
    assert [(each["organisation_id"], each["version"]) for each in foreseen] == [(duplicate["id"], 1)]


def test_of_two_adherences_that_to_the_later_version_stays(door: ApiClient) -> None:
    story = Story(door)
    duplicate = a_duplicate(story, siren="356000000")
    first = made(story.office.post("/v1/charters", json=CHARTER))
    made(story.office.put(f"/v1/charters/{first['id']}/signatures/{story.region['id']}", json=SIGNATURE))
    later = {**CHARTER, "text": "Orthographe corrigée.", "material": False, "judgement": "Orthographe"}
    second = made(story.office.post("/v1/charters", json=later))
    made(story.office.put(f"/v1/charters/{second['id']}/signatures/{duplicate['id']}", json=SIGNATURE))
    made(story.office.put(f"/v1/organisations/{duplicate['id']}", json={"name": "Region PACA"}, if_match=1))

    merged(story, story.region, duplicate)

    [left] = made(office(door).get(f"/v1/charters/{first['id']}/signatures"))["items"]
    [stays] = made(office(door).get(f"/v1/charters/{second['id']}/signatures"))["items"]
    assert (left["withdrawal_reason"], stays["withdrawn_on"]) == ("Doublon : Region PACA a adhéré aussi", None)
    assert stays["organisation_id"] == story.region["id"]


def test_what_stands_in_the_way_of_a_merger_is_said(door: ApiClient) -> None:
    story = Story(door)

    def reason(survivor: Json, duplicate: Json) -> str:
        path = f"/v1/organisations/{survivor['id']}/mergers"
        answer = story.office.post(path, json={"duplicate_id": duplicate["id"]})
        assert answer.status_code == 409
        return str(answer.get_json()["detail"])

    assert "two legal persons" in reason(story.region, story.departement)
    assert "its own duplicate" in reason(story.region, story.region)
    twin = a_duplicate(story)
    made(story.office.post("/v1/mandates", json={**MANDATE, "organisation_id": twin["id"]}))
    assert "mandate 2017-118" in reason(story.departement, twin)
    party = a_duplicate(story, name="Autre")
    text = story.text()
    text["parties"].append({"organisation_id": party["id"], "role": "beneficiary"})
    made(story.office.post("/v1/conventions", json=text))
    assert "has both as parties" in reason(story.region, party)


def test_a_convention_that_bound_nobody_hinders_no_merger_and_keeps_its_two_parties(door: ApiClient) -> None:
    story = Story(door)
    duplicate = a_duplicate(story)
    parties = [*story.text()["parties"], {"organisation_id": duplicate["id"], "role": "beneficiary"}]
    between, other = story.proposal(parties=parties), story.proposal()
    hindered = story.office.post(
        f"/v1/organisations/{story.region['id']}/mergers", json={"duplicate_id": duplicate["id"]}
    )
    path = f"/v1/conventions/{between['id']}"
    refusal = {"organisation_id": duplicate["id"], "reason": "Doublon"}
    refused = made(story.office.post(f"{path}/refusal", json=refusal))

    merged(story, story.region, duplicate)

    assert hindered.status_code == 409
    after = made(story.office.get(path))
    assert (after["parties"], after["ended_by"]) == (refused["parties"], duplicate["id"])
    assert made(story.as_region().get(f"/v1/conventions/{other['id']}"))["id"] == other["id"]


def test_who_was_taken_out_of_a_proposal_that_both_had_signed_is_merged(door: ApiClient) -> None:
    story = Story(door)
    duplicate, parties = a_duplicate(story, siren=DIGNE_SIREN), story.text()["parties"]
    both = story.proposal(parties=[*parties, {"organisation_id": duplicate["id"], "role": "beneficiary"}])
    for each in (story.region, duplicate):
        made(story.sign(both, each))
    made(story.office.put(f"/v1/organisations/{duplicate['id']}", json={"name": "Region PACA"}, if_match=1))
    one = made(story.office.put(f"/v1/conventions/{both['id']}", json=story.text(), if_match=both["revision"]))

    merged(story, story.region, duplicate)

    assert made(story.sign(one, story.region))["status"] == "partially_signed"
    with transaction() as session:
        given = select(ConventionSignature.organisation_id, ConventionSignature.version)
        assert set(session.execute(given).tuples()) == {
            (UUID(story.region["id"]), 1),
            (UUID(duplicate["id"]), 1),
            (UUID(story.region["id"]), 2),
        }


def test_only_the_programme_office_merges(door: ApiClient) -> None:
    story = Story(door)
    path = f"/v1/organisations/{story.region['id']}/mergers"

    assert story.as_region().post(path, json={"duplicate_id": story.departement["id"]}).status_code == 403
