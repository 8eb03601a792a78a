"""Amendments over HTTP: real PostgreSQL, what leaves in the outbox, what the timers do."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from chassis.database import transaction
from chassis.identity import Role
from chassis.service import Service, serving
from chassis.testing import deliver, history
from chassis.testing_http import ApiClient
from contracts.budget import EntryReversed, PaymentRecorded
from services.partners.worker import PartnersWorker, put_in_force_of
from tests.services.partners.amended import AmendedStory, on_the_day
from tests.services.partners.bodies import DIGNE, MANDATE, Json, Story, made
from tests.services.partners.builders import the_action_id

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture
def story(door: ApiClient) -> AmendedStory:
    return AmendedStory(door, Story(door))


def said(noun: str) -> list[Json]:
    """What was announced of a noun: its state, with the event's type and sequence."""
    with transaction() as session:
        events = [event for event in history(session) if event.type.startswith(f"partners.{noun}.")]
    return [
        {**json.loads(each.body)["data"], "type": each.type.split(".")[2], "sequence": each.sequence} for each in events
    ]


def amounts(convention: Json) -> list[str]:
    return [tranche["amount"] for line in convention["lines"] for tranche in line["tranches"]]


def test_an_amendment_shows_what_changes_and_changes_nothing_before_its_day(story: AmendedStory) -> None:
    amendment = story.amendment()

    assert (amendment["reference"], amendment["number"], amendment["status"], amendment["allowed"]) == (
        "SUN-2017-001 avenant n° 1",
        1,
        "proposed",
        ["change", "sign", "refuse", "withdraw"],
    )
    [difference] = amendment["differences"]
    assert {name: difference[name] for name in ("kind", "field", "before", "after", "year", "contribution")} == {
        "kind": "amount",
        "field": "amount",
        "before": "50000.00",
        "after": "65000.00",
        "year": 2018,
        "contribution": "cash",
    }
    assert (difference["organisation_name"], difference["action_code"]) == (story.region["name"], "2.1")
    assert story.signed(amendment)["status"] == "signed"
    assert amounts(story.amended_convention()) == ["30000.00", "50000.00"]


def test_what_is_signed_is_what_its_fingerprint_says(story: AmendedStory) -> None:
    amendment = story.amendment()

    told = json.loads(amendment["text"])

    assert sha256(amendment["text"].encode()).hexdigest() == amendment["fingerprint"]
    assert told["amends"] == {
        "reference": "SUN-2017-001",
        "version": 1,
        "fingerprint": story.convention["fingerprint"],
    }
    assert (told["number"], told["changes"]) == (1, [story.more()])
    wrong = story.sign_amendment(amendment, story.region, fingerprint=story.convention["fingerprint"])
    assert wrong.status_code == 422


def test_signed_by_all_it_takes_effect_on_its_day_exactly_once(story: AmendedStory) -> None:
    amendment = story.signed(story.amendment())
    PartnersWorker.put_amendments_in_force(PartnersWorker())
    assert story.shown(amendment)["status"] == "signed"
    on_the_day(2017, 11, 1)

    for _ in range(2):
        PartnersWorker.put_amendments_in_force(PartnersWorker())

    convention = story.amended_convention()
    assert (story.shown(amendment)["status"], story.shown(amendment)["in_force_on"]) == ("in_force", "2017-11-01")
    assert amounts(convention) == ["30000.00", "65000.00"]
    assert (convention["version"], convention["amendment_number"], convention["amended_on"]) == (2, 1, "2017-11-01")
    [amended] = [each for each in said("convention") if each["type"] == "amended"]
    assert (amended["amendment_reference"], amended["status"], amended["sequence"]) == (
        "SUN-2017-001 avenant n° 1",
        "in_force",
        5,
    )
    assert [(each["type"], each["sequence"], each["status"]) for each in said("amendment")] == [
        ("proposed", 1, "proposed"),
        ("signed", 2, "partially_signed"),
        ("signed", 3, "signed"),
        ("entered_into_force", 4, "in_force"),
    ]


def test_after_a_weeks_stop_it_took_effect_on_its_day(story: AmendedStory) -> None:
    amendment = story.signed(story.amendment())
    on_the_day(2017, 11, 8)

    PartnersWorker.put_amendments_in_force(PartnersWorker())

    assert story.shown(amendment)["in_force_on"] == "2017-11-01"
    assert story.amended_convention()["amended_on"] == "2017-11-01"


