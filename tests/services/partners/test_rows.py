"""What the database writes as JSON is what the schemas say, and what the whole thing says."""

from decimal import Decimal

import marshmallow as ma
import pytest

from chassis.testing_http import ApiClient
from contracts.deadlines import DeadlineKind
from services.partners.schemas.amendments import AmendmentSummaryOut
from services.partners.schemas.convention_lists import ConventionSummaryOut
from services.partners.schemas.deadlines import DeadlineOut
from services.partners.schemas.mandates import MandateOut
from services.partners.schemas.organisations import OrganisationDetailOut, OrganisationOut
from tests.services.partners.amended import AmendedStory
from tests.services.partners.bodies import CHARTER, DIGNE, SIGNATURE, Json, Story, made, office
from tests.services.partners.builders import the_action_id

ADDRESS = {"use": "letters", "street": "1 rue Haute", "postal_code": "04000", "town": "Digne-les-Bains"}


def as_said(schema: ma.Schema, told: Json) -> Json:
    """Read by the schema, which refuses what it does not know and misses what it needs, and write again."""
    written: Json = schema.dump(schema.load(told))
    return written


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


def summary(client: ApiClient, convention: Json) -> Json:
    items = made(client.get("/v1/conventions"))["items"]
    return next(each for each in items if each["id"] == convention["id"])


def test_a_list_says_of_each_convention_what_its_schema_says(story: Story) -> None:
    draft, proposal = story.draft(), story.proposal()
    made(story.sign(proposal, story.region))
    ended = story.in_force()
    body = {"reason": "Retrait", "terminated_on": "2017-11-15"}
    made(story.office.post(f"/v1/conventions/{ended['id']}/termination", json=body))

    for each in (draft, proposal, ended):
        row = summary(story.office, each)
        assert as_said(ConventionSummaryOut(), row) == row
        whole = made(story.office.get(f"/v1/conventions/{each['id']}"))
        same = set(row) - {"parties", "contributions", "actions"}
        assert {name: row[name] for name in same} == {name: whole[name] for name in same}
        of_party = set(row["parties"][0])
        assert row["parties"] == [{name: party[name] for name in of_party} for party in whole["parties"]]


def test_a_list_says_of_each_deadline_what_its_schema_says(story: Story) -> None:
    story.in_force()
    story.proposal()
    first = made(story.office.post("/v1/charters", json=CHARTER))
    made(story.office.put(f"/v1/charters/{first['id']}/signatures/{story.region['id']}", json=SIGNATURE))
    later = {**CHARTER, "text": "Autre", "material": True, "judgement": "Les votes changent", "adhere_by": "2018-01-31"}
    made(story.office.post("/v1/charters", json=later))

    rows = made(story.office.get("/v1/deadlines?since=2017-01-01"))["items"]

    assert {row["kind"] for row in rows} == set(DeadlineKind)
    assert [as_said(DeadlineOut(), row) for row in rows] == rows
    assert [row["due_on"] for row in rows] == sorted(row["due_on"] for row in rows)


def test_a_list_says_of_each_mandate_what_its_schema_says_and_what_remains(story: Story) -> None:
    authorises = [
        {"acts": ["sign_charter", "sign_conventions"], "ceiling": "100000.00", "signatories": ["Présidente"]},
        {"acts": ["sign_conventions"], "counterparties": [story.region["id"]], "starts_on": "2017-07-01"},
    ]
    told = {"organisation_id": story.departement["id"], "number": "2017-119", "title": "Autre", "body": "Commission"}
    told |= {"adopted_on": "2017-06-30", "commission_opinion": "favourable", "votes_for": 20, "votes_against": 3}
    mandate = made(story.office.post("/v1/mandates", json={**told, "authorisations": authorises}))
    delegation = {
        "name": "Jeanne Martin",
        "capacity": "Vice-présidente",
        "document": "Arrêté",
        "starts_on": "2017-07-10",
    }
    whole = made(story.office.post(f"/v1/mandates/{mandate['id']}/delegations", json=delegation))

    rows = made(story.office.get("/v1/mandates"))["items"]

    assert [as_said(MandateOut(), row) for row in rows] == rows
    assert rows[0] == whole == made(story.office.get(f"/v1/mandates/{mandate['id']}"))
    assert whole["authorises"] == ["sign_charter", "sign_conventions"]
    assert [each["draws"] for each in whole["authorisations"]] == [
        [{"act": "sign_conventions", "drawn": "0.00", "drawn_by_vat_basis": [], "remaining": "100000.00"}],
        [{"act": "sign_conventions", "drawn": "0.00", "drawn_by_vat_basis": [], "remaining": None}],
    ]


def test_a_list_says_of_each_amendment_what_its_schema_and_the_whole_say(story: Story) -> None:
    amended = AmendedStory(story.door, story)
    draft = made(amended.try_to_amend())
    path = f"/v1/amendments/{draft['id']}"

    def row() -> Json:
        rows = made(story.office.get("/v1/amendments"))["items"]
        assert rows == made(story.office.get(f"/v1/conventions/{amended.convention['id']}/amendments"))["items"]
        [found] = rows
        assert as_said(AmendmentSummaryOut(), found) == found
        return dict(found)

    def of_the_whole(found: Json) -> Json:
        whole = made(story.office.get(path))
        parties = [{name: party[name] for name in found["parties"][0]} for party in whole["parties"]]
        return {**{name: whole[name] for name in found}, "parties": parties}

    assert row() == of_the_whole(row())
    proposed = made(story.office.post(f"{path}/proposal"))
    assert row() == of_the_whole(row())
    made(amended.sign_amendment(proposed, story.region))
    assert row() == of_the_whole(row())
    assert [each["signed_on"] is not None for each in row()["parties"]].count(True) == 1


