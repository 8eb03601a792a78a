"""Every endpoint is asked by nobody and in every role; a stranger's token finds nothing."""

import pytest

from chassis.identity import PUBLIC, Reach, Role
from chassis.testing_http import ApiClient, strangers_are_refused, walk_rights
from services.partners.domain.rights import RIGHTS
from tests.services.partners.amended import AmendedStory
from tests.services.partners.bodies import CHARTER, SIGNATURE, Story, made
from tests.services.partners.test_contacts_door import CONTACT

pytestmark = pytest.mark.needs_postgresql

ITS_OWN = {"identity.sign_out", "deadlines.renew_feed", "deadlines.end_feed"}
"""What an auditor may write: the end of its own sign-in, and the address of its own calendar."""


def test_the_table_of_rights_holds_at_every_endpoint(door: ApiClient) -> None:
    assert walk_rights(door) == []


def test_another_organisation_finds_nothing(door: ApiClient) -> None:
    story = Story(door)
    charter = made(story.office.post("/v1/charters", json=CHARTER))
    signature = f"/v1/charters/{charter['id']}/signatures/{story.region['id']}"
    made(story.office.put(signature, json=SIGNATURE))
    convention = story.proposal()
    path = f"/v1/conventions/{convention['id']}"
    amended = AmendedStory(door, story)
    amendment = f"/v1/amendments/{amended.amendment()['id']}"
    contacts = f"/v1/organisations/{story.region['id']}/contacts"
    contact = made(story.office.post(contacts, json=CONTACT))

    refused = strangers_are_refused(
        door,
        {
            "contacts.list_contacts": {"path": contacts},
            "contacts.add_contact": {"path": contacts, "json": CONTACT},
            "contacts.change_contact": {"path": f"{contacts}/{contact['id']}", "json": CONTACT, "if_match": 1},
            "contacts.remove_contact": {"path": f"{contacts}/{contact['id']}"},
            "mandates.show_mandate": {"path": f"/v1/mandates/{story.mandate['id']}"},
            "mandates.list_draws": {"path": f"/v1/mandates/{story.mandate['id']}/draws"},
            "conventions.show_convention": {"path": path},
            "departures.show_departure": {"path": f"/v1/departures/{story.region['id']}?on=2018-03-31"},
            "conventions.list_texts": {"path": f"{path}/texts"},
            "conventions.sign_convention": {
                "path": f"{path}/signatures/{story.region['id']}",
                "json": SIGNATURE,
                "if_match": 1,
            },
            "conventions.refuse_convention": {
                "path": f"{path}/refusal",
                "json": {"organisation_id": story.region["id"], "reason": "À leur place"},
            },
            "amendments.list_amendments": {"path": f"/v1/conventions/{amended.convention['id']}/amendments"},
            "amendments.show_amendment": {"path": amendment},
            "amendments.sign_amendment": {
                "path": f"{amendment}/signatures/{story.region['id']}",
                "json": SIGNATURE,
                "if_match": 1,
            },
            "amendments.refuse_amendment": {
                "path": f"{amendment}/refusal",
                "json": {"organisation_id": story.region["id"], "reason": "À leur place"},
            },
            "charters.sign_charter": {"path": signature, "json": SIGNATURE},
            "charters.withdraw_from_charter": {
                "path": f"{signature}/withdrawal",
                "json": {"withdrawn_on": "2017-10-20", "reason": "À leur place"},
            },
        },
    )

    assert refused == ["charters.list_signatures: no example"]


@pytest.mark.unit
def test_an_auditor_reads_all_and_changes_nothing() -> None:
    reads = {"list", "show", "export"}
    allowed = {endpoint for endpoint, right in RIGHTS.items() if right is not PUBLIC and Role.AUDITOR in right}

    assert {endpoint for endpoint in allowed if endpoint.split(".")[1].split("_")[0] not in reads} == ITS_OWN
    shown = {endpoint for endpoint in RIGHTS if endpoint.split(".")[1].split("_")[0] in reads}
    assert all(RIGHTS[endpoint][Role.AUDITOR] is Reach.ALL for endpoint in shown)  # type: ignore[index]
