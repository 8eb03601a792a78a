"""Models of conventions over HTTP: patterns that never mix, clauses filled at the draft, texts kept for ever."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.database import transaction
from chassis.identity import Role
from chassis.testing import deliver
from chassis.testing_http import ApiClient
from services.partners.worker import PartnersWorker
from tests.services.partners.bodies import Json, Story, made
from tests.services.partners.builders import an_action_event, the_action_id, the_programme_event

pytestmark = pytest.mark.needs_postgresql

MODEL = "/v1/convention-models/SUN04"
CLAUSE = {"code": "versement", "title": "Versement", "text": "{cash} sous {delay}, jusqu’au {ends_on}."}


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


def change_model(story: Story, path: str = MODEL, revision: int = 1, **changes: object) -> Json:
    body = {"reference_pattern": "SUN-{year}-{number:03}", "clauses": [CLAUSE], **changes}
    return made(story.office.put(path, json=body, if_match=revision))


def a_second_programme(code: str = "SUN05") -> None:
    deliver(PartnersWorker.know_programme, the_programme_event(programme_code=code))
    deliver(PartnersWorker.know_action, an_action_event("9.1", programme_code=code))


def of_the_second(story: Story) -> Json:
    [line] = story.text()["lines"]
    return story.proposal(programme_code="SUN05", lines=[{**line, "action_id": str(the_action_id("9.1"))}])


def test_two_programmes_with_one_prefix_count_each_for_itself(story: Story) -> None:
    a_second_programme()

    references = [each["reference"] for each in (story.proposal(), of_the_second(story), story.proposal())]

    assert references == ["SUN-2017-001", "SUN05-2017-001", "SUN-2017-002"]


def test_a_reference_follows_its_programmes_pattern(story: Story) -> None:
    change_model(story, reference_pattern="CD04/{year}/N{number:4}")

    assert story.proposal()["reference"] == "CD04/2017/N0001"


@pytest.mark.parametrize(
    "pattern", ["SUN-{number}", "{year}{number}", "SUN-{number}-{year}", "SUN4{year}-{number}", "é{year}-{number}"]
)
def test_a_pattern_that_could_give_a_reference_twice_is_refused(story: Story, pattern: str) -> None:
    body = {"reference_pattern": pattern, "clauses": []}

    answer = story.office.put(MODEL, json=body, if_match=1)

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/reference_pattern")


def test_two_programmes_do_not_share_a_pattern(story: Story) -> None:
    a_second_programme()
    body = {"reference_pattern": "SUN-{year}-{number:05}", "clauses": []}

    answer = story.office.put("/v1/convention-models/SUN05", json=body, if_match=1)

    assert (answer.status_code, "Programme SUN04 writes its references so" in answer.text) == (409, True)


def test_a_pattern_taken_over_counts_on_where_the_other_programme_stopped(story: Story) -> None:
    for _ in range(2):
        story.proposal()
    a_second_programme()
    change_model(story, reference_pattern="CD04-{year}-{number:03}")
    change_model(story, "/v1/convention-models/SUN05")

    with ThreadPoolExecutor(4) as pool:
        proposals = list(pool.map(lambda _: of_the_second(story), range(4)))

    assert sorted(each["reference"] for each in proposals) == [f"SUN-2017-00{number}" for number in (3, 4, 5, 6)]
    assert story.proposal()["reference"] == "CD04-2017-003"


def test_a_model_changes_under_the_revision_that_was_read(story: Story) -> None:
    change_model(story)

    assert story.office.put(MODEL, json={"reference_pattern": "A-{year}-{number}"}, if_match=1).status_code == 412
    assert made(story.office.get(MODEL))["clauses"] == [CLAUSE]
    assert story.as_region().put(MODEL, json={"reference_pattern": "A-{year}-{number}"}, if_match=2).status_code == 403
    assert story.office.get("/v1/convention-models/NONE").status_code == 404


def test_a_clause_is_filled_when_the_convention_is_drafted(story: Story) -> None:
    change_model(story)

    draft = story.draft(clauses=[{"code": "versement", "values": {"delay": "30 jours"}}])

    assert draft["clauses"] == [
        {"code": "versement", "title": "Versement", "text": "80\u202f000,00 € sous 30 jours, jusqu’au 31/12/2018."}
    ]


def test_a_clause_that_lacks_a_value_or_a_template_is_refused_at_its_place(story: Story) -> None:
    change_model(story)

    for clause, pointer in (({"code": "versement"}, "/clauses/0/values"), ({"code": "autre"}, "/clauses/0/code")):
        answer = story.office.post("/v1/conventions", json=story.text(clauses=[clause]))
        assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_every_text_put_before_the_parties_can_be_read_for_ever(story: Story) -> None:
    convention = story.proposal(clauses=[{"code": "objet", "text": "Équiper la vallée."}])
    path = f"/v1/conventions/{convention['id']}"
    changed = made(story.office.put(path, json=story.text(ends_on="2019-06-30"), if_match=1))

    texts = made(story.as_region().get(f"{path}/texts"))["items"]

    assert [(each["version"], each["fingerprint"]) for each in texts] == [
        (1, convention["fingerprint"]),
        (2, changed["fingerprint"]),
    ]
    assert all(sha256(each["text"].encode()).hexdigest() == each["fingerprint"] for each in texts)
    assert "Équiper la vallée." in texts[0]["text"]
    stranger = made(story.office.post("/v1/organisations", json={"name": "Ailleurs"}))
    assert (
        story.door.as_(Role.PARTNER, stranger["id"]).get(f"/v1/conventions/{convention['id']}/texts").status_code == 404
    )
    for rewriting in ("UPDATE convention_texts SET version = 9", "DELETE FROM convention_texts"):
        with pytest.raises(IntegrityError, match="never rewritten"), transaction() as session:
            session.execute(text(rewriting))


def test_what_is_passed_on_names_its_source(story: Story) -> None:
    source = story.in_force()
    [source_line] = source["lines"]
    [line] = story.text()["lines"]
    passing = {**line, "organisation_id": story.departement["id"], "passes_on": source_line["line_id"]}
    region = {"organisation_id": story.region["id"], "role": "contributor"}
    parties = [story.text()["parties"][0], region]

    first = story.proposal(lines=[passing], parties=parties)
    second = story.office.post("/v1/conventions", json=story.text(lines=[passing], parties=parties))

    [shown] = first["lines"]
    assert (shown["passes_on_reference"], shown["passes_on_organisation"]) == ("SUN-2017-001", story.region["name"])
    assert (second.status_code, second.get_json()["errors"][0]["pointer"]) == (422, "/lines/0/passes_on")
    assert "0.00 € of SUN-2017-001 are not passed on yet" in second.text
