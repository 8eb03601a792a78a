"""Conventions over HTTP: real PostgreSQL, signed tokens, what leaves in the outbox."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chassis import clock
from chassis.clock import today
from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.service import Service, serving
from chassis.testing import deliver, history
from chassis.testing_http import ApiClient
from contracts.actions import ActionChanged
from services.partners.use_cases.conventions import end_elapsed_conventions
from services.partners.worker import PartnersWorker
from tests.services.partners.bodies import SIGNATURE, Json, Story, made
from tests.services.partners.builders import an_action_event, the_action_id

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


def said() -> list[tuple[str, int, str]]:
    """What was announced of conventions: type, sequence, status."""
    with transaction() as session:
        events = [event for event in history(session) if event.type.startswith("partners.convention.")]
    return [(event.type.split(".")[2], event.sequence, json.loads(event.body)["data"]["status"]) for event in events]


def path_of(convention: Json, verb: str = "") -> str:
    return f"/v1/conventions/{convention['id']}{verb}"


def test_the_last_signature_puts_the_convention_in_force(story: Story) -> None:
    convention = story.in_force()

    assert (convention["status"], convention["in_force_on"], convention["allowed"]) == (
        "in_force",
        "2017-10-20",
        ["amend", "terminate"],
    )
    assert said() == [
        ("proposed", 1, "proposed"),
        ("signed", 2, "partially_signed"),
        ("signed", 3, "partially_signed"),
        ("entered_into_force", 4, "in_force"),
    ]


def test_what_is_shown_has_every_party_line_and_tranche(story: Story) -> None:
    convention = story.in_force()

    shown = made(story.office.get(path_of(convention)))

    assert shown == convention
    [departement, region] = shown["parties"]
    assert (departement["mandate_id"], departement["mandate_number"]) == (story.mandate["id"], "2017-118")
    assert (region["mandate_number"], region["signature"]["signatory"]["name"]) == ("17-1234", "Jeanne Martin")
    [line] = shown["lines"]
    assert (line["action_code"], line["organisation_name"]) == ("2.1", story.region["name"])
    assert [(each["year"], each["amount"]) for each in line["tranches"]] == [(2017, "30000.00"), (2018, "50000.00")]


def test_a_draft_has_no_reference_and_is_announced_to_nobody(story: Story) -> None:
    draft = story.draft()

    assert (draft["reference"], draft["status"], draft["allowed"]) == (
        None,
        "draft",
        ["change", "propose", "withdraw"],
    )
    assert said() == []


def test_a_draft_is_rewritten_as_a_whole(story: Story) -> None:
    draft = story.draft()
    text = story.text(title="Autre titre", ends_on="2018-06-30")
    text["parties"][1]["role"] = "contributor"
    text["lines"][0]["tranches"] = [{"amount": "1.00", "due_on": "2018-01-15", "year": 2017}]

    changed = story.office.put(path_of(draft), json=text, if_match=1)

    assert (made(changed)["title"], changed.headers["ETag"]) == ("Autre titre", '"2"')
    assert [party["role"] for party in changed.get_json()["parties"]] == ["project_owner", "contributor"]
    assert made(story.office.get(path_of(draft))) == changed.get_json()
    assert changed.get_json()["lines"][0]["tranches"][0]["year"] == 2017
    assert story.office.put(path_of(draft), json=text, if_match=1).status_code == 412


def test_references_count_on_per_year_without_a_hole(story: Story) -> None:
    first = story.proposal()
    refused = story.office.post(path_of(first, "/proposal"))
    second = story.proposal()
    clock.travel_to(datetime(2018, 1, 2, tzinfo=UTC))
    third = story.proposal()

    assert refused.status_code == 409
    assert [each["reference"] for each in (first, second, third)] == ["SUN-2017-001", "SUN-2017-002", "SUN-2018-001"]


def test_simultaneous_proposals_get_different_references_without_a_hole(story: Story) -> None:
    drafts = [story.draft() for _ in range(12)]

    def propose(draft: Json) -> str:
        reference: str = made(story.office.post(path_of(draft, "/proposal")))["reference"]
        return reference

    with ThreadPoolExecutor(4) as pool:
        references = list(pool.map(propose, drafts))

    assert sorted(references) == [f"SUN-2017-{number:03d}" for number in range(1, 13)]


def test_a_proposal_that_is_refused_uses_up_no_reference(story: Story) -> None:
    each_twice = [draft for draft in [story.draft() for _ in range(8)] for _ in range(2)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda each: story.office.post(path_of(each, "/proposal")), each_twice))

    assert sorted(answer.status_code for answer in answers) == [200] * 8 + [409] * 8
    given = [answer.get_json()["reference"] for answer in answers if answer.status_code == 200]
    assert sorted(given) == [f"SUN-2017-{number:03d}" for number in range(1, 9)]


def test_simultaneous_last_signatures_put_it_in_force_once(story: Story) -> None:
    convention = story.proposal()
    organisations = [story.region, story.departement] * 4

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda each: story.sign(convention, each).status_code, organisations))

    assert set(answers) == {200}
    assert [sequence for _, sequence, _ in said()] == [1, 2, 3, 4]
    assert [event for event, _, _ in said()].count("entered_into_force") == 1


def test_a_partner_signs_for_itself(story: Story) -> None:
    convention = story.proposal()

    signed = made(story.sign(convention, story.region, by=story.as_region(), evidence=None, level="visa"))

    assert (signed["status"], signed["parties"][1]["signature"]["level"]) == ("partially_signed", "visa")
    assert signed["parties"][1]["signature"]["recorded_by"] == "test-partner"
    assert signed["parties"][1]["signature"]["fingerprint"] == convention["fingerprint"]
    for_another = story.sign(convention, story.departement, by=story.as_region())
    assert for_another.status_code == 404


def test_a_signature_repeated_changes_nothing(story: Story) -> None:
    convention = story.proposal()

    first, second = story.sign(convention, story.region), story.sign(convention, story.region)

    assert made(first) == made(second)
    assert len(said()) == 2


def test_a_signature_names_the_revision_it_signs(story: Story) -> None:
    convention = story.proposal()

    assert story.sign({**convention, "revision": None}, story.region).status_code == 428
    assert story.sign({**convention, "revision": 2}, story.region).status_code == 412


def test_a_signature_without_the_mandate_it_needs_says_what_is_missing(story: Story) -> None:
    parties = [{**party, "mandate_id": None} for party in story.text()["parties"]]
    convention = story.proposal(parties=parties)

    refused = story.sign(convention, story.departement)

    assert refused.status_code == 409
    assert refused.get_json()["detail"] == (
        "Département des Alpes-de-Haute-Provence signs only under a mandate: name one that authorises "
        "to sign conventions and is enforceable since 2017-10-20 or before."
    )
    assert made(story.sign(convention, story.departement, mandate_id=story.mandate["id"]))


def test_a_party_with_an_unknown_siren_is_kept_from_signing(story: Story) -> None:
    unknown = made(story.office.post("/v1/organisations", json={"name": "Association", "siren": "12345"}))
    parties = [*story.text()["parties"], {"organisation_id": unknown["id"], "role": "beneficiary"}]

    refused = story.sign(story.proposal(parties=parties), unknown)

    assert (refused.status_code, "typed: 12345" in refused.get_json()["detail"]) == (409, True)


def test_a_refusal_ends_the_proposal_and_says_what_would_be_allowed(story: Story) -> None:
    convention = story.proposal()
    refusal = {"organisation_id": story.region["id"], "reason": "Hors compétence"}

    refused = made(story.as_region().post(path_of(convention, "/refusal"), json=refusal))

    assert (refused["status"], refused["ended_by"], refused["reason"]) == (
        "refused",
        story.region["id"],
        "Hors compétence",
    )
    late = story.sign(convention, story.departement).get_json()
    assert (late["detail"], late["allowed"]) == (
        "Convention SUN-2017-001 is refused and cannot be signed: nothing more can happen to it.",
        [],
    )


def test_a_partner_refuses_for_itself_alone(story: Story) -> None:
    refusal = {"organisation_id": story.departement["id"], "reason": "À leur place"}

    assert story.as_region().post(path_of(story.proposal(), "/refusal"), json=refusal).status_code == 404


def test_a_proposal_is_taken_back(story: Story) -> None:
    withdrawn = made(story.office.post(path_of(story.proposal(), "/withdrawal"), json={"reason": "Remplacée"}))

    assert (withdrawn["status"], withdrawn["ended_on"], said()[-1][0]) == ("withdrawn", "2017-10-20", "withdrawn")


def test_a_draft_is_taken_back_and_its_parties_never_hear_of_it(story: Story) -> None:
    draft, told = story.draft(), said()

    withdrawn = made(story.office.post(path_of(draft, "/withdrawal"), json={"reason": "Abandonnée"}))

    assert (withdrawn["status"], withdrawn["reference"], withdrawn["allowed"]) == ("withdrawn", None, [])
    assert said() == told
    assert story.as_region().get(path_of(draft)).status_code == 404
    assert made(story.as_region().get("/v1/conventions"))["items"] == []
    assert story.office.post(path_of(draft, "/proposal")).status_code == 409


def test_a_convention_in_force_is_terminated_with_date_and_reason(story: Story) -> None:
    body = {"terminated_on": "2018-03-31", "reason": "Retrait du financeur", "organisation_id": story.region["id"]}

    terminated = made(story.office.post(path_of(story.in_force(), "/termination"), json=body))

    assert (terminated["status"], terminated["ended_on"], terminated["ended_by"]) == (
        "terminated",
        "2018-03-31",
        story.region["id"],
    )
    assert said()[-1] == ("terminated", 5, "terminated")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"parties": []}, "/parties"),
        ({"lines": []}, "/lines"),
        ({"ends_on": "2017-01-01"}, "/ends_on"),
        ({"title": " "}, "/title"),
        ({"status": "in_force"}, "/status"),
    ],
)
def test_a_text_that_nobody_could_sign_is_refused_at_its_place(
    story: Story, changes: dict[str, Any], pointer: str
) -> None:
    answer = story.office.post("/v1/conventions", json=story.text(**changes))

    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.get_json()["errors"]]


@pytest.mark.parametrize("due_on", ["0001-01-01", "1899-12-31", "2201-01-01"])
def test_a_day_that_nobody_means_is_refused_at_its_place(story: Story, due_on: str) -> None:
    line = {**story.text()["lines"][0], "tranches": [{"amount": "1.00", "due_on": due_on}]}

    refused = story.office.post("/v1/conventions", json=story.text(lines=[line]))

    [error] = refused.get_json()["errors"]
    assert (refused.status_code, error["pointer"]) == (422, "/lines/0/tranches/0/due_on")
    assert error["detail"] == "Write a day between 1900 and 2200."


def test_money_with_three_decimals_is_refused_at_its_place(story: Story) -> None:
    text = story.text()
    text["lines"][0]["tranches"][1]["amount"] = "12.345"

    answer = story.office.post("/v1/conventions", json=text)

    assert [each["pointer"] for each in answer.get_json()["errors"]] == ["/lines/0/tranches/1/amount"]


def test_an_action_whose_event_has_not_come_is_worth_trying_again(story: Story) -> None:
    text = story.text()
    text["lines"][0]["action_id"] = str(the_action_id("3.1"))

    early = story.office.post("/v1/conventions", json=text)
    deliver(PartnersWorker.know_action, an_action_event("3.1"))

    assert (early.status_code, early.get_json()["type"]) == (409, "urn:entente:problem:not-yet-known")
    assert made(story.office.post("/v1/conventions", json=text))


def test_a_closed_action_takes_part_in_no_new_convention(story: Story) -> None:
    deliver(PartnersWorker.know_action, an_action_event(kind=ActionChanged, sequence=2, closed=True))

    assert "/lines/0/action_id" in story.office.post("/v1/conventions", json=story.text()).text


def test_conventions_are_found_by_status_party_and_action(story: Story) -> None:
    draft, in_force = story.draft(), story.in_force()

    def found(**query: Any) -> list[str]:
        return [each["id"] for each in made(story.office.get("/v1/conventions", query_string=query))["items"]]

    assert found() == [in_force["id"], draft["id"]]
    assert found(status="in_force") == [in_force["id"]]
    assert found(organisation_id=story.region["id"], status="draft") == [draft["id"]]
    assert found(organisation_id=str(new_id())) == []
    assert found(action_id=str(the_action_id())) == [in_force["id"], draft["id"]]
    assert found(action_id=str(the_action_id("2.2"))) == []
    assert (found(year=2018), found(year=2019)) == ([in_force["id"], draft["id"]], [])
    assert found(limit="1") == [in_force["id"]]


def test_conventions_are_found_by_words_or_reference_without_accents(story: Story) -> None:
    draft = story.draft(title="Mise en œuvre à Sisteron")
    named = story.proposal(title="Télémédecine en vallée de l’Ubaye")

    def found(search: str) -> list[str]:
        answer = story.office.get("/v1/conventions", query_string={"search": search})
        return [each["id"] for each in made(answer)["items"]]

    assert found("UBAYE telemedecine") == found(named["reference"]) == found("Vallée de l'Ubaye") == [named["id"]]
    assert found("mise en oeuvre") == found("œuvre") == [draft["id"]]
    assert found("ubaye sisteron") == []
    assert found("100%") == []


def test_conventions_are_found_by_the_axis_of_an_action_that_they_serve(story: Story) -> None:
    draft = story.draft()
    moved = an_action_event(kind=ActionChanged, sequence=2, axis_code="3")

    def found(axis: str) -> list[str]:
        answer = story.office.get("/v1/conventions", query_string={"axis_code": axis})
        return [each["id"] for each in made(answer)["items"]]

    assert (found("2"), found("3")) == ([draft["id"]], [])
    deliver(PartnersWorker.know_action, moved)
    assert (found("2"), found("3")) == ([], [draft["id"]])


def test_nobody_signs_what_is_not_there(story: Story) -> None:
    assert story.sign({"id": new_id(), "revision": 1}, story.region).status_code == 404


def test_a_draft_is_hidden_from_its_parties(story: Story) -> None:
    draft = story.draft()

    assert story.as_region().get(path_of(draft)).status_code == 404
    assert made(story.as_region().get("/v1/conventions"))["items"] == []
    assert made(story.door.as_(Role.AUDITOR).get(path_of(draft))) == draft


def test_what_elapses_is_announced_exactly_once(story: Story) -> None:
    story.in_force()
    story.proposal()
    story.draft()
    clock.travel_to(datetime(2019, 1, 1, 9, tzinfo=UTC))

    for _ in range(2):
        PartnersWorker.end_elapsed_conventions(PartnersWorker())

    assert [(event, status) for event, _, status in said()][-2:] == [("completed", "completed"), ("expired", "expired")]
    assert len(said()) == 7


def test_its_last_day_in_paris_belongs_to_it(story: Story) -> None:
    story.in_force()
    clock.travel_to(datetime(2018, 12, 31, 22, 30, tzinfo=UTC))

    PartnersWorker.end_elapsed_conventions(PartnersWorker())
    clock.travel_to(datetime(2018, 12, 31, 23, 30, tzinfo=UTC))
    PartnersWorker.end_elapsed_conventions(PartnersWorker())

    assert today() == date(2019, 1, 1)
    assert [event for event, _, _ in said()].count("completed") == 1


def test_two_timers_at_once_end_each_convention_once(story: Story, partners: Service) -> None:
    for _ in range(6):
        story.proposal()

    def tick(_: int) -> int:
        with serving(partners), transaction() as session:
            return end_elapsed_conventions(session, today=date(2019, 1, 1))

    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(tick, range(3)))
    with transaction() as session:
        left = end_elapsed_conventions(session, today=date(2019, 1, 1) + timedelta(days=1))

    assert sum(ended) + left == 6
    assert [event for event, _, _ in said()].count("expired") == 6


def test_a_derogation_that_is_still_to_be_decided_lets_nothing_stand(story: Story) -> None:
    derogation = {
        "document": "Arrêté n° 311",
        "decided_by": "Préfecture",
        "decided_on": "2017-10-21",
        "reason": "Urgence",
    }

    refused = story.sign(story.proposal(), story.departement, derogation=derogation)

    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/derogation/decided_on")


def test_a_signature_of_tomorrow_is_refused(story: Story) -> None:
    answer = story.sign(story.proposal(), story.region, signed_on="2017-10-21")

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/signed_on")
    assert SIGNATURE["signed_on"] == "2017-10-20"
