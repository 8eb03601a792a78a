"""Nothing is owed that its party did not sign, nothing is passed on twice, and no signed text changes underneath."""

from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from chassis.identity import Role
from chassis.testing_http import ApiClient
from tests.services.partners.amended import AmendedStory, on_the_day
from tests.services.partners.bodies import DIGNE, Json, Story, made

pytestmark = pytest.mark.needs_postgresql


OTHER = {"name": "Manosque", "siren": "210401121"}


@pytest.fixture
def story(door: ApiClient) -> AmendedStory:
    return AmendedStory(door, Story(door))


def a_line(organisation: Json, like: Json, amount: str = "5000.00", due_on: str = "2017-11-30") -> Json:
    names = ("action_id", "kind", "nature", "vat_basis")
    line = {name: like[name] for name in names}
    return {**line, "organisation_id": organisation["id"], "tranches": [{"amount": amount, "due_on": due_on}]}


def findings(answer: TestResponse) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [each["detail"] for each in answer.get_json()["errors"]]


def with_digne(story: AmendedStory) -> Json:
    """Digne joined, promised 5 000 € and left again, owing them."""
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "funder"}}
    line = a_line(digne, story.line)
    story.signed(story.amendment_at_once(joins, {"kind": "line_added", "line": line}), digne)
    on_the_day(2017, 12, 15)
    leaves = {"kind": "party_leaves", "organisation_id": digne["id"]}
    story.signed(story.amendment(leaves, effective_on="2017-12-15"), digne)
    return digne


def test_a_party_does_not_join_and_leave_by_one_amendment(story: AmendedStory) -> None:
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "funder"}}
    owes = {"kind": "line_added", "line": a_line(digne, story.line, "500000.00", "2017-10-31")}
    leaves = {"kind": "party_leaves", "organisation_id": digne["id"]}

    refused = story.try_to_amend(joins, owes, leaves)

    assert findings(refused) == ["It joins by this amendment: it does not leave by the same."]


def test_a_party_that_left_promises_nothing_more(story: AmendedStory) -> None:
    digne = with_digne(story)
    [owed] = [each for each in story.amended_convention()["lines"] if each["organisation_id"] == digne["id"]]
    tranche_id = owed["tranches"][0]["tranche_id"]
    more: list[Json] = [
        {"kind": "line_added", "line": a_line(digne, story.line)},
        {"kind": "amount", "tranche_id": tranche_id, "amount": "5000.01"},
        {"kind": "tranche_added", "line_id": owed["line_id"], "tranche": {"amount": "1.00", "due_on": "2017-12-01"}},
        {"kind": "tranche_changed", "tranche_id": tranche_id, "due_on": "2017-12-01"},
    ]

    for change in more:
        assert findings(story.try_to_amend(change, effective_on="2017-12-20")) == [
            "It has left the convention and signs nothing: it promises nothing more."
        ]
    less = {"kind": "amount", "tranche_id": tranche_id, "amount": "4000.00"}
    assert made(story.try_to_amend(less, effective_on="2017-12-20"))["status"] == "draft"


def test_a_party_that_left_goes_on_reading_what_it_owes(story: AmendedStory) -> None:
    digne = with_digne(story)
    as_digne = story.door.as_(Role.PARTNER, UUID(digne["id"]))

    convention = made(as_digne.get(f"/v1/conventions/{story.convention['id']}"))
    listed = made(as_digne.get("/v1/conventions"))["items"]

    [owed] = [each for each in convention["lines"] if each["organisation_id"] == digne["id"]]
    assert owed["tranches"][0]["amount"] == "5000.00"
    assert [each["id"] for each in listed] == [convention["id"]]


def test_a_party_that_left_reads_nothing_of_what_others_agree_on_afterwards(story: AmendedStory) -> None:
    digne = with_digne(story)
    as_digne = story.door.as_(Role.PARTNER, UUID(digne["id"]))
    on_the_day(2017, 12, 20)
    story.signed(story.amendment(story.more("70000.00"), effective_on="2017-12-20"))

    convention, texts = f"/v1/conventions/{story.convention['id']}", f"/v1/conventions/{story.convention['id']}/texts"

    assert as_digne.get(convention).status_code == 404
    assert made(as_digne.get("/v1/conventions"))["items"] == []
    assert "70000.00" not in as_digne.get(texts).text
    assert "5000.00" in as_digne.get(texts).text


