"""What arrives becomes deliveries to those concerned, each once, in whichever order it arrives."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from chassis.database import transaction
from chassis.events import Event
from chassis.service import Service
from contracts.actions import SeatOpened
from contracts.notifications import Channel
from contracts.partners import (
    CharterSigned,
    CharterWithdrawn,
    ConventionProposed,
    ConventionRefused,
    OrganisationMerged,
)
from services.notifications.domain.delivery import Delivery
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.stakeholder import Stakeholder
from services.notifications.worker import NotificationsWorker
from tests.services.notifications.builders import (
    DEPARTEMENT,
    OFFICE,
    REGION,
    STRANGER,
    a_cause,
    given_a_stakeholder,
    given_an_endpoint,
    in_force,
    programme,
    projection,
    received,
    tell,
    terminated,
)

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("notifications")]


def planned() -> list[Delivery]:
    with transaction() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.created_at)))


def told(channel: Channel) -> list[tuple[str, str]]:
    """(noun and verb, recipient) of what is planned."""
    found = [(each.event_type.split(".", 1)[1].removesuffix(".v1"), each) for each in planned()]
    return sorted((name, str(each.organisation_id)) for name, each in found if each.channel is channel)


def test_an_event_delivered_twice_gives_one_delivery_to_each_recipient() -> None:
    given_a_stakeholder()
    given_an_endpoint()

    tell(in_force(), times=2)

    assert sorted(each.channel for each in planned()) == [Channel.EMAIL, Channel.WEBHOOK]


def test_the_same_event_under_another_roof_still_gives_one_delivery(notifications: Service) -> None:
    given_an_endpoint()
    convention = in_force()
    tell(convention)

    with transaction() as session:
        NotificationsWorker.tell_those_concerned(None, session, [convention])  # type: ignore[arg-type]

    assert len(planned()) == 1


def test_people_of_the_parties_and_of_the_programme_office_are_told() -> None:
    given_a_stakeholder(REGION, email="region@example.org")
    given_a_stakeholder(DEPARTEMENT, email="departement@example.org")
    given_a_stakeholder(OFFICE, email="office@example.org")
    given_a_stakeholder(STRANGER, email="stranger@example.org")

    tell(in_force())

    assert {each.organisation_id for each in planned()} == {REGION, DEPARTEMENT, OFFICE}


def test_who_stands_at_several_organisations_is_told_as_one_of_each_ones_people() -> None:
    given_a_stakeholder(OFFICE, email="camille@region.example")
    given_a_stakeholder(REGION, email="Camille@Region.example")
    given_a_stakeholder(DEPARTEMENT, email="camille@region.example")

    tell(in_force(), times=2)

    assert sorted(str(each.organisation_id) for each in planned()) == sorted([str(REGION), str(DEPARTEMENT), "None"])


@pytest.mark.parametrize("change", [{"active": False}, {"topics": ["convention_terminated"]}])
def test_who_does_not_want_to_be_told_is_not(change: dict[str, Any]) -> None:
    given_a_stakeholder(**change)

    tell(in_force())

    assert planned() == []


def test_people_are_told_of_force_and_termination_alone() -> None:
    given_a_stakeholder()

    tell(received(ConventionProposed), projection(), in_force(), terminated())

    assert [name for name, _ in told(Channel.EMAIL)] == ["convention.entered_into_force", "convention.terminated"]


def test_an_endpoint_hears_what_its_organisation_is_party_to_and_the_office_hears_all() -> None:
    given_an_endpoint(organisation_id=REGION)
    given_an_endpoint(organisation_id=STRANGER)
    given_an_endpoint(organisation_id=OFFICE)

    tell(in_force())

    assert [organisation for _, organisation in told(Channel.WEBHOOK)] == sorted([str(REGION), "None"])


def test_an_endpoint_hears_only_what_it_subscribed_to() -> None:
    given_an_endpoint(events=("partners.convention.*",))

    tell(in_force(), projection())

    assert [name for name, _ in told(Channel.WEBHOOK)] == ["convention.entered_into_force"]


@pytest.mark.parametrize("projection_first", [True, False])
def test_a_party_hears_of_its_action_even_if_the_projection_comes_before_the_convention(projection_first: bool) -> None:
    given_an_endpoint(organisation_id=REGION)
    cause = a_cause()
    events: list[Event] = [in_force(cause=cause), projection(cause=cause)]

    for event in reversed(events) if projection_first else events:
        tell(event)

    assert [name for name, _ in told(Channel.WEBHOOK)] == ["convention.entered_into_force", "projection.changed"]


def test_who_refused_hears_of_the_refusal_and_no_longer_of_the_action() -> None:
    given_an_endpoint(organisation_id=REGION)
    tell(received(ConventionProposed, sequence=1))

    tell(received(ConventionRefused, sequence=2))
    tell(projection())

    assert [name for name, _ in told(Channel.WEBHOOK)] == ["convention.proposed", "convention.refused"]


def test_an_old_state_that_comes_late_does_not_bring_a_party_back() -> None:
    given_an_endpoint(organisation_id=REGION)
    tell(received(ConventionRefused, sequence=2))

    tell(received(ConventionProposed, sequence=1))
    tell(projection())

    assert "projection.changed" not in [name for name, _ in told(Channel.WEBHOOK)]


def test_a_signatory_of_the_charter_hears_of_the_programme_until_it_withdraws() -> None:
    given_an_endpoint(organisation_id=DEPARTEMENT, events=("actions.programme.*",))
    tell(received(CharterSigned, sequence=1))
    tell(programme())

    tell(received(CharterWithdrawn, sequence=2))
    tell(programme())

    assert len(planned()) == 1


def test_a_seat_is_told_to_the_organisation_that_sits() -> None:
    given_an_endpoint(organisation_id=REGION)
    given_an_endpoint(organisation_id=DEPARTEMENT)

    tell(received(SeatOpened))

    assert [organisation for _, organisation in told(Channel.WEBHOOK)] == [str(REGION)]


def test_many_events_at_once_are_each_applied() -> None:
    given_an_endpoint(organisation_id=OFFICE)

    tell(*(in_force(sequence=sequence) for sequence in range(1, 101)))

    assert len(planned()) == 100


def a_merger(duplicate: UUID = STRANGER, into: UUID = REGION) -> OrganisationMerged:
    return received(OrganisationMerged, sequence=9, organisation_id=str(duplicate), merged_into_id=str(into))


def test_a_merger_delivered_twice_leaves_recipients_and_deliveries_to_the_survivor() -> None:
    given_a_stakeholder(STRANGER, email="double@example.org")
    given_a_stakeholder(STRANGER, email="camille@region.example")
    given_a_stakeholder(REGION, email="camille@region.example")
    given_an_endpoint(organisation_id=STRANGER)

    tell(a_merger(), times=2)

    with transaction() as session:
        people = session.scalars(select(Stakeholder).order_by(Stakeholder.email)).all()
        assert [(each.email, each.organisation_id) for each in people] == [
            ("camille@region.example", REGION),
            ("double@example.org", REGION),
        ]
        assert [each.organisation_id for each in session.scalars(select(Endpoint))] == [REGION]
    assert told(Channel.WEBHOOK) == [("organisation.merged", str(REGION))]


def test_an_event_that_still_speaks_of_a_duplicate_is_told_to_the_survivor() -> None:
    given_a_stakeholder(STRANGER, email="double@example.org")
    given_an_endpoint(organisation_id=STRANGER, events=("partners.convention.*",))
    tell(a_merger(REGION, STRANGER))

    tell(in_force())

    assert told(Channel.WEBHOOK) == [("convention.entered_into_force", str(STRANGER))]
    assert told(Channel.EMAIL) == [("convention.entered_into_force", str(STRANGER))]