def test_a_list_sums_what_each_party_promises_of_each_kind(story: Story) -> None:
    line = story.text()["lines"][0]
    people: Json = {"kind": "people", "nature": "operating", "days": "10.00", "day_rate": "300.00"}
    people |= {"organisation_id": story.departement["id"], "tranches": [{"amount": "3000.00", "due_on": "2017-12-01"}]}
    again = {**line, "tranches": [{"amount": "0.50", "due_on": "2018-06-30"}]}
    convention = story.draft(lines=[line, {**line, **people}, again], action_ids=[str(the_action_id("2.2"))])

    row = summary(story.office, convention)

    assert [(each["organisation_id"], each["kind"], each["amount"]) for each in row["contributions"]] == [
        (story.region["id"], "cash", "80000.50"),
        (story.departement["id"], "people", "3000.00"),
    ]
    promised = sum(Decimal(each["amount"]) for line in convention["lines"] for each in line["tranches"])
    assert sum(Decimal(each["amount"]) for each in row["contributions"]) == promised
    assert [(each["action_code"], each["contributed_to"]) for each in row["actions"]] == [("2.2", False), ("2.1", True)]


def test_a_list_says_what_of_a_promise_another_convention_promised_first(story: Story) -> None:
    line, first = story.text()["lines"][0], story.proposal()
    handed_on = {**line, "passes_on": first["lines"][0]["line_id"], "organisation_id": story.departement["id"]}
    handed_on["tranches"] = [{"amount": "20000.00", "due_on": "2018-06-30"}]

    parties = [story.text()["parties"][0], {"organisation_id": story.region["id"], "role": "contributor"}]

    [promised] = summary(story.office, story.draft(lines=[handed_on], parties=parties))["contributions"]

    assert (promised["amount"], promised["passed_on"]) == ("20000.00", "20000.00")
    assert [each["passed_on"] for each in summary(story.office, first)["contributions"]] == ["0.00"]


def test_a_list_says_who_signed_the_version_in_force_and_who_joined_by_an_amendment(door: ApiClient) -> None:
    story = AmendedStory(door, Story(door))
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "beneficiary"}}

    story.signed(story.amendment_at_once(joins), digne)

    whole, row = story.amended_convention(), summary(story.office, story.convention)
    assert [each["signed_on"] for each in row["parties"]] == [each["signed_on"] for each in whole["parties"]]
    assert (row["amendment_number"], row["amended_on"]) == (1, "2017-11-01")


def test_a_party_that_left_still_finds_the_convention_in_its_list(door: ApiClient) -> None:
    story = AmendedStory(door, Story(door))
    digne = made(story.office.post("/v1/organisations", json=DIGNE))
    joins = {"kind": "party_joins", "party": {"organisation_id": digne["id"], "role": "beneficiary"}}
    own = {**story.text()["lines"][0], "organisation_id": story.departement["id"]}
    gone = [{"kind": "tranche_removed", "tranche_id": each} for each in (story.first, story.second)]
    leaves = {"kind": "party_leaves", "organisation_id": story.region["id"]}

    story.signed(story.amendment_at_once(*gone, {"kind": "line_added", "line": own}, joins, leaves), digne)

    [row] = made(story.as_region().get("/v1/conventions"))["items"]
    assert [each["left_on"] for each in row["parties"] if each["organisation_id"] == story.region["id"]] == [
        "2017-11-01"
    ]


@pytest.mark.parametrize(
    "body",
    [
        {**DIGNE, "addresses": [ADDRESS], "legal_category": "7210", "epci_siren": "200067437"},
        {"name": "Sans numéro", "siren": "12345", "rna": "W041234567", "public": False},
        {"name": "« L’Œuvre » \\ d’été 🏔"},
    ],
)
def test_an_organisation_is_listed_and_shown_as_its_schemas_say(door: ApiClient, body: Json) -> None:
    kept = made(office(door).post("/v1/organisations", json=body))

    [row] = made(office(door).get("/v1/organisations"))["items"]
    shown = made(office(door).get(f"/v1/organisations/{kept['id']}"))

    assert row == kept == as_said(OrganisationOut(), row)
    assert {name: shown[name] for name in row} == row
    assert as_said(OrganisationDetailOut(), shown) == shown


def test_an_organisation_is_shown_with_what_it_was_known_by(door: ApiClient) -> None:
    before, after = "21040070100012", "21040070100020"
    kept = made(office(door).post("/v1/organisations", json={**DIGNE, "siret": before}))
    moved = {**DIGNE, "siret": after, "siret_since": "2017-09-01"}
    made(office(door).put(f"/v1/organisations/{kept['id']}", json=moved, if_match=1))

    answer = office(door).get(f"/v1/organisations/{kept['id']}")

    assert answer.headers["ETag"] == '"2"'
    assert as_said(OrganisationDetailOut(), made(answer)) == made(answer)
    assert [each["value"] for each in made(answer)["former_identifiers"]] == [before]


def test_a_filter_with_a_slip_in_its_name_is_refused(story: Story) -> None:
    answer = story.office.get("/v1/conventions?statuss=draft")

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [{"pointer": "/statuss", "detail": "Unknown field."}]