def test_what_others_agree_on_once_a_party_left_begins_on_a_later_day(story: AmendedStory) -> None:
    with_digne(story)

    refused = story.try_to_amend(story.more("70000.00"), effective_on="2017-12-15")

    assert findings(refused) == ["A party left on 2017-12-15: what the others agree on begins on a later day."]
    assert made(story.try_to_amend(story.more("70000.00"), effective_on="2017-12-16"))["status"] == "draft"


def test_a_party_that_left_sees_its_own_deadlines_alone_once_others_amended(story: AmendedStory) -> None:
    digne = with_digne(story)
    as_digne = story.door.as_(Role.PARTNER, UUID(digne["id"]))
    on_the_day(2017, 12, 20)
    more = {"kind": "amount", "tranche_id": story.first, "amount": "31234.00"}
    story.signed(story.amendment(more, effective_on="2017-12-20"))

    deadlines = made(as_digne.get("/v1/deadlines?since=2017-01-01"))["items"]

    assert [(each["organisation_name"], each["amount"]) for each in deadlines] == [("Digne-les-Bains", "5000.00")]


def test_a_party_whose_leaving_was_signed_late_goes_on_reading_it_too(story: AmendedStory) -> None:
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "beneficiary"}}
    leaves = {"kind": "party_leaves", "organisation_id": story.region["id"]}
    gone = {"kind": "tranche_removed", "tranche_id": story.second}
    amendment = story.amendment(gone, joins, leaves, effective_on="2017-12-05")
    on_the_day(2017, 12, 9)
    for each in (story.region, digne, story.departement):
        made(story.sign_amendment(amendment, each, signed_on="2017-12-09"))

    read = made(story.as_region().get(f"/v1/conventions/{story.convention['id']}"))

    [left] = [each for each in read["parties"] if each["organisation_id"] == story.region["id"]]
    assert (read["amended_on"], left["left_on"]) == ("2017-12-09", "2017-12-09")


def test_a_party_that_left_ends_nothing_any_more(story: AmendedStory) -> None:
    digne = with_digne(story)
    ending = {"terminated_on": "2018-01-31", "reason": "Retrait", "organisation_id": digne["id"]}

    refused = story.office.post(f"/v1/conventions/{story.convention['id']}/termination", json=ending)

    assert findings(refused) == ["Digne-les-Bains left on 2017-12-15: name who ends it, or nobody."]


def test_a_shorter_period_says_what_becomes_of_what_was_due_after_it(story: AmendedStory) -> None:
    shorter = {"kind": "period", "ends_on": "2018-03-31"}
    removed = {"kind": "tranche_removed", "tranche_id": story.second}
    put_off = {"kind": "tranche_changed", "tranche_id": story.second, "due_on": "2018-05-31"}

    forgotten = story.try_to_amend(shorter)
    draft = made(story.try_to_amend(shorter, removed))
    text = {"title": "Fin anticipée", "effective_on": "2017-11-01", "changes": [shorter, put_off]}
    said = story.office.put(f"/v1/amendments/{draft['id']}", json=text, if_match=draft["revision"])

    assert findings(forgotten) == [
        "50000.00 € would still be due after 2018-03-31: put those tranches on another day, or remove them."
    ]
    assert said.status_code == 200


def test_a_convention_does_not_end_before_it_was_amended(story: AmendedStory) -> None:
    sooner = {"kind": "period", "ends_on": "2018-01-31"}
    amendment = story.amendment(sooner, {"kind": "tranche_removed", "tranche_id": story.second})
    on_the_day(2018, 2, 10)

    late = story.sign_amendment(amendment, story.region, signed_on="2018-02-01")
    story.signed(amendment)

    assert "lets the convention end on 2018-01-31: it cannot be signed on 2018-02-01" in findings(late)[0]
    convention = story.amended_convention()
    assert convention["amended_on"] <= convention["ends_on"] == "2018-01-31"