def test_signed_after_its_day_it_takes_effect_with_the_last_signature(story: AmendedStory) -> None:
    amendment = story.amendment()
    on_the_day(2017, 11, 20)

    in_force = story.signed(amendment)

    assert (in_force["status"], in_force["in_force_on"]) == ("in_force", "2017-11-01")
    late = story.amendment(story.more("70000.00"), effective_on="2017-11-02")
    made(story.sign_amendment(late, story.region, signed_on="2017-11-20"))
    assert made(story.sign_amendment(late, story.departement))["in_force_on"] == "2017-11-20"


def test_an_extended_convention_is_not_completed_on_its_former_last_day_after_a_stop(story: AmendedStory) -> None:
    longer = {"kind": "period", "ends_on": "2019-06-30"}
    story.signed(story.amendment(longer, effective_on="2018-12-31"))
    on_the_day(2019, 1, 7)

    PartnersWorker.end_elapsed_conventions(PartnersWorker())
    PartnersWorker.put_amendments_in_force(PartnersWorker())
    PartnersWorker.end_elapsed_conventions(PartnersWorker())

    convention = story.amended_convention()
    assert (convention["status"], convention["ends_on"], convention["version"]) == ("in_force", "2019-06-30", 2)


def test_two_timers_at_once_put_it_in_force_once(story: AmendedStory, partners: Service) -> None:
    story.signed(story.amendment())
    on_the_day(2017, 11, 1)

    def tick(_: int) -> bool:
        with serving(partners):
            return put_in_force_of(story.convention["id"])

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(tick, range(8)))

    assert (done.count(True), len([each for each in said("convention") if each["type"] == "amended"])) == (1, 1)


def test_the_version_before_stays_as_it_was_signed(story: AmendedStory) -> None:
    story.signed(story.amendment(effective_on="2017-11-01"))
    on_the_day(2017, 11, 1)
    PartnersWorker.put_amendments_in_force(PartnersWorker())

    texts = made(story.office.get(f"/v1/conventions/{story.convention['id']}/texts"))["items"]

    assert [(each["version"], each["amendment_number"], each["fingerprint"]) for each in texts] == [
        (1, None, story.convention["fingerprint"]),
        (2, 1, story.amended_convention()["fingerprint"]),
    ]
    assert '"amount":"50000.00"' in texts[0]["text"]
    assert '"amount":"65000.00"' in texts[1]["text"]


def test_the_database_refuses_to_rewrite_what_all_have_signed(story: AmendedStory) -> None:
    amendment = story.signed(story.amendment())

    with pytest.raises(IntegrityError, match="never rewritten"), transaction() as session:
        session.execute(sql("UPDATE amendments SET changes = '[]' WHERE id = :id"), {"id": amendment["id"]})


def test_a_convention_is_amended_once_at_a_time(story: AmendedStory) -> None:
    amendment = story.amendment()

    refused = story.try_to_amend()

    assert (refused.status_code, refused.get_json()["detail"]) == (
        409,
        "Amendment SUN-2017-001 avenant n° 1 is proposed: a convention is amended once at a time.",
    )
    made(story.office.post(f"/v1/amendments/{amendment['id']}/withdrawal", json={"reason": "Autrement"}))
    assert story.amendment()["number"] == 2


def test_simultaneous_drafts_leave_one(story: AmendedStory) -> None:
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(lambda _: story.try_to_amend().status_code, range(8)))

    assert codes == [201] + [409] * 7


def test_a_changed_proposal_is_signed_anew(story: AmendedStory) -> None:
    amendment = story.amendment()
    made(story.sign_amendment(amendment, story.region))
    body = {"title": "Complément", "effective_on": "2017-11-01", "changes": [story.more("60000.00")]}

    changed = made(story.office.put(f"/v1/amendments/{amendment['id']}", json=body, if_match=1))

    assert (changed["status"], changed["revision"], changed["number"]) == ("proposed", 2, 1)
    assert [party["signature"] for party in changed["parties"]] == [None, None]
    assert story.sign_amendment(amendment, story.region).status_code == 412
    assert story.signed(changed)["status"] == "signed"


