"""Who may sign for an organisation, over HTTP: those whom its register names, and the refusal says who."""

from typing import Any

import pytest

from chassis.testing_http import ApiClient
from tests.services.partners.bodies import CHARTER, SIGNATURE, Json, Story, made
from tests.services.partners.test_contacts_door import CONTACT

pytestmark = pytest.mark.needs_postgresql

SIGNATORY: Json = {**CONTACT, "name": "Jeanne Martin", "email": None, "capacity": "Présidente"}


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


def recorded(story: Story, organisation: Json, **changes: Any) -> Json:
    return made(story.office.post(f"/v1/organisations/{organisation['id']}/contacts", json={**SIGNATORY, **changes}))


def signing(story: Story, proposal: Json, **signatory: str) -> Json:
    """Give the answer to a signature of the région from paper, by Jeanne Martin where nothing else is said."""
    answer = story.sign(proposal, story.region, signatory={**SIGNATURE["signatory"], **signatory})
    return {"status": answer.status_code, "detail": "", **(answer.get_json() if answer.status_code != 200 else {})}


def test_a_recorded_signatory_signs_whatever_the_accents_and_case(story: Story) -> None:
    recorded(story, story.region)

    assert signing(story, story.proposal(), name="jeanne MARTIN", capacity="presidente")["status"] == 200


@pytest.mark.parametrize(
    ("recorded_as", "pointer", "missing"),
    [
        ({"may_sign": ["sign_charter"]}, "/signatory/name", "recorded without the right to sign conventions"),
        ({"capacity": "Directrice"}, "/signatory/capacity", "recorded as Directrice, not as Présidente"),
        ({"until": "2017-10-19"}, "/signed_on", "in this capacity until 2017-10-19, before 2017-10-20"),
        ({"since": "2017-10-21"}, "/signed_on", "in this capacity only from 2017-10-21, after 2017-10-20"),
        ({"name": "Camille Autre"}, "/signatory/name", "not among its contacts"),
    ],
)
def test_a_signature_that_the_recorded_capacity_does_not_cover_is_refused_with_what_is_missing(
    story: Story, recorded_as: Json, pointer: str, missing: str
) -> None:
    recorded(story, story.region, **recorded_as)

    refused = signing(story, story.proposal())

    assert (refused["status"], refused.get("lacking")) == (409, [missing])
    assert missing in refused["detail"]
    assert refused["errors"] == [{"pointer": pointer, "detail": refused["detail"]}]


def test_the_refusal_names_those_who_may(story: Story) -> None:
    recorded(story, story.region)
    recorded(story, story.region, name="Camille Autre", capacity="Directrice", may_sign=[])

    refused = signing(story, story.proposal(), name="Camille Autre", capacity="Directrice")

    assert "Recorded to sign it on 2017-10-20: Jeanne Martin (Présidente)." in refused["detail"]


def test_whom_a_mandate_delegates_by_name_signs_beside_the_contacts(story: Story) -> None:
    recorded(story, story.departement, name="Camille Autre")
    proposal = story.proposal()
    assert story.sign(proposal, story.departement).status_code == 409
    delegation = {
        "name": "Jeanne Martin",
        "capacity": "Vice-présidente",
        "document": "Arrêté n° 2017-12",
        "starts_on": "2017-07-05",
    }
    made(story.office.post(f"/v1/mandates/{story.mandate['id']}/delegations", json=delegation))

    assert story.sign(proposal, story.departement).status_code == 200


def test_a_partner_signs_for_itself_by_the_hand_of_its_signatories(story: Story) -> None:
    recorded(story, story.region, name="Camille Autre")
    proposal = story.proposal()
    click: Json = {"level": "visa", "evidence": None}

    assert story.sign(proposal, story.region, by=story.as_region(), **click).status_code == 409
    its_own = {"name": "Camille Autre", "capacity": "Présidente"}
    assert story.sign(proposal, story.region, by=story.as_region(), signatory=its_own, **click).status_code == 200


def test_an_organisation_that_records_no_signatory_signs_by_whomever_it_says(story: Story) -> None:
    recorded(story, story.region, may_sign=[], capacity="Accueil")

    assert signing(story, story.proposal())["status"] == 200


def test_a_signature_said_again_stands_though_its_signatory_left_since(story: Story) -> None:
    contact = recorded(story, story.region)
    proposal = story.proposal()
    assert signing(story, proposal)["status"] == 200
    made(
        story.office.put(
            f"/v1/organisations/{story.region['id']}/contacts/{contact['id']}",
            json={**SIGNATORY, "until": "2017-10-01"},
            if_match=1,
        )
    )

    assert signing(story, proposal)["status"] == 200


def test_the_charter_too_is_adhered_to_by_those_who_may_sign_it(story: Story) -> None:
    charter = made(story.office.post("/v1/charters", json=CHARTER))
    path = f"/v1/charters/{charter['id']}/signatures/{story.region['id']}"
    contact = recorded(story, story.region, may_sign=["sign_conventions"])

    assert "without the right to sign the charter" in story.office.put(path, json=SIGNATURE).get_json()["detail"]
    corrected = {**SIGNATORY, "may_sign": ["sign_charter"]}
    contacts = f"/v1/organisations/{story.region['id']}/contacts"
    made(story.office.put(f"{contacts}/{contact['id']}", json=corrected, if_match=1))
    assert story.office.put(path, json=SIGNATURE).status_code == 200
