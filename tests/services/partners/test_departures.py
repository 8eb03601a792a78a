"""A departure foreseen from partners' own copy, then carried out: what was named ends, and nothing else."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from chassis import clock
from chassis.database import transaction
from chassis.identifiers import new_id, stable_id
from chassis.identity import Role
from chassis.testing import deliver, history
from chassis.testing_http import ApiClient
from contracts.actions import Body, SeatClosed, SeatOpened, SeatState
from services.partners.domain.programme import KnownSeat
from services.partners.worker import PartnersWorker
from tests.services.partners.amended import AmendedStory, on_the_day
from tests.services.partners.bodies import CHARTER, DIGNE, SIGNATURE, Json, Story, made
from tests.services.partners.test_mergers_door import a_duplicate, merged

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


def a_seat(organisation: Json, because: str, *, closed_on: date | None = None, body: Body = Body.STEERING) -> SeatState:
    kind = SeatClosed if closed_on else SeatOpened
    return kind(
        seat_id=stable_id("seat", because, organisation["id"]),
        body=body,
        programme_code="SUN04",
        action_code="2.1" if body is Body.STEERING else None,
        organisation_id=UUID(organisation["id"]),
        organisation_name=organisation["name"],
        because=UUID(because),
        opened_on=date(2017, 10, 20),
        closed_on=closed_on,
        sequence=2 if closed_on else 1,
    )


def foreseen(story: Story, organisation: Json, on: str = "2018-03-31") -> Json:
    return made(story.office.get(f"/v1/departures/{organisation['id']}?on={on}"))


def adhere(story: Story) -> Json:
    charter = made(story.office.post("/v1/charters", json=CHARTER))
    return made(story.office.put(f"/v1/charters/{charter['id']}/signatures/{story.region['id']}", json=SIGNATURE))


def test_a_departure_names_adherence_conventions_seats_actions_and_tranches(story: Story) -> None:
    adherence, convention, proposal = adhere(story), story.in_force(), story.proposal()
    deliver(
        PartnersWorker.know_seat,
        a_seat(story.region, adherence["id"], body=Body.CONSULTATION),
        a_seat(story.region, convention["id"]),
        a_seat(story.departement, convention["id"]),
        a_seat(story.departement, str(new_id())),
    )

    departure = foreseen(story, story.region)

    assert [each["id"] for each in departure["adherences"]] == [adherence["id"]]
    assert {(each["id"], each["becomes"]) for each in departure["conventions"]} == {
        (convention["id"], "terminated"),
        (proposal["id"], "refused"),
    }
    assert [each["code"] for each in departure["actions"]] == ["2.1"]
    seats = sorted((each["body"], each["organisation_name"]) for each in departure["seats"])
    assert seats == sorted(
        [
            ("consultation", story.region["name"]),
            ("steering", story.region["name"]),
            ("steering", story.departement["name"]),
        ]
    )
    of_convention = [each for each in departure["tranches"] if each["convention_id"] == convention["id"]]
    assert [(each["due_on"], each["lost"]) for each in of_convention] == [("2017-12-01", False), ("2018-06-30", True)]
    assert all(each["lost"] for each in departure["tranches"] if each["convention_id"] == proposal["id"])


def test_drafts_that_name_it_are_given_to_who_writes_them(story: Story) -> None:
    draft = story.draft(title="Plus tard")

    its_own = made(story.as_region().get(f"/v1/departures/{story.region['id']}?on=2018-03-31"))

    assert foreseen(story, story.region)["drafts"] == [{"id": draft["id"], "title": "Plus tard"}]
    assert its_own["drafts"] == []


def test_what_is_named_ends_when_the_organisation_leaves_and_then_nothing_is_left(story: Story) -> None:
    adherence, convention = adhere(story), story.in_force()
    half = story.proposal()
    made(story.sign(half, story.region))
    departure = foreseen(story, story.region)
    doing = {
        "terminated": ("termination", {"terminated_on": "2018-03-31", "reason": "Départ"}),
        "refused": ("refusal", {"organisation_id": story.region["id"], "reason": "Départ"}),
        "withdrawn": ("withdrawal", {"reason": "Départ"}),
    }

    for each in departure["conventions"]:
        verb, body = doing[each["becomes"]]
        ended = made(story.office.post(f"/v1/conventions/{each['id']}/{verb}", json=body))
        assert ended["status"] == each["becomes"]
    leaving = f"/v1/charters/{adherence['charter_id']}/signatures/{story.region['id']}/withdrawal"
    clock.travel_to(datetime(2018, 3, 31, 9, tzinfo=UTC))
    made(story.office.post(leaving, json={"withdrawn_on": "2018-03-31", "reason": "Départ"}))

    assert {each["becomes"] for each in departure["conventions"]} == {"terminated", "withdrawn"}
    assert convention["id"] in {each["id"] for each in departure["conventions"]}
    left = foreseen(story, story.region)
    assert (left["adherences"], left["conventions"], left["seats"], left["tranches"]) == ([], [], [], [])


@pytest.mark.parametrize("on", ["2019-01-01", "2017-10-19"], ids=["after its end", "before it began"])
def test_a_convention_that_is_not_in_force_on_that_day_is_not_touched(story: Story, on: str) -> None:
    story.in_force()

    assert foreseen(story, story.region, on)["conventions"] == []


def test_nothing_ends_before_the_amendment_in_force(door: ApiClient) -> None:
    story = AmendedStory(door, Story(door))
    story.signed(story.amendment_at_once())
    ending = f"/v1/conventions/{story.convention['id']}/termination"

    for on, ends in (("2017-10-31", 0), ("2017-11-01", 1)):
        assert len(foreseen(story, story.region, on)["conventions"]) == ends
        refused = story.office.post(ending, json={"terminated_on": on, "reason": "Retrait"}).status_code == 422
        assert refused == (ends == 0)


def test_amendments_under_way_and_lines_elsewhere_that_hand_its_money_on_are_named(door: ApiClient) -> None:
    story = AmendedStory(door, Story(door))
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    handed_on = {
        **story.text()["lines"][0],
        "organisation_id": story.departement["id"],
        "passes_on": story.line["line_id"],
        "tranches": [{"amount": "20000.00", "due_on": "2018-07-31"}],
    }
    parties = [
        {"organisation_id": digne["id"], "role": "project_owner"},
        {"organisation_id": story.departement["id"], "role": "funder", "mandate_id": story.mandate["id"]},
    ]
    downstream = story.proposal(lines=[handed_on], parties=parties)
    amendment = story.amendment()

    departure = foreseen(story, story.region)

    assert [(each["id"], each["status"]) for each in departure["amendments"]] == [(amendment["id"], "proposed")]
    assert [(each["convention_id"], each["passes_on_reference"], each["amount"]) for each in departure["fed"]] == [
        (downstream["id"], "SUN-2017-001", "20000.00")
    ]
    own = made(story.as_region().get(f"/v1/departures/{story.region['id']}?on=2018-03-31"))
    assert (len(own["amendments"]), own["fed"]) == (1, [])


def test_a_party_that_left_is_told_no_line_that_others_agreed_on_afterwards(door: ApiClient) -> None:
    story = AmendedStory(door, Story(door))
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    line = {
        **story.text()["lines"][0],
        "organisation_id": story.departement["id"],
        "passes_on": story.line["line_id"],
        "tranches": [{"amount": "20000.00", "due_on": "2018-07-31"}],
    }
    owner, region = story.text()["parties"]
    parties = [owner, {**region, "role": "beneficiary"}, {"organisation_id": digne["id"], "role": "beneficiary"}]
    downstream = story.proposal(lines=[line], parties=parties)
    for each in (story.region, digne, story.departement):
        made(story.sign(downstream, each))
    on_the_day(2017, 11, 15)
    leaves = {"kind": "party_leaves", "organisation_id": story.region["id"]}
    clause = {"kind": "clause", "clause": {"code": "suivi", "title": "Suivi", "text": "Un comité se réunit."}}
    for change, others in ((leaves, [story.region]), (clause, [])):
        draft = made(story.amend(downstream, change, effective_on=str(clock.today())))
        amendment = made(story.office.post(f"/v1/amendments/{draft['id']}/proposal"))
        for each in (*others, digne, story.departement):
            made(story.sign_amendment(amendment, each))
        on_the_day(2017, 11, 16)

    fed = [
        made(each.get(f"/v1/departures/{story.region['id']}?on=2018-03-31"))["fed"]
        for each in (story.office, story.as_region())
    ]

    assert [len(each) for each in fed] == [1, 0]


def test_a_duplicate_that_was_merged_is_asked_about_under_its_new_name(story: Story) -> None:
    duplicate = a_duplicate(story)
    merged(story, story.region, duplicate)

    refused = story.office.get(f"/v1/departures/{duplicate['id']}?on=2018-03-31")

    assert refused.status_code == 404
    assert f"ask about that one, {story.region['id']}" in refused.get_json()["detail"]


def test_asking_writes_nothing(story: Story) -> None:
    story.in_force()
    with transaction() as session:
        before = len(history(session))

    foreseen(story, story.region)

    with transaction() as session:
        assert len(history(session)) == before


def test_a_partner_asks_about_itself_alone(story: Story) -> None:
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    path = f"/v1/departures/{story.region['id']}?on=2018-03-31"

    assert story.as_region().get(path).status_code == 200
    assert story.door.as_(Role.PARTNER, UUID(digne["id"])).get(path).status_code == 404
    assert story.office.get(f"/v1/departures/{new_id()}?on=2018-03-31").status_code == 404


def test_a_seat_delivered_twice_and_late_stands_as_last_announced(story: Story) -> None:
    because = str(new_id())
    opened, closed = a_seat(story.region, because), a_seat(story.region, because, closed_on=date(2018, 3, 31))

    deliver(PartnersWorker.know_seat, closed, times=2)
    deliver(PartnersWorker.know_seat, opened, times=2)

    with transaction() as session:
        [seat] = session.query(KnownSeat)
        assert seat.closed_on == date(2018, 3, 31)