def test_a_party_joins_with_its_own_line_and_signs_too(story: AmendedStory) -> None:
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    line = {
        **story.text()["lines"][0],
        "organisation_id": digne["id"],
        "tranches": [{"amount": "5000.00", "due_on": "2018-03-01"}],
    }
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "funder"}}
    amendment = story.amendment_at_once(joins, {"kind": "line_added", "line": line})
    as_digne = story.door.as_(Role.PARTNER, digne["id"])

    assert made(as_digne.get(f"/v1/amendments/{amendment['id']}")) == amendment
    listed = made(as_digne.get(f"/v1/conventions/{story.convention['id']}/amendments"))["items"]
    assert [each["id"] for each in listed] == [amendment["id"]]
    in_force = story.signed(amendment, digne)

    assert in_force["status"] == "in_force"
    convention = story.amended_convention()
    assert [(each["name"], each["joined_on"]) for each in convention["parties"]][2:] == [(digne["name"], "2017-11-01")]
    added = [each for each in in_force["differences"] if each["kind"] == "line_added"]
    assert [each["tranche_id"] for each in added] == [convention["lines"][1]["tranches"][0]["tranche_id"]]


def test_a_party_leaves_owing_nothing_more_and_signs_too(story: AmendedStory) -> None:
    leaves = {"kind": "party_leaves", "organisation_id": story.region["id"]}
    own = {**story.text()["lines"][0], "organisation_id": story.departement["id"]}
    taken_over = [{"kind": "line_added", "line": own}]
    gone = [{"kind": "tranche_removed", "tranche_id": each} for each in (story.first, story.second)]

    refused = story.try_to_amend(leaves, *taken_over)
    assert refused.get_json()["errors"][0]["pointer"] == "/changes/0/organisation_id"
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "beneficiary"}}
    amendment = story.amendment_at_once(*gone, *taken_over, joins, leaves)
    assert story.signed(amendment, digne)["status"] == "in_force"

    convention = story.amended_convention()
    assert [(each["name"], each["left_on"]) for each in convention["parties"]][1] == (
        story.region["name"],
        "2017-11-01",
    )
    assert made(story.as_region().get(f"/v1/amendments/{amendment['id']}"))["status"] == "in_force"


def test_every_kind_of_change_is_shown_and_done(story: AmendedStory) -> None:
    changes = [
        {"kind": "period", "ends_on": "2019-06-30"},
        {"kind": "action_added", "action_id": str(the_action_id("2.2"))},
        {
            "kind": "tranche_added",
            "line_id": story.line["line_id"],
            "tranche": {"amount": "1.00", "due_on": "2019-01-15"},
        },
        {"kind": "tranche_changed", "tranche_id": story.second, "due_on": "2018-09-30", "condition": "Sur bilan"},
        {"kind": "tranche_removed", "tranche_id": story.first},
        {"kind": "clause", "clause": {"code": "versement", "title": "Versement", "text": "Sous 45 jours."}},
    ]

    in_force = story.signed(story.amendment_at_once(*changes))

    assert [(each["kind"], each["field"], each["before"], each["after"]) for each in in_force["differences"]] == [
        ("period", "ends_on", "2018-12-31", "2019-06-30"),
        ("action_added", "action", None, "2.2"),
        ("tranche_added", "amount", None, "1.00"),
        ("tranche_changed", "due_on", "2018-06-30", "2018-09-30"),
        ("tranche_changed", "condition", None, "Sur bilan"),
        ("tranche_removed", "amount", "30000.00", None),
        ("clause", "title", None, "Versement"),
        ("clause", "text", None, "Sous 45 jours."),
    ]
    convention = story.amended_convention()
    assert (convention["ends_on"], amounts(convention)) == ("2019-06-30", ["50000.00", "1.00"])
    assert [(each["action_code"], each["added_on"]) for each in convention["actions"]] == [
        ("2.2", "2017-11-01"),
        ("2.1", None),
    ]
    assert [each["text"] for each in convention["clauses"]] == ["Sous 45 jours."]
    taken_out = story.signed(story.amendment({"kind": "clause", "clause": {"code": "versement"}}))
    assert (taken_out["number"], story.amended_convention()["clauses"]) == (2, [])


def test_a_tranche_put_off_leaves_one_year_for_another(story: AmendedStory) -> None:
    later = {
        "kind": "tranche_changed",
        "tranche_id": story.first,
        "due_on": "2018-03-01",
        "condition": "À la signature",
    }

    differences = story.amendment(later)["differences"]

    assert [(each["field"], each["year"], each["before"], each["after"]) for each in differences] == [
        ("amount", 2017, "30000.00", None),
        ("amount", 2018, None, "30000.00"),
        ("due_on", 2018, "2017-12-01", "2018-03-01"),
    ]


