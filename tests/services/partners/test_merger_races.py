"""Mergers beside other work: what names a duplicate at the same moment is moved, or refused with whom to name."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from chassis.database import transaction
from chassis.testing import history
from chassis.testing_http import ApiClient
from services.partners.domain.convention_parts import ConventionSignature
from services.partners.domain.organisation import Organisation
from services.partners.use_cases.mergers import merge_organisations
from services.partners.use_cases.organisations import ImportReport, change_organisation, import_organisations
from tests.services.partners.bodies import MANDATE, Json, Story, made
from tests.services.partners.builders import REGION_SIREN, TODAY
from tests.services.partners.test_mergers_door import a_duplicate, merged

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


@contextmanager
def merging(survivor: Json, duplicate: Json) -> Iterator[Session]:
    """Merge, and commit only after what happens within."""
    with transaction() as session:
        merge_organisations(session, survivor_id=UUID(survivor["id"]), duplicate_id=UUID(duplicate["id"]), on=TODAY)
        yield session


def answered_after(survivor: Json, duplicate: Json, ask: Callable[[], TestResponse]) -> TestResponse:
    """Ask while a merger is under way; the answer waits for it."""
    with ThreadPoolExecutor(1) as threads:
        with merging(survivor, duplicate) as session:
            answer: Future[TestResponse] = threads.submit(ask)
            wait_until_blocked(session)
            assert not answer.done()
        return answer.result(30)


def wait_until_blocked(session: Session) -> None:
    """Wait until another transaction waits for this one."""
    blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if session.scalar(blocked):
            return
        time.sleep(0.02)
    raise AssertionError("nothing waited for the merger")


def test_a_signature_given_while_its_party_is_merged_is_not_lost(story: Story) -> None:
    duplicate, survivor, proposal = story.region, a_duplicate(story), story.proposal()

    refused = answered_after(survivor, duplicate, lambda: story.sign(proposal, duplicate))

    assert refused.status_code == 404
    assert made(story.sign(proposal, survivor))["status"] == "partially_signed"
    with transaction() as session:
        assert session.query(ConventionSignature).filter_by(organisation_id=UUID(duplicate["id"])).count() == 0


def test_a_draft_written_while_its_party_is_merged_is_refused_with_whom_to_name(story: Story) -> None:
    duplicate, survivor = story.region, a_duplicate(story)

    refused = answered_after(survivor, duplicate, lambda: story.office.post("/v1/conventions", json=story.text()))

    assert refused.status_code == 422
    [error] = [each for each in refused.get_json()["errors"] if each["pointer"] == "/parties/1/organisation_id"]
    assert survivor["id"] in error["detail"]


@pytest.mark.parametrize("noun", ["clients", "invitations", "mandates"])
def test_nothing_new_names_a_duplicate_that_was_merged(story: Story, noun: str) -> None:
    duplicate = a_duplicate(story)
    merged(story, story.region, duplicate)
    bodies: dict[str, Json] = {
        "clients": {"name": "Outil", "role": "partner", "scopes": ["read"]},
        "invitations": {"email": "claude@example.org", "name": "Claude Exemple", "role": "partner"},
        "mandates": MANDATE,
    }

    refused = story.office.post(f"/v1/{noun}", json={**bodies[noun], "organisation_id": duplicate["id"]})

    assert (refused.status_code, refused.get_json()["organisation_id"]) == (409, story.region["id"])


def test_a_mandate_that_names_the_duplicate_as_counterparty_covers_the_survivor(story: Story) -> None:
    duplicate = a_duplicate(story)
    acts = {"acts": ["sign_conventions"], "counterparties": [duplicate["id"]]}
    body = {**MANDATE, "number": "2017-119", "organisation_id": story.departement["id"], "authorisations": [acts]}
    mandate = made(story.office.post("/v1/mandates", json=body))

    merged(story, story.region, duplicate)

    kept = made(story.office.get(f"/v1/mandates/{mandate['id']}"))
    assert [each["id"] if isinstance(each, dict) else each for each in kept["authorisations"][0]["counterparties"]] == [
        story.region["id"]
    ]


@pytest.fixture
def covering(story: Story) -> tuple[Json, Json, Json]:
    """A mandate of the département that names the région and a duplicate of it, what it says, and the duplicate."""
    duplicate = a_duplicate(story)
    acts = {"acts": ["sign_conventions"], "counterparties": [story.region["id"], duplicate["id"]]}
    said = {**MANDATE, "number": "2017-119", "authorisations": [acts]}
    mandate = made(story.office.post("/v1/mandates", json={**said, "organisation_id": story.departement["id"]}))
    return mandate, said, duplicate


def test_a_mandate_that_names_both_as_counterparties_names_one_and_is_still_completed(
    story: Story, covering: tuple[Json, Json, Json]
) -> None:
    mandate, said, duplicate = covering
    made(story.sign(story.proposal(), story.departement, mandate_id=mandate["id"]))
    merged(story, story.region, duplicate)

    kept = made(completed(story, mandate, said, counterparties=[story.region["id"]], published_on="2017-07-05"))

    assert kept["authorisations"][0]["counterparties"] == [story.region["id"]]


def completed(story: Story, mandate: Json, said: Json, *, counterparties: list[str], **changes: Any) -> TestResponse:
    authorisations = [{**said["authorisations"][0], "counterparties": counterparties}]
    body = {**said, "authorisations": authorisations, **changes}
    return story.office.put(f"/v1/mandates/{mandate['id']}", json=body, if_match=1)


def test_a_mandate_changed_while_its_counterparty_is_merged_is_refused_with_whom_to_name(
    story: Story, covering: tuple[Json, Json, Json]
) -> None:
    mandate, said, duplicate = covering
    change = partial(completed, story, mandate, said, counterparties=[duplicate["id"]])

    refused = answered_after(story.region, duplicate, change)

    [error] = refused.get_json()["errors"]
    assert (refused.status_code, error["pointer"]) == (422, "/authorisations/0/counterparties/0")
    assert story.region["id"] in error["detail"]
    kept = made(story.office.get(f"/v1/mandates/{mandate['id']}"))
    assert kept["authorisations"][0]["counterparties"] == [story.region["id"]]


def test_a_mandate_completed_while_its_counterparty_is_merged_says_whom_it_covers_since(
    story: Story, covering: tuple[Json, Json, Json]
) -> None:
    mandate, said, duplicate = covering
    made(story.sign(story.proposal(), story.departement, mandate_id=mandate["id"]))
    change = partial(completed, story, mandate, said, counterparties=[story.region["id"]], published_on="2017-07-05")

    kept = made(answered_after(story.region, duplicate, change))

    assert (kept["published_on"], kept["fixed"]) == ("2017-07-05", True)
    assert kept["authorisations"][0]["counterparties"] == [story.region["id"]]


def imported(text: str) -> ImportReport:
    with transaction() as session:
        return import_organisations(session, text.encode())


def announced() -> list[tuple[str, int]]:
    """Give what was announced: of whom, and with which sequence."""
    with transaction() as session:
        return [(each.subject, each.sequence) for each in history(session)]


def test_a_change_and_an_import_at_the_same_moment_announce_two_facts_one_after_the_other(story: Story) -> None:
    region, apart = UUID(story.region["id"]), copy_context()
    with ThreadPoolExecutor(1) as threads:
        with transaction() as session:
            organisation = session.get_one(Organisation, region, with_for_update=True)
            change_organisation(session, organisation, sheet=replace(organisation.sheet, population=5_000_000))
            report = threads.submit(apart.run, imported, f"nom;siren;code insee\nRégion Sud;{REGION_SIREN};13055\n")
            wait_until_blocked(session)
        assert report.result(30).changed == 1

    facts = announced()
    assert (len(facts), (str(region), 3) in facts) == (len(set(facts)), True)
    after = made(story.office.get(f"/v1/organisations/{region}"))
    assert (after["name"], after["population"], after["insee_code"]) == ("Région Sud", 5_000_000, "13055")


def test_a_line_that_finds_a_duplicate_while_it_is_merged_is_taken_for_whom_it_became(story: Story) -> None:
    duplicate, survivor, apart = a_duplicate(story), story.region, copy_context()
    with ThreadPoolExecutor(1) as threads:
        with merging(survivor, duplicate) as session:
            report = threads.submit(apart.run, imported, f"nom;population\n{duplicate['name']};5000000\n")
            wait_until_blocked(session)
        assert report.result(30).changed == 1

    [remark] = [each for each in report.result().lines if each.column == "name"]
    assert (survivor["name"] in remark.reason, remark.refused) == (True, False)
    after = made(story.office.get(f"/v1/organisations/{survivor['id']}"))
    assert (after["name"], after["siren"], after["population"]) == (survivor["name"], survivor["siren"], 5_000_000)


def test_a_name_of_duplicates_that_became_several_ones_is_taken_for_none_of_them(story: Story) -> None:
    became = [(survivor, a_duplicate(story)) for survivor in (story.region, story.departement)]
    for survivor, duplicate in became:
        merged(story, survivor, duplicate)

    report = imported(f"nom;population\n{became[0][1]['name']};5000000\n")

    assert (report.registered, report.changed) == (1, 0)
    for survivor, _ in became:
        assert made(story.office.get(f"/v1/organisations/{survivor['id']}"))["population"] is None
