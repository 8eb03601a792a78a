"""What a signature takes of a mandate, over HTTP: shown, given back, derogated from, never passed by many at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from chassis import clock
from chassis.database import transaction
from chassis.errors import RuleBroken
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.money import VatBasis
from chassis.service import serving
from chassis.testing import deliver
from chassis.testing_http import ApiClient
from contracts.budget import CreditCommitted, CreditReallocated, EntryReversed
from contracts.partners import Nature
from services.partners.domain.authorisation import Act, Authorisation, Bearing
from services.partners.domain.mandate import require_mandate
from services.partners.domain.organisation import Organisation
from services.partners.use_cases.mandates import find_mandate
from services.partners.worker import PartnersWorker
from tests.services.partners.bodies import DIGNE, MANDATE, Json, Story, made
from tests.services.partners.builders import a_signing

pytestmark = pytest.mark.needs_postgresql

DEROGATION: Json = {
    "document": "Arrêté 2017-311",
    "decided_by": "Préfecture",
    "decided_on": "2017-10-18",
    "reason": "Urgence",
}
DELEGATION: Json = {
    "name": "Jeanne Martin",
    "capacity": "Première vice-présidente",
    "document": "Arrêté n° 2017-42",
    "starts_on": "2017-10-01",
}


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


def recorded(story: Story, ceiling: str | None, **changes: Any) -> Json:
    mandate = {
        **MANDATE,
        "number": f"{ceiling}",
        "organisation_id": story.departement["id"],
        "authorisations": [{"acts": ["sign_conventions"], "ceiling": ceiling}],
        **changes,
    }
    return made(story.office.post("/v1/mandates", json=mandate))


def promising(story: Story, amount: str, mandate: Json) -> Json:
    """Propose a convention in which the département itself promises an amount."""
    line = {**story.text()["lines"][0], "organisation_id": story.departement["id"]}
    line["tranches"] = [{"amount": amount, "due_on": "2017-12-01"}]
    parties = [dict(each) for each in story.text()["parties"]]
    parties[0]["mandate_id"], parties[1]["role"] = mandate["id"], "beneficiary"
    return story.proposal(lines=[line], parties=parties)


def left(story: Story, mandate: Json) -> tuple[str, str | None]:
    [authorisation] = made(story.office.get(f"/v1/mandates/{mandate['id']}"))["authorisations"]
    return authorisation["draws"][0]["drawn"], authorisation["draws"][0]["remaining"]


def test_a_signature_takes_what_its_party_promises_in_cash_and_what_remains_is_shown(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    convention = promising(story, "600.00", mandate)

    made(story.sign(convention, story.departement))
    made(story.sign(convention, story.departement))
    refused = story.sign(promising(story, "400.01", mandate), story.departement)
    made(story.sign(promising(story, "400.00", mandate), story.departement))

    assert left(story, mandate) == ("1000.00", "0.00")
    assert "400.00 € are left, 400.01 € are asked for" in refused.get_json()["detail"]
    drawn = made(story.office.get(f"/v1/mandates/{mandate['id']}/draws"))["items"]
    assert [(each["subject_name"], each["amount"]) for each in drawn] == [
        ("SUN-2017-003", "400.00"),
        ("SUN-2017-001", "600.00"),
    ]


def test_without_a_ceiling_nothing_is_missing_and_the_sum_is_shown(story: Story) -> None:
    mandate = recorded(story, None)

    made(story.sign(promising(story, "600.00", mandate), story.departement))

    assert left(story, mandate) == ("600.00", None)


@pytest.mark.parametrize("end", ["refusal", "withdrawal", "expiry"])
def test_what_came_to_nothing_gives_back_what_it_took(story: Story, end: str) -> None:
    mandate = recorded(story, "1000.00")
    convention = promising(story, "600.00", mandate)
    made(story.sign(convention, story.departement))

    path, reason = f"/v1/conventions/{convention['id']}/{end}", {"reason": "Autrement"}
    if end == "refusal":
        made(story.office.post(path, json={**reason, "organisation_id": story.region["id"]}))
    elif end == "withdrawal":
        made(story.office.post(path, json=reason))
    else:
        clock.travel_to(datetime(2019, 1, 2, tzinfo=UTC))
        for _ in range(2):
            PartnersWorker().end_elapsed_conventions()

    assert left(story, mandate) == ("0.00", "1000.00")
    [drawn] = made(story.office.get(f"/v1/mandates/{mandate['id']}/draws"))["items"]
    assert (drawn["amount"], drawn["given_back_on"] is None) == ("600.00", False)


def test_a_termination_gives_nothing_back(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    convention = promising(story, "600.00", mandate)
    made(story.sign(convention, story.region))
    made(story.sign(convention, story.departement))

    ended = {"terminated_on": "2017-11-02", "reason": "Retrait", "organisation_id": story.region["id"]}
    made(story.office.post(f"/v1/conventions/{convention['id']}/termination", json=ended))

    assert left(story, mandate) == ("600.00", "400.00")


@pytest.mark.needs_postgresql
def test_many_who_sign_at_once_never_pass_a_ceiling(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    conventions = [promising(story, "90.00", mandate) for _ in range(30)]

    with ThreadPoolExecutor(15) as signers:
        answers = list(signers.map(lambda each: story.sign(each, story.departement).status_code, conventions))

    assert sorted(set(answers)) == [200, 409]
    assert answers.count(200) == 11
    assert left(story, mandate) == ("990.00", "10.00")


def test_a_derogation_is_seen_wherever_the_signature_is(story: Story) -> None:
    mandate = recorded(story, "100.00")
    convention = promising(story, "600.00", mandate)

    signed = made(story.sign(convention, story.departement, derogation=DEROGATION))
    again = made(story.sign(convention, story.departement, derogation=DEROGATION))

    derogation = signed["parties"][0]["signature"]["derogation"]
    assert {name: derogation[name] for name in DEROGATION} == DEROGATION
    assert "100.00 € are left, 600.00 € are asked for" in derogation["derogated_from"][0]
    assert again["parties"] == signed["parties"]
    assert left(story, mandate) == ("600.00", "-500.00")
    [drawn] = made(story.office.get(f"/v1/mandates/{mandate['id']}/draws"))["items"]
    assert drawn["derogated"] is True


def test_a_derogation_is_counted_under_the_mandate_that_took_the_place_of_another(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    correction = recorded(story, "500.00", corrects=mandate["id"])
    convention = promising(story, "600.00", mandate)

    refused = story.sign(convention, story.departement, derogation=DEROGATION)
    made(story.sign(convention, story.departement, derogation=DEROGATION, mandate_id=correction["id"]))

    assert (refused.status_code, "name that one" in refused.get_json()["detail"]) == (409, True)
    assert (left(story, mandate), left(story, correction)) == (("0.00", "1000.00"), ("600.00", "-100.00"))


def test_a_partner_derogates_from_nothing(story: Story) -> None:
    departement = story.door.as_(Role.PARTNER, UUID(story.departement["id"]))
    convention = promising(story, "600.00", recorded(story, "100.00"))

    answer = story.sign(convention, story.departement, by=departement, derogation=DEROGATION)

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/derogation")


def test_a_signature_made_in_another_tool_says_where_its_proof_is(story: Story) -> None:
    convention, digest = story.proposal(), "a" * 64

    refused = story.sign(convention, story.region, by=story.as_region(), evidence=None, level="qualified")
    facts = {"evidence": "Parapheur, dossier 7", "proof_fingerprint": digest, "on_behalf_of": "Pour le Président"}
    signed = made(story.sign(convention, story.region, by=story.as_region(), level="qualified", **facts))

    assert refused.get_json()["errors"][0]["pointer"] == "/evidence"
    assert {name: signed["parties"][1]["signature"][name] for name in facts} == facts


def test_a_text_stays_as_it_is_once_something_rests_on_it(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    path = f"/v1/mandates/{mandate['id']}"
    said = {**MANDATE, "number": "1000.00", "authorisations": [{"acts": ["sign_conventions"], "ceiling": "1000.00"}]}
    made(story.office.put(path, json={**said, "title": "Mieux dit"}, if_match=1))
    made(story.sign(promising(story, "600.00", mandate), story.departement))

    refused = story.office.put(path, json={**said, "title": "Encore autrement"}, if_match=2)
    filled_in = story.office.put(path, json={**said, "title": "Mieux dit", "published_on": "2017-07-05"}, if_match=2)

    assert (refused.status_code, "title stays as it is" in refused.get_json()["detail"]) == (409, True)
    assert (made(filled_in)["fixed"], filled_in.get_json()["published_on"]) == (True, "2017-07-05")


def test_a_correction_takes_over_what_was_drawn(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    convention = promising(story, "600.00", mandate)
    made(story.sign(convention, story.departement))

    correction = recorded(story, "700.00", corrects=mandate["id"])
    late = story.sign(promising(story, "50.00", mandate), story.departement)
    too_much = story.sign(promising(story, "100.01", correction), story.departement)
    made(story.office.post(f"/v1/conventions/{convention['id']}/withdrawal", json={"reason": "Autrement"}))

    assert correction["corrects"] == mandate["id"]
    assert "it was corrected by 700.00: name that one" in late.get_json()["detail"]
    assert "100.00 € are left" in too_much.get_json()["detail"]
    assert left(story, correction) == ("0.00", "700.00")
    unknown = {**MANDATE, "number": "x", "organisation_id": story.departement["id"], "corrects": str(new_id())}
    assert story.office.post("/v1/mandates", json=unknown).get_json()["errors"][0]["pointer"] == "/corrects"


def test_a_correction_that_sets_a_ceiling_counts_what_was_signed_without_one(story: Story) -> None:
    mandate = recorded(story, None)
    convention = promising(story, "80000.00", mandate)
    made(story.sign(convention, story.departement))

    correction = recorded(story, "100000.00", corrects=mandate["id"])
    too_much = story.sign(promising(story, "20000.01", correction), story.departement)
    made(story.sign(promising(story, "20000.00", correction), story.departement))
    full = left(story, correction)
    made(story.office.post(f"/v1/conventions/{convention['id']}/withdrawal", json={"reason": "Autrement"}))

    assert "20000.00 € are left" in too_much.get_json()["detail"]
    assert (full, left(story, correction)) == (("100000.00", "0.00"), ("20000.00", "80000.00"))


def test_a_correction_counts_on_no_other_vat_basis_what_was_signed(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    without_tax = [{"acts": ["sign_conventions"], "ceiling": "900.00", "vat_basis": "HT"}]
    body = {**MANDATE, "number": "HT", "organisation_id": story.departement["id"], "authorisations": without_tax}
    made(story.sign(promising(story, "600.00", mandate), story.departement))

    refused = story.office.post("/v1/mandates", json={**body, "corrects": mandate["id"]})

    assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/authorisations/0/vat_basis"]
    assert "Under mandate 1000.00, 600.00 € were signed TTC: state the ceiling" in refused.get_json()["detail"]
    assert left(story, mandate) == ("600.00", "400.00")


def test_a_correction_takes_over_what_each_act_drew_and_for_whom(story: Story) -> None:
    elsewhere, here = [made(story.office.post("/v1/organisations", json=DIGNE))["id"]], [story.region["id"]]
    before = [{"acts": ["sign_charter", "sign_conventions"], "ceiling": "1000.00", "counterparties": here}]
    mandate = recorded(story, "before", authorisations=before)
    made(story.sign(promising(story, "600.00", mandate), story.departement))

    after = [
        {"acts": ["sign_charter"]},
        {"acts": ["sign_conventions"], "ceiling": "700.00", "counterparties": elsewhere},
        {"acts": ["sign_conventions"], "ceiling": "700.00", "counterparties": here},
    ]
    correction = recorded(story, "after", authorisations=after, corrects=mandate["id"])

    draws = [each["draws"] for each in made(story.office.get(f"/v1/mandates/{correction['id']}"))["authorisations"]]
    assert [[each["remaining"] for each in of_one] for of_one in draws] == [[], ["700.00"], ["100.00"]]


def test_a_correction_carries_delegations_on_and_stays_as_it_is_once_it_has_draws(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    made(story.office.post(f"/v1/mandates/{mandate['id']}/delegations", json=DELEGATION))
    made(story.sign(promising(story, "600.00", mandate), story.departement))

    correction = recorded(story, "900.00", corrects=mandate["id"])
    said = {**MANDATE, "number": "900.00", "authorisations": [{"acts": ["sign_conventions"], "ceiling": "800.00"}]}
    refused = story.office.put(f"/v1/mandates/{correction['id']}", json=said, if_match=1)

    assert [each["name"] for each in correction["delegations"]] == ["Jeanne Martin"]
    assert correction["fixed"] is True
    assert "authorisations stays as it is" in refused.get_json()["detail"]


def test_a_correction_does_not_come_to_authorise_credit_which_would_be_counted_twice(story: Story) -> None:
    correction = recorded(story, "1000.00", corrects=story.mandate["id"])
    signing, credit = {"acts": ["sign_conventions"]}, {"acts": ["reallocate_credit"], "ceiling": "50000.00"}
    said = {**MANDATE, "number": "1000.00", "authorisations": [signing, credit]}

    refused = story.office.put(f"/v1/mandates/{correction['id']}", json=said, if_match=1)

    assert (refused.status_code, "leave credit out" in refused.get_json()["detail"]) == (409, True)


def test_a_corrected_mandate_names_its_correction_by_the_number_that_it_has(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    correction = recorded(story, "900.00", corrects=mandate["id"])
    said = {**MANDATE, "number": "2017-119", "authorisations": [{"acts": ["sign_conventions"], "ceiling": "900.00"}]}

    made(story.office.put(f"/v1/mandates/{correction['id']}", json=said, if_match=1))

    refused = story.sign(promising(story, "50.00", mandate), story.departement)
    assert "it was corrected by 2017-119: name that one" in refused.get_json()["detail"]


def test_what_is_given_back_while_corrections_follow_each_other_is_counted_once(story: Story) -> None:
    mandate = recorded(story, "100000.00")
    conventions = [promising(story, "10.00", mandate) for _ in range(12)]
    for convention in conventions:
        made(story.sign(convention, story.departement))

    def withdraw(convention: Json) -> None:
        made(story.office.post(f"/v1/conventions/{convention['id']}/withdrawal", json={"reason": "Autrement"}))

    def correct(mandate: Json) -> None:
        for number in range(5):
            mandate = recorded(story, "100000.00", number=f"n° {number}", corrects=mandate["id"])

    with ThreadPoolExecutor(8) as threads:
        correcting = threads.submit(copy_context().run, correct, mandate)
        withdrawing = [threads.submit(copy_context().run, withdraw, convention) for convention in conventions]
        for each in (correcting, *withdrawing):
            each.result(30)

    with transaction() as session:
        assert set(session.scalars(select(Authorisation.drawn))) == {Decimal("0.00")}


def test_nobody_signs_under_the_mandate_of_another_nor_learns_what_it_says(story: Story) -> None:
    mandate, convention = recorded(story, "100.00"), story.proposal()
    parties = [{**each, "mandate_id": mandate["id"]} for each in story.text()["parties"]]

    answers = [
        story.sign(convention, story.region, mandate_id=mandate["id"], derogation=DEROGATION),
        story.sign(convention, story.region, by=story.as_region(), mandate_id=mandate["id"]),
        story.office.post("/v1/conventions", json=story.text(parties=parties)),
    ]

    pointers = [[error["pointer"] for error in answer.get_json()["errors"]] for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert pointers == [["/mandate_id"], ["/mandate_id"], ["/parties/1/mandate_id"]]
    assert left(story, mandate) == ("0.00", "100.00")
    assert all("100.00" not in answer.text for answer in answers)


def test_a_counterparty_is_registered_and_itself(story: Story) -> None:
    unknown, digne = str(new_id()), made(story.office.post("/v1/organisations", json=DIGNE))["id"]
    authorisations = [{"acts": ["sign_conventions"], "counterparties": [digne, unknown]}]
    body = {**MANDATE, "number": "x", "organisation_id": story.departement["id"], "authorisations": authorisations}

    refused = story.office.post("/v1/mandates", json=body)

    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/authorisations/0/counterparties/1"]


def test_a_delegate_signs_by_name(story: Story) -> None:
    authorisations = [{"acts": ["sign_conventions"], "signatories": ["Président"]}]
    mandate = recorded(story, "delegated", authorisations=authorisations)
    convention, path = promising(story, "1.00", mandate), f"/v1/mandates/{mandate['id']}/delegations"
    refused = story.sign(convention, story.departement)
    [named] = made(story.office.post(path, json=DELEGATION))["delegations"]
    made(story.sign(convention, story.departement))
    ended = made(story.office.post(f"{path}/{named['id']}/end", json={"ends_on": "2017-10-19"}))

    assert "no delegation names Jeanne Martin on 2017-10-20" in refused.get_json()["detail"]
    assert ended["delegations"][0]["ends_on"] == "2017-10-19"
    assert story.sign(promising(story, "1.00", mandate), story.departement).status_code == 409
    assert story.office.post(f"{path}/{new_id()}/end", json={"ends_on": "2017-10-19"}).status_code == 404


def moved(mandate: Json) -> CreditReallocated:
    return CreditReallocated(
        reallocation_id=new_id(),
        programme_code="SUN04",
        from_line="SDAN04",
        to_line="SUN",
        year=2017,
        amount=Decimal("50000.00"),
        organisation_id=UUID(mandate["organisation_id"]),
        mandate_id=UUID(mandate["id"]),
        mandate_number=mandate["number"],
        sequence=1,
    )


def committed(mandate: Json) -> CreditCommitted:
    return CreditCommitted(
        credit_commitment_id=new_id(),
        reallocation_id=new_id(),
        programme_code="SUN04",
        action_id=new_id(),
        action_code="2.1",
        funder_id=UUID(mandate["organisation_id"]),
        year=2017,
        nature=Nature.INVESTMENT,
        amount=Decimal("20000.00"),
        mandate_id=UUID(mandate["id"]),
        mandate_number=mandate["number"],
        sequence=1,
    )


def taken_back(commitment: CreditCommitted) -> EntryReversed:
    return EntryReversed(
        entry_id=new_id(),
        reversed_entry_id=new_id(),
        programme_code="SUN04",
        action_id=commitment.action_id,
        measure="secured",
        amount=Decimal("-20000.00"),
        reason="Saisi deux fois",
        author="office",
        credit_commitment_id=commitment.credit_commitment_id,
        sequence=1,
    )


def credit_of(story: Story) -> list[tuple[str, str]]:
    shown = made(story.office.get(f"/v1/mandates/{story.mandate['id']}"))
    return [(each["act"], each["remaining"]) for each in shown["authorisations"][1]["draws"]]


def test_credit_that_budget_moved_is_shown_once_and_fixes_the_text(story: Story) -> None:
    deliver(PartnersWorker.know_credit, moved(story.mandate), times=2)

    assert credit_of(story) == [("reallocate_credit", "0.00")]
    assert made(story.office.get(f"/v1/mandates/{story.mandate['id']}"))["fixed"] is True


def test_a_commitment_taken_back_no_longer_counts(story: Story) -> None:
    commitment = committed(story.mandate)
    path = f"/v1/mandates/{story.mandate['id']}/draws"

    deliver(PartnersWorker.know_credit, commitment, times=2)
    before = made(story.office.get(path))["items"]
    deliver(PartnersWorker.know_credit, taken_back(commitment), times=2)
    after = made(story.office.get(path))["items"]

    assert [(each["amount"], each["given_back_because"]) for each in before] == [("20000.00", None)]
    assert [(each["amount"], each["given_back_because"]) for each in after] == [("20000.00", "Saisi deux fois")]


def test_credit_moved_after_midnight_in_paris_is_drawn_on_the_new_years_day(story: Story) -> None:
    clock.travel_to(datetime(2017, 12, 31, 23, 30, tzinfo=UTC))
    commitment = committed(story.mandate)

    deliver(PartnersWorker.know_credit, commitment)
    deliver(PartnersWorker.know_credit, taken_back(commitment))

    [draw] = made(story.office.get(f"/v1/mandates/{story.mandate['id']}/draws"))["items"]
    assert (draw["drawn_on"], draw["given_back_on"]) == ("2018-01-01", "2018-01-01")


def test_another_partner_learns_nothing_of_what_drew_on_a_mandate(story: Story) -> None:
    assert story.as_region().get(f"/v1/mandates/{story.mandate['id']}/draws").status_code == 404


def test_a_thousand_signers_at_once_never_pass_a_ceiling(story: Story) -> None:
    mandate = recorded(story, "1000.00")
    convention = story.proposal()

    def signs(_: int) -> bool:
        with serving(story.door.service), suppress(RuleBroken), transaction() as session:
            organisation = session.get_one(Organisation, UUID(story.departement["id"]))
            amounts = {VatBasis.TTC: Decimal("7.00")}
            bearing = Bearing(
                act=Act.SIGN_CONVENTIONS, subject_id=UUID(convention["id"]), subject_name="SUN", amounts=amounts
            )
            require_mandate(
                organisation,
                find_mandate(session, UUID(mandate["id"]), organisation_id=organisation.id),
                a_signing("f"),
                bearing,
            )
            return True
        return False

    with ThreadPoolExecutor(15) as signers:  # as many as the pool has connections
        signed = sum(signers.map(signs, range(1000)))

    assert signed == 142
    assert left(story, mandate) == ("994.00", "6.00")