def test_a_mandate_bears_what_an_amendment_adds_and_gets_nothing_back_for_less(story: AmendedStory) -> None:
    under = {**MANDATE, "number": "17-9", "organisation_id": story.region["id"]}
    ceiling = {"acts": ["sign_conventions"], "ceiling": "20000.00"}
    mandate = made(story.office.post("/v1/mandates", json={**under, "authorisations": [ceiling]}))

    def left() -> str:
        shown = made(story.office.get(f"/v1/mandates/{mandate['id']}"))
        drawn: str = shown["authorisations"][0]["draws"][0]["drawn"]
        return drawn

    too_much = story.amendment(story.more("70000.01"))
    refused = story.sign_amendment(too_much, story.region, mandate_id=mandate["id"])
    assert (refused.status_code, "20000.01 € are asked for" in refused.get_json()["detail"]) == (409, True)
    made(story.office.post(f"/v1/amendments/{too_much['id']}/withdrawal", json={"reason": "Trop"}))

    amendment = story.amendment_at_once(story.more("65000.00"))
    made(story.sign_amendment(amendment, story.region, mandate_id=mandate["id"]))
    assert left() == "15000.00"
    made(story.office.post(f"/v1/amendments/{amendment['id']}/withdrawal", json={"reason": "Autrement"}))
    assert left() == "0.00"

    for amount, drawn in (("60000.00", "10000.00"), ("40000.00", "10000.00"), ("50000.00", "20000.00")):
        again = story.amendment_at_once(story.more(amount))
        made(story.sign_amendment(again, story.region, mandate_id=mandate["id"]))
        assert made(story.sign_amendment(again, story.departement))["status"] == "in_force"
        assert left() == drawn


def test_an_organisation_that_needs_a_mandate_amends_only_under_one(story: AmendedStory) -> None:
    unsigned = story.amendment()
    wrong = story.sign_amendment(unsigned, story.departement, mandate_number="2017-1")

    assert (wrong.status_code, "signs only under a mandate" in wrong.get_json()["detail"]) == (409, True)


def test_a_refusal_ends_the_amendment_and_leaves_the_convention(story: AmendedStory) -> None:
    amendment = story.amendment()
    refusal = {"organisation_id": story.region["id"], "reason": "Hors budget"}

    refused = made(story.as_region().post(f"/v1/amendments/{amendment['id']}/refusal", json=refusal))

    assert (refused["status"], refused["reason"], refused["allowed"]) == ("refused", "Hors budget", [])
    assert (story.amended_convention()["status"], story.amended_convention()["version"]) == ("in_force", 1)
    assert said("amendment")[-1]["ended_by"] == story.region["id"]


def test_what_is_open_expires_with_its_convention_unless_its_day_had_come(story: AmendedStory) -> None:
    body = {"terminated_on": "2017-11-30", "reason": "Retrait du financeur"}
    signed = story.signed(story.amendment(effective_on="2017-11-15"))
    waiting = story.shown(signed)["status"]
    on_the_day(2017, 11, 20)

    terminated = made(story.office.post(f"/v1/conventions/{story.convention['id']}/termination", json=body))

    assert (waiting, story.shown(signed)["status"], terminated["amendment_number"]) == ("signed", "in_force", 1)
    story.convention = story.in_force()
    story.line = story.convention["lines"][0]
    story.second = story.line["tranches"][1]["tranche_id"]
    late = story.amendment(effective_on="2017-12-15")
    made(story.office.post(f"/v1/conventions/{story.convention['id']}/termination", json=body))
    assert (story.shown(late)["status"], said("amendment")[-1]["type"]) == ("expired", "expired")
    assert story.sign_amendment(late, story.region).status_code == 409


