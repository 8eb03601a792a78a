"""A new version asks again only when it is material."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from chassis import clock
from chassis.database import transaction
from chassis.testing_http import ApiClient
from services.partners.use_cases.charters import lapse_adherences
from services.partners.worker import PartnersWorker
from tests.services.partners.bodies import CHARTER, SIGNATURE, Json, Story, made
from tests.services.partners.test_charters_door import IMMATERIAL, MATERIAL, adherence, said

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


@pytest.fixture
def charter(story: Story) -> Json:
    return made(story.office.post("/v1/charters", json=CHARTER))


def published(story: Story, changes: Json) -> Json:
    return made(story.office.post("/v1/charters", json={**CHARTER, **changes}))


def of(story: Story, charter: Json) -> list[Json]:
    items: list[Json] = made(story.office.get(f"/v1/charters/{charter['id']}/signatures"))["items"]
    return items


def test_a_later_version_comes_with_a_judgement_that_is_kept(story: Story, charter: Json) -> None:
    refused = story.office.post("/v1/charters", json={**CHARTER, "text": "Autrement…"})
    past = story.office.post("/v1/charters", json={**CHARTER, **MATERIAL, "adhere_by": "2017-10-20"})
    second = published(story, MATERIAL)

    assert (charter["material"], charter["judgement"]) == (True, None)
    assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/material", "/judgement"]
    assert [each["pointer"] for each in past.get_json()["errors"]] == ["/adhere_by"]
    assert (second["material"], second["judgement"]) == (True, MATERIAL["judgement"])
    assert (second["judged_by"], second["adhere_by"]) == ("test-programme_office", "2017-11-30")
    assert story.office.post("/v1/charters", json={**CHARTER, **MATERIAL}).status_code == 409


def test_whoever_adheres_to_two_versions_at_once_adheres_to_one(story: Story, charter: Json) -> None:
    second = published(story, IMMATERIAL)
    asked = [charter, second] * 4

    with ThreadPoolExecutor(4) as clerks:
        answers = list(
            clerks.map(lambda each: story.office.put(adherence(each, story.region), json=SIGNATURE).status_code, asked)
        )

    in_force = [each for version in (charter, second) for each in of(story, version) if each["lapsed_on"] is None]
    assert (len(in_force), sorted(set(answers))) == (1, [200, 409])


def test_an_immaterial_version_asks_nobody_again(story: Story, charter: Json) -> None:
    made(story.office.put(adherence(charter, story.region), json=SIGNATURE))
    second = published(story, IMMATERIAL)

    again = story.office.put(adherence(second, story.region), json=SIGNATURE)
    newcomer = story.office.put(
        adherence(second, story.departement), json={**SIGNATURE, "mandate_id": story.mandate["id"]}
    )

    assert again.status_code == 409
    assert "asks nothing new of it" in again.get_json()["detail"]
    assert newcomer.status_code == 200


def test_adhering_to_a_material_version_takes_the_earlier_adherences_place(story: Story, charter: Json) -> None:
    made(story.office.put(adherence(charter, story.region), json=SIGNATURE))
    second = published(story, MATERIAL)

    made(story.office.put(adherence(second, story.region), json=SIGNATURE))

    assert [(each["signed_on"], each["lapsed_on"]) for each in of(story, charter)] == [("2017-10-20", "2017-10-20")]
    assert [each["lapsed_on"] for each in of(story, second)] == [None]
    assert said() == ["mandate.recorded", "charter.signed", "charter.lapsed", "charter.signed"]
    replaced = story.office.put(adherence(charter, story.region), json=SIGNATURE)
    assert "adhere to that one or a later one" in replaced.get_json()["detail"]


def test_a_later_version_is_not_signed_before_it_was_published(story: Story, charter: Json) -> None:
    def signed(version: Json, on: str) -> TestResponse:
        return story.office.put(adherence(version, story.region), json={**SIGNATURE, "signed_on": on})

    on_paper_before_the_register = signed(charter, "2017-10-01")
    clock.travel_to(datetime(2017, 10, 25, 9, tzinfo=UTC))
    second = published(story, MATERIAL)
    early, in_time = signed(second, "2017-10-24"), signed(second, "2017-10-25")

    assert (on_paper_before_the_register.status_code, in_time.status_code) == (200, 200)
    assert (early.status_code, early.get_json()["errors"][0]["pointer"]) == (422, "/signed_on")


def test_who_does_not_adhere_again_in_time_no_longer_adheres_and_that_happens_once(story: Story, charter: Json) -> None:
    made(story.office.put(adherence(charter, story.region), json=SIGNATURE))
    published(story, MATERIAL)
    published(story, {**IMMATERIAL, "title": "Charte, troisième version"})

    PartnersWorker().lapse_adherences()
    before = of(story, charter)[0]["lapsed_on"]
    clock.travel_to(datetime(2017, 12, 1, 9, tzinfo=UTC))
    for _ in range(2):
        PartnersWorker().lapse_adherences()

    assert (before, of(story, charter)[0]["lapsed_on"]) == (None, "2017-11-30")
    assert said() == ["mandate.recorded", "charter.signed", "charter.lapsed"]
    gone = story.office.post(
        f"{adherence(charter, story.region)}/withdrawal", json={"withdrawn_on": "2017-12-01", "reason": "Fusion"}
    )
    assert gone.status_code == 404


def test_two_at_once_let_an_adherence_lapse_once(story: Story, charter: Json) -> None:
    made(story.office.put(adherence(charter, story.region), json=SIGNATURE))
    published(story, MATERIAL)
    later = datetime(2017, 12, 1, tzinfo=UTC).date()

    with transaction() as one, transaction() as other:
        assert lapse_adherences(one, today=later) == 1
        assert lapse_adherences(other, today=later) == 0