def test_who_is_asked_to_join_reads_what_it_is_to_sign(story: AmendedStory) -> None:
    digne, other = (made(story.office.post("/v1/organisations", json={**DIGNE, **name})) for name in ({}, OTHER))
    path = f"/v1/conventions/{story.convention['id']}"
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "contributor"}}

    draft = made(story.try_to_amend(joins))
    as_digne, stranger = (story.door.as_(Role.PARTNER, UUID(each["id"])) for each in (digne, other))
    assert [as_digne.get(each).status_code for each in (path, f"{path}/texts")] == [404, 404]
    made(story.office.post(f"/v1/amendments/{draft['id']}/proposal"))

    assert [as_digne.get(each).status_code for each in (path, f"{path}/texts")] == [200, 200]
    assert [stranger.get(each).status_code for each in (path, f"{path}/texts")] == [404, 404]
    made(story.office.post(f"/v1/amendments/{draft['id']}/withdrawal", json={"reason": "Abandon"}))
    assert as_digne.get(path).status_code == 404


def test_who_joins_reads_the_text_that_it_joins_and_never_those_before(story: AmendedStory) -> None:
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    as_digne, texts = story.door.as_(Role.PARTNER, UUID(digne["id"])), f"/v1/conventions/{story.convention['id']}/texts"
    story.signed(story.amendment_at_once(story.more()))

    amendment = story.amendment(
        {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "contributor"}}
    )
    asked = made(as_digne.get(texts))["items"]
    story.signed(amendment, digne)
    joined = made(as_digne.get(texts))["items"]
    story.amendment(story.more("66000.00"))
    asked_again = made(as_digne.get(texts))["items"]

    assert [each["amendment_number"] for each in asked] == [1]
    assert [each["amendment_number"] for each in joined] == [2]
    assert asked_again == joined


def test_after_a_merger_the_survivor_reads_the_texts_that_the_duplicate_signed(story: AmendedStory) -> None:
    twin = made(story.office.post("/v1/organisations", json={"name": "Région Sud"}))
    made(story.office.post(f"/v1/organisations/{twin['id']}/mergers", json={"duplicate_id": story.region["id"]}))
    survivor = story.door.as_(Role.PARTNER, UUID(twin["id"]))

    texts = made(survivor.get(f"/v1/conventions/{story.convention['id']}/texts"))["items"]
    draft = made(story.try_to_amend())

    assert [each["fingerprint"] for each in texts] == [story.convention["fingerprint"]]
    assert story.convention["fingerprint"] in draft["text"]


def test_what_an_amendment_on_the_table_passes_on_is_passed_on_by_no_other(story: AmendedStory) -> None:
    source = story.amended_convention()["lines"][0]
    own = story.text()["lines"][0]
    passing: Json = {**own, "organisation_id": story.departement["id"], "passes_on": source["line_id"]}
    first, second = (story.in_force_with(own) for _ in range(2))
    added = {"kind": "line_added", "line": passing}

    amendment = made(story.amend(first, added))
    made(story.office.post(f"/v1/amendments/{amendment['id']}/proposal"))

    assert "0.00 € of SUN-2017-001 are not passed on yet" in findings(story.amend(second, added))[0]


def test_what_an_amendment_on_the_table_takes_away_is_not_passed_on(story: AmendedStory) -> None:
    source = story.amended_convention()["lines"][0]
    story.amendment({"kind": "amount", "tranche_id": story.second, "amount": "10000.00"})
    passing = {**story.text()["lines"][0], "organisation_id": story.departement["id"], "passes_on": source["line_id"]}

    refused = story.office.post("/v1/conventions", json=story.text(lines=[story.text()["lines"][0], passing]))

    assert "40000.00 € of SUN-2017-001 are not passed on yet" in findings(refused)[0]


def test_what_an_ended_convention_still_owes_stays_passed_on(story: AmendedStory) -> None:
    [source], own = story.convention["lines"], story.text()["lines"][0]
    passing: Json = {**a_line(story.departement, own, "60000.00", "2017-12-01"), "passes_on": source["line_id"]}
    passing["tranches"] += [{"amount": "20000.00", "due_on": "2018-06-30"}]
    second = story.in_force_with(own, passing)
    end = {"terminated_on": "2018-01-01", "reason": "Un an de moins"}
    made(story.office.post(f"/v1/conventions/{second['id']}/termination", json=end))

    again, rest = (
        story.office.post(
            "/v1/conventions", json=story.text(lines=[own, {**passing, "tranches": [{**each, "amount": amount}]}])
        )
        for each, amount in zip(passing["tranches"], ("20000.01", "20000.00"), strict=True)
    )

    assert "20000.00 € of SUN-2017-001 are not passed on yet" in findings(again)[0]
    assert rest.status_code == 201


