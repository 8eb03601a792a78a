"""Deadlines: listed as things stand, announced on their day, each once, whoever was away or at work at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from chassis import clock
from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.testing import history
from chassis.testing_http import ApiClient
from services.partners.worker import PartnersWorker
from tests.services.partners.amended import AmendedStory
from tests.services.partners.bodies import CHARTER, DIGNE, SIGNATURE, Json, Story, made
from tests.services.partners.test_what_nobody_signed import with_digne

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture
def story(door: ApiClient) -> Story:
    """Deadlines are kept since 20 October 2017."""
    tick()
    return Story(door)


def on_the(day: str, hour: int = 12) -> None:
    clock.travel_to(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=hour))


def tick() -> None:
    PartnersWorker.announce_deadlines(PartnersWorker())


def announced() -> list[tuple[str, str]]:
    """The kind and day of each deadline announced so far."""
    with transaction() as session:
        found = [json.loads(each.body)["data"] for each in history(session) if "deadline" in each.type]
    return [(each["kind"], each["due_on"]) for each in found]


def listed(story: Story, query: str = "", client: ApiClient | None = None) -> list[tuple[str, str]]:
    found = (client or story.office).get(f"/v1/deadlines?since=2017-01-01{query}").get_json()["items"]
    return [(each["kind"], each["due_on"]) for each in found]


def terminate(story: Story, convention: Json, on: str) -> None:
    body = {"terminated_on": on, "reason": "Départ", "organisation_id": story.region["id"]}
    made(story.office.post(f"/v1/conventions/{convention['id']}/termination", json=body))


ALL = [("tranche_due", "2017-12-01"), ("tranche_due", "2018-06-30"), ("convention_ending", "2018-12-31")]


def test_deadlines_are_listed_the_nearest_first_and_announced_on_their_day(story: Story) -> None:
    story.in_force()
    assert listed(story) == ALL
    tick()
    assert announced() == []

    for day in ("2017-11-30", "2017-12-01", "2017-12-01", "2018-06-30", "2018-12-31"):
        on_the(day)
        tick()

    assert announced() == ALL


def test_a_deadline_says_what_another_convention_promised_first(story: Story) -> None:
    source, owner = story.in_force()["lines"][0], story.text()["parties"][0]
    parties = [owner, {"organisation_id": story.region["id"], "role": "contributor"}]
    tranches = [{"amount": "20000.00", "due_on": "2018-05-31"}]
    handed_on = {"passes_on": source["line_id"], "organisation_id": owner["organisation_id"], "tranches": tranches}
    story.in_force(parties=parties, lines=[{**story.text()["lines"][0], **handed_on}])

    found = story.office.get("/v1/deadlines?since=2017-01-01").get_json()["items"]

    assert {(each["due_on"], each["amount"], each["passed_on"]) for each in found} == {
        ("2017-12-01", "30000.00", "0.00"),
        ("2018-05-31", "20000.00", "20000.00"),
        ("2018-06-30", "50000.00", "0.00"),
        ("2018-12-31", None, None),
    }


def test_a_day_begins_at_midnight_in_paris(story: Story) -> None:
    story.in_force()
    clock.travel_to(datetime(2017, 11, 30, 22, 59, tzinfo=UTC))
    tick()
    assert announced() == []

    clock.travel_to(datetime(2017, 11, 30, 23, 0, tzinfo=UTC))
    tick()

    assert announced() == ALL[:1]


def test_after_a_weeks_stop_everything_missed_is_announced_once(story: Story) -> None:
    story.in_force()
    story.proposal(starts_on="2017-10-25", ends_on="2017-11-29", lines=story.text()["lines"])
    on_the("2019-01-07")

    PartnersWorker.end_elapsed_conventions(PartnersWorker())
    tick()
    tick()

    assert sorted(announced()) == sorted([*ALL, ("proposal_expiring", "2017-11-29")])


def test_after_a_stop_a_party_that_left_is_told_of_what_fell_due_before_it_left(story: Story) -> None:
    amended = AmendedStory(story.door, story)
    on_the("2018-01-15")
    gone = {"kind": "tranche_removed", "tranche_id": amended.second}
    leaves = {"kind": "party_leaves", "organisation_id": story.region["id"]}
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "beneficiary"}}
    amended.signed(amended.amendment(gone, joins, leaves, effective_on="2018-01-15"), digne)

    on_the("2019-01-02")
    tick()

    with transaction() as session:
        told = {each.subject: json.loads(each.body)["data"] for each in history(session) if "deadline" in each.type}
    parties = {each["due_on"]: set(each["party_ids"]) for each in told.values()}
    assert story.region["id"] in parties["2017-12-01"]
    assert story.region["id"] not in parties["2018-12-31"]


def test_after_a_stop_a_party_that_left_is_not_told_what_others_agreed_on_since(story: Story) -> None:
    amended = AmendedStory(story.door, story)
    digne = with_digne(amended)
    on_the("2017-12-20")
    more = {"kind": "amount", "tranche_id": amended.first, "amount": "31234.00"}
    amended.signed(amended.amendment(more, effective_on="2017-12-20"))

    tick()

    with transaction() as session:
        told = [json.loads(each.body)["data"] for each in history(session) if "deadline" in each.type]
    assert {each["amount"]: digne["id"] in each["party_ids"] for each in told} == {"5000.00": True, "31234.00": False}


def test_the_first_time_only_what_falls_due_that_day_is_announced(door: ApiClient) -> None:
    Story(door).in_force()
    on_the("2018-06-30")

    tick()
    tick()
    on_the("2018-12-31")
    tick()

    assert announced() == ALL[1:]


def test_a_clock_set_back_begins_anew(door: ApiClient) -> None:
    on_the("2026-01-01")
    tick()
    on_the("2017-10-20")
    tick()
    Story(door).in_force()

    on_the("2017-12-01")
    tick()

    assert announced() == ALL[:1]


def test_several_workers_at_once_announce_each_once(story: Story) -> None:
    for _ in range(3):
        story.in_force()
    on_the("2019-01-07")

    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(copy_context().run, tick) for _ in range(4)]:
            each.result(30)

    assert sorted(announced()) == sorted(ALL * 3)


def test_a_convention_that_ended_before_announces_nothing_that_is_no_longer_owed(story: Story) -> None:
    convention = story.in_force()
    on_the("2018-03-31")
    tick()

    terminate(story, convention, "2018-03-31")
    on_the("2019-01-07")
    tick()

    assert announced() == listed(story) == ALL[:1]


def test_a_convention_terminated_for_a_day_to_come_ends_on_that_day_instead(story: Story) -> None:
    convention = story.in_force()
    on_the("2018-01-15")
    tick()

    terminate(story, convention, "2018-09-30")
    early = [*ALL[:2], ("convention_ending", "2018-09-30")]
    assert listed(story) == listed(story, f"&convention_id={convention['id']}") == early
    assert listed(story, "&kind=convention_ending&until=2018-09-30", story.as_region()) == early[2:]
    calendar = made(signed_in_for(story, "o@office.example", role="programme_office").post("/v1/deadlines/feed"))
    assert told_by(read_by(story, calendar["secret"])) == early
    for day in ("2018-06-30", "2018-09-29", "2018-09-30", "2018-09-30", "2018-12-31", "2019-01-07"):
        on_the(day)
        tick()
        assert ("convention_ending" in dict(announced())) == (day >= "2018-09-30")

    assert announced() == early


def test_an_early_end_missed_by_a_weeks_stop_is_announced_once(story: Story) -> None:
    terminate(story, story.in_force(), "2017-11-30")
    on_the("2017-12-07")

    tick()
    tick()

    assert announced() == listed(story) == [("convention_ending", "2017-11-30")]


def test_the_nearest_early_ends_come_first_page_by_page(story: Story) -> None:
    days = ["2018-05-31", "2018-03-31", "2018-04-30"]
    for day in days:
        terminate(story, story.in_force(), day)
    story.in_force()

    found, cursor = [], ""
    while cursor is not None:
        query = f"/v1/deadlines?since=2017-01-01&kind=convention_ending&limit=1{cursor}"
        page = story.office.get(query).get_json()
        found += [each["due_on"] for each in page["items"]]
        cursor = page["next"] and f"&cursor={page['next']}"

    assert found == [*sorted(days), "2018-12-31"]


def test_a_termination_for_the_agreed_last_day_is_announced_as_one_end(story: Story) -> None:
    terminate(story, story.in_force(), "2018-12-31")
    on_the("2018-12-31")

    tick()
    tick()

    assert sorted(announced()) == sorted(ALL)


def test_who_left_before_an_end_hears_nothing_of_it_and_all_that_fell_due_before(story: Story) -> None:
    amended = AmendedStory(story.door, story)
    on_the("2017-12-01")
    leaves = {"kind": "party_leaves", "organisation_id": story.region["id"]}
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "beneficiary"}}
    gone = [{"kind": "tranche_removed", "tranche_id": amended.second}]
    own = {**story.text()["lines"][0], "organisation_id": story.departement["id"]}
    taken_over = {**own, "tranches": [{"amount": "50000.00", "due_on": "2018-06-30"}]}
    draft = amended.try_to_amend(
        *gone, {"kind": "line_added", "line": taken_over}, joins, leaves, effective_on="2017-12-02"
    )
    amendment = made(story.office.post(f"/v1/amendments/{made(draft)['id']}/proposal"))
    on_the("2017-12-02")
    amended.signed(amendment, digne)
    body = {"terminated_on": "2017-12-20", "reason": "Fin"}
    made(story.office.post(f"/v1/conventions/{amended.convention['id']}/termination", json=body))

    on_the("2017-12-27")
    tick()

    with transaction() as session:
        events = [json.loads(each.body)["data"] for each in history(session) if "deadline" in each.type]
    told = {each["kind"]: set(each["party_ids"]) for each in events}
    assert story.region["id"] in told["tranche_due"]
    assert told["convention_ending"] == {digne["id"], story.departement["id"]}
    assert listed(story, "&kind=convention_ending", story.as_region()) == []


def test_a_proposal_that_was_withdrawn_announces_nothing(story: Story) -> None:
    proposal = story.proposal()
    assert listed(story) == [("proposal_expiring", "2018-12-31")]
    made(story.office.post(f"/v1/conventions/{proposal['id']}/withdrawal", json={"reason": "Refait"}))

    on_the("2019-01-07")
    tick()

    assert announced() == listed(story) == []


def test_a_draft_has_no_deadline(story: Story) -> None:
    story.draft()

    assert listed(story) == []


def test_a_leap_day_is_a_day_like_any_other(story: Story) -> None:
    line = {**story.text()["lines"][0], "tranches": [{"amount": "1.00", "due_on": "2020-02-29"}]}
    proposal = story.proposal(ends_on="2020-12-31", lines=[line])
    made(story.sign(proposal, story.region))
    made(story.sign(proposal, story.departement))

    on_the("2020-02-28")
    tick()
    assert announced() == []
    on_the("2020-02-29")
    tick()

    assert announced() == [("tranche_due", "2020-02-29")]


def test_an_adherence_ends_where_a_material_version_was_not_signed_in_time(story: Story) -> None:
    first = made(story.office.post("/v1/charters", json=CHARTER))
    for each in (story.region, story.departement):
        path = f"/v1/charters/{first['id']}/signatures/{each['id']}"
        made(
            story.office.put(
                path, json={**SIGNATURE, "mandate_id": story.mandate["id"] if each is story.departement else None}
            )
        )
    later = {**CHARTER, "text": "Autre", "material": True, "judgement": "Les votes changent", "adhere_by": "2018-01-31"}
    second = made(story.office.post("/v1/charters", json=later))
    again = f"/v1/charters/{second['id']}/signatures/{story.region['id']}"
    made(story.office.put(again, json=SIGNATURE))
    assert listed(story) == [("charter_ending", "2018-01-31")]

    on_the("2018-02-07")
    PartnersWorker.lapse_adherences(PartnersWorker())
    tick()
    tick()

    assert announced() == [("charter_ending", "2018-01-31")]


def test_what_is_announced_says_whom_it_concerns_and_how_much_it_is(story: Story) -> None:
    convention = story.in_force()
    on_the("2017-12-01")
    tick()

    with transaction() as session:
        [event] = [json.loads(each.body)["data"] for each in history(session) if "deadline" in each.type]

    assert (event["amount"], event["vat_basis"], event["contribution"]) == ("30000.00", "TTC", "cash")
    assert (event["convention_id"], event["organisation_id"]) == (convention["id"], story.region["id"])
    assert set(event["party_ids"]) == {story.region["id"], story.departement["id"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("&kind=tranche_due", ALL[:2]),
        ("&until=2018-06-30", ALL[:2]),
        ("&since=2018-01-01", ALL[1:]),
        ("&limit=1", ALL[:1]),
    ],
)
def test_the_list_is_narrowed(story: Story, query: str, found: list[Any]) -> None:
    story.in_force()
    path = f"/v1/deadlines?{query.lstrip('&')}{'' if 'since' in query else '&since=2017-01-01'}"

    items = story.office.get(path).get_json()["items"]

    assert [(each["kind"], each["due_on"]) for each in items] == found


def test_a_cursor_goes_on_where_the_page_ended(story: Story) -> None:
    story.in_force()
    first = story.office.get("/v1/deadlines?since=2017-01-01&limit=2").get_json()

    second = story.office.get(f"/v1/deadlines?since=2017-01-01&limit=2&cursor={first['next']}").get_json()

    assert [each["due_on"] for each in first["items"] + second["items"]] == [day for _, day in ALL]
    assert second["next"] is None


def test_a_partner_sees_the_deadlines_of_what_it_is_party_to(story: Story) -> None:
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    convention = story.in_force()

    assert listed(story, client=story.as_region()) == ALL
    assert listed(story, client=story.door.as_(Role.PARTNER, UUID(digne["id"]))) == []
    assert listed(story, f"&organisation_id={digne['id']}") == []
    assert listed(story, f"&convention_id={convention['id']}") == ALL


def signed_in_for(story: Story, email: str, **who: Any) -> ApiClient:
    """Somebody who was invited, as they call once signed in."""
    person = made(story.office.post("/v1/invitations", json={"email": email, "name": "Camille Exemple", **who}))[
        "person"
    ]
    organisation_id = UUID(person["organisation_id"]) if person["organisation_id"] else None
    return story.door.as_(Role(person["role"]), organisation_id, subject=person["id"])


def read_by(story: Story, secret: str, query: str = "") -> TestResponse:
    path = f"/v1/deadlines/feed/items?since=2017-01-01{query}"
    return story.door.get(path, headers={"Authorization": f"Bearer {secret}"})


def told_by(answer: TestResponse) -> list[tuple[str, str]]:
    return [(each["kind"], each["due_on"]) for each in made(answer)["items"]]


def test_a_secret_address_opens_the_deadlines_of_whoever_made_it_and_nothing_else(story: Story) -> None:
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    story.in_force()
    region = signed_in_for(story, "r@region.example", role="partner", organisation_id=story.region["id"])
    commune = signed_in_for(story, "c@digne.example", role="partner", organisation_id=digne["id"])
    secret = made(region.post("/v1/deadlines/feed"))["secret"]

    assert told_by(read_by(story, secret)) == ALL
    assert told_by(read_by(story, secret, "&kind=tranche_due&limit=1")) == ALL[:1]
    assert told_by(read_by(story, made(commune.post("/v1/deadlines/feed"))["secret"])) == []
    for path in ("/v1/deadlines", "/v1/conventions", "/v1/deadlines/feed"):
        assert story.door.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_new_secret_address_ends_the_former_and_one_that_was_ended_opens_nothing(story: Story) -> None:
    story.in_force()
    office = signed_in_for(story, "o@office.example", role="programme_office")
    first = made(office.post("/v1/deadlines/feed"))
    assert told_by(read_by(story, first["secret"])) == ALL
    assert made(office.get("/v1/deadlines/feed"))["read_at"] is not None

    second = made(office.post("/v1/deadlines/feed"))

    assert second["feed"]["read_at"] is None
    assert (read_by(story, first["secret"]).status_code, told_by(read_by(story, second["secret"]))) == (401, ALL)
    assert office.delete("/v1/deadlines/feed").status_code == 204
    assert read_by(story, second["secret"]).status_code == 401
    assert [office.call(verb, "/v1/deadlines/feed").status_code for verb in ("GET", "DELETE")] == [404, 404]


def test_a_secret_address_shows_what_its_owner_may_see_today(story: Story) -> None:
    story.in_force()
    secret = made(signed_in_for(story, "p@office.example", role="programme_office").post("/v1/deadlines/feed"))[
        "secret"
    ]
    digne = made(story.office.post("/v1/organisations", json=DIGNE))

    signed_in_for(story, "p@office.example", role="partner", organisation_id=digne["id"])

    assert told_by(read_by(story, secret)) == []


def test_a_secret_address_is_kept_as_a_digest_alone(story: Story) -> None:
    office = signed_in_for(story, "o@office.example", role="programme_office")
    secret = made(office.post("/v1/deadlines/feed"))["secret"]

    with transaction() as session:
        kept = session.execute(text("SELECT * FROM deadline_feeds")).one()
    assert secret not in str(kept)


def test_a_program_gets_no_secret_address_and_no_secret_is_guessed(story: Story) -> None:
    program = story.door.as_(Role.PROGRAMME_OFFICE, subject=str(new_id()))

    answer = program.post("/v1/deadlines/feed")

    assert (answer.status_code, "with its own token" in answer.get_json()["detail"]) == (409, True)
    assert read_by(story, "guessed").status_code == 401
    assert story.door.get("/v1/deadlines/feed/items").status_code == 401