def test_an_unsigned_amendment_expires_when_the_period_is_over(story: AmendedStory) -> None:
    amendment = story.amendment()
    on_the_day(2019, 1, 2)

    PartnersWorker.end_elapsed_conventions(PartnersWorker())

    assert (story.shown(amendment)["status"], story.amended_convention()["status"]) == ("expired", "completed")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "amount", "tranche_id": "second"}, "/changes/0/amount"),
        ({"kind": "amount", "tranche_id": "second", "amount": "0.00"}, "/changes/0"),
        ({"kind": "amount", "tranche_id": "second", "amount": "50000.00"}, "/changes/0"),
        ({"kind": "amount", "tranche_id": "second", "amount": "-1.00"}, "/changes/0/amount"),
        (
            {"kind": "amount", "tranche_id": "0198c9a0-0000-7000-8000-000000000014", "amount": "1.00"},
            "/changes/0/tranche_id",
        ),
        ({"kind": "amount", "tranche_id": "second", "amount": "1.00", "due_on": "2018-01-01"}, "/changes/0/due_on"),
        ({"kind": "period"}, "/changes/0/ends_on"),
        ({"kind": "period", "ends_on": "2017-10-25"}, "/effective_on"),
        (
            {"kind": "party_leaves", "organisation_id": "0198c9a0-0000-7000-8000-000000000014"},
            "/changes/0/organisation_id",
        ),
        ({"kind": "clause", "clause": {"code": "inconnue"}}, "/changes/0/clause/code"),
        ({"kind": "price"}, "/changes/0/kind"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_its_place(story: AmendedStory, change: Json, pointer: str) -> None:
    told = {name: story.second if value == "second" else value for name, value in change.items()}

    refused = story.try_to_amend(told)

    assert refused.status_code == 422, refused.text
    assert pointer in [each["pointer"] for each in refused.get_json()["errors"]]


def test_an_effective_date_outside_the_period_is_refused(story: AmendedStory) -> None:
    for day in ("2017-10-31", "2019-01-01"):
        refused = story.try_to_amend(effective_on=day)
        assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/effective_on"]


def test_only_what_is_in_force_is_amended(story: AmendedStory) -> None:
    story.convention = story.proposal()

    refused = story.try_to_amend()

    assert (refused.status_code, "cannot be amended" in refused.get_json()["detail"]) == (409, True)


def test_a_draft_is_hidden_from_its_parties(story: AmendedStory) -> None:
    draft = made(story.try_to_amend())

    assert story.as_region().get(f"/v1/amendments/{draft['id']}").status_code == 404
    assert made(story.as_region().get(f"/v1/conventions/{story.convention['id']}/amendments"))["items"] == []
    withdrawn = made(story.office.post(f"/v1/amendments/{draft['id']}/withdrawal", json={"reason": "Abandon"}))
    assert (withdrawn["status"], said("amendment")) == ("withdrawn", [])


def test_amendments_of_all_conventions_are_listed_to_those_who_sign_them(story: AmendedStory) -> None:
    draft = made(story.try_to_amend())
    stranger = made(story.office.post("/v1/organisations", json={"name": "Commune étrangère"}))
    stranger_there = story.door.as_(Role.PARTNER, organisation_id=stranger["id"])

    def listed(by: ApiClient, **wanted: str) -> list[str]:
        return [each["id"] for each in made(by.get("/v1/amendments", query_string=wanted))["items"]]

    assert (listed(story.office, status="draft"), listed(story.as_region())) == ([draft["id"]], [])
    made(story.office.post(f"/v1/amendments/{draft['id']}/proposal"))
    assert listed(story.as_region(), status="proposed") == [draft["id"]]
    assert listed(story.office, status="in_force") == []
    assert listed(stranger_there) == []


def test_an_organisation_is_not_merged_while_an_amendment_names_it(story: AmendedStory) -> None:
    twin = made(story.office.post("/v1/organisations", json={"name": "Région Sud"}))
    story.amendment()

    refused = story.office.post(f"/v1/organisations/{twin['id']}/mergers", json={"duplicate_id": story.region["id"]})

    assert refused.status_code == 409, refused.text
    assert "avenant n° 1 names" in refused.get_json()["detail"]


def a_payment(story: AmendedStory, amount: str = "20000.00") -> PaymentRecorded:
    facts: Json = {**PaymentRecorded.example, "convention_id": story.convention["id"], "tranche_id": story.second}
    return PaymentRecorded.from_state({**facts, "amount": amount}, sequence=1)


def test_a_tranche_does_not_promise_less_than_it_received(story: AmendedStory) -> None:
    deliver(PartnersWorker.know_payment, a_payment(story), times=2)
    gone = {"kind": "tranche_removed", "tranche_id": story.second}

    for change, pointer in ((story.more("19999.99"), "amount"), (gone, "tranche_id")):
        refused = story.try_to_amend(change)
        assert [each["pointer"] for each in refused.get_json()["errors"]] == [f"/changes/0/{pointer}"]
        assert "20000.00 € of this tranche were received already" in refused.get_json()["detail"]
    assert story.amendment(story.more("20000.00"))["number"] == 1


def test_a_payment_taken_back_counts_no_more(story: AmendedStory) -> None:
    payment = a_payment(story)
    back = EntryReversed.from_state({**EntryReversed.example, "payment_id": str(payment.payment_id)}, sequence=1)

    deliver(PartnersWorker.know_payment, payment)
    deliver(PartnersWorker.know_payment, back, times=2)

    assert story.amendment(story.more("10.00"))["number"] == 1