def test_of_a_source_that_ended_no_more_is_passed_on(story: AmendedStory) -> None:
    [source], own = story.convention["lines"], story.text()["lines"][0]
    passing = {**a_line(story.departement, own), "passes_on": source["line_id"]}
    second = story.in_force_with(own, passing)
    [tranche] = second["lines"][1]["tranches"]
    end = {"terminated_on": "2017-11-05", "reason": "Financement perdu"}
    made(story.office.post(f"/v1/conventions/{story.convention['id']}/termination", json=end))

    more, less = (
        story.amend(second, {"kind": "amount", "tranche_id": tranche["tranche_id"], "amount": amount})
        for amount in ("5000.01", "4000.00")
    )

    assert "SUN-2017-001 is not on the table any more: nothing of it can be passed on." in findings(more)[0]
    assert less.status_code == 201


def test_a_line_keeps_its_identity_wherever_it_stands(story: AmendedStory) -> None:
    line = story.text()["lines"][0]
    operating = {**line, "nature": "operating"}
    proposal = story.proposal(lines=[line, operating])
    invested, operated = (each["line_id"] for each in proposal["lines"])

    def changed(*lines: Json) -> list[str]:
        current = made(story.office.get(f"/v1/conventions/{proposal['id']}"))
        body = story.text(lines=list(lines))
        answer = story.office.put(f"/v1/conventions/{proposal['id']}", json=body, if_match=current["revision"])
        return [each["line_id"] for each in made(answer)["lines"]]

    assert changed(operating, line) == [operated, invested]
    assert changed(operating) == [operated]
    assert changed(line, operating)[1] == operated


def test_a_promise_in_kind_and_a_clauses_name_are_matter_that_voids_signatures(story: AmendedStory) -> None:
    in_kind: Json = {**story.text()["lines"][0], "kind": "in_kind", "description": "Local de 200 m²"}
    in_kind["tranches"] = [{"amount": "0.00", "due_on": "2017-12-01"}]
    clause = {"code": "fin", "title": "Résiliation sous 6 mois", "text": "Par lettre."}
    told = story.text(lines=[story.text()["lines"][0], in_kind], clauses=[clause])

    for changes in (
        {"lines": [told["lines"][0], {**in_kind, "description": "Local de 20 m²"}]},
        {"clauses": [{**clause, "title": "Aucune résiliation"}]},
    ):
        proposal = story.proposal(lines=told["lines"], clauses=[clause])
        made(story.sign(proposal, story.region))
        path = f"/v1/conventions/{proposal['id']}"
        body: dict[str, Any] = {**told, **changes}
        changed = made(story.office.put(path, json=body, if_match=made(story.office.get(path))["revision"]))
        assert (changed["status"], changed["version"]) == ("proposed", 2)


def test_an_amendment_that_all_have_signed_is_not_lost_to_a_termination_after_its_day(story: AmendedStory) -> None:
    amendment = story.signed(story.amendment(effective_on="2018-01-01"))
    path = f"/v1/conventions/{story.convention['id']}/termination"

    refused = story.office.post(path, json={"terminated_on": "2018-06-01", "reason": "Départ"})

    assert "takes effect on 2018-01-01" in findings(refused)[0]
    assert story.shown(amendment)["status"] == "signed"
    made(story.office.post(path, json={"terminated_on": "2017-12-31", "reason": "Départ"}))
    assert story.shown(amendment)["status"] == "expired"


def test_amendments_follow_each_other_in_time(story: AmendedStory) -> None:
    on_the_day(2017, 12, 1)
    story.signed(story.amendment(effective_on="2017-12-01"))

    refused = story.try_to_amend(
        {"kind": "amount", "tranche_id": story.second, "amount": "1.00"}, effective_on="2017-11-15"
    )

    assert findings(refused) == ["It was amended from 2017-12-01 on: what follows changes nothing before that day."]


def test_a_clause_whose_text_changes_keeps_its_title(story: AmendedStory) -> None:
    clause = {"code": "versement", "title": "Modalités de versement", "text": "Sous 30 jours."}
    convention = story.in_force_with(story.text()["lines"][0], clauses=[clause])
    change = {"kind": "clause", "clause": {"code": "versement", "text": "Sous 45 jours."}}

    draft = made(story.amend(convention, change))

    assert [(each["field"], each["after"]) for each in draft["differences"]] == [("text", "Sous 45 jours.")]
