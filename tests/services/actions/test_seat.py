"""Seats follow signatures, whatever the order in which the news comes."""

from dataclasses import replace
from datetime import date

import pytest

from contracts.actions import Body, SeatClosed, SeatOpened, SeatState
from contracts.amendments import ConventionAmended
from contracts.partners import (
    ConventionAction,
    ConventionProposed,
    ConventionState,
    ConventionTerminated,
)
from services.actions.domain.seat import Seat, consultation, follow, steering
from tests.services.actions.builders import (
    CLOUD,
    COMMUNE,
    CONVENTION,
    DEPARTEMENT,
    REGION,
    TELEMEDICINE,
    a_charter_signature,
    a_charter_withdrawal,
    a_convention,
)

pytestmark = pytest.mark.unit

NEWS_DAY = date(2018, 2, 1)
TERMINATED_ON = date(2018, 3, 31)


class Bodies:
    """The seats of one convention in memory."""

    def __init__(self) -> None:
        self.seats: list[Seat] = []

    def hear(self, convention: ConventionState) -> list[SeatState]:
        added, events = follow(CONVENTION, steering(convention), self.seats, on=NEWS_DAY)
        self.seats += added
        return events

    def open_places(self) -> set[object]:
        return {(seat.action_id, seat.organisation_id) for seat in self.seats if seat.closed_on is None}


def test_a_charter_signature_wants_a_seat_in_the_consultation_body() -> None:
    [sitting] = consultation(a_charter_signature(REGION))

    assert (sitting.body, sitting.organisation_id, sitting.opened_on) == (Body.CONSULTATION, REGION, date(2017, 9, 12))
    assert sitting.closed_on is None


def test_a_withdrawn_charter_signature_ends_its_seat_on_that_day() -> None:
    [sitting] = consultation(a_charter_withdrawal(REGION))

    assert sitting.closed_on == date(2018, 3, 31)


def test_a_proposed_convention_gives_no_seat() -> None:
    assert steering(a_convention(ConventionProposed, in_force_on=None)) == []


def test_a_convention_seats_each_party_in_each_action_once() -> None:
    bodies = Bodies()

    bodies.hear(a_convention(actions=(TELEMEDICINE, CLOUD, CLOUD), parties=(DEPARTEMENT, REGION, REGION)))

    assert sorted(bodies.open_places(), key=str) == sorted(
        ((action, party) for action in (TELEMEDICINE, CLOUD) for party in (DEPARTEMENT, REGION)), key=str
    )
    assert len(bodies.seats) == 4


def test_each_seat_names_the_convention_that_gave_it() -> None:
    [opened, *_] = Bodies().hear(a_convention())

    assert isinstance(opened, SeatOpened)
    assert (opened.because, opened.opened_on, opened.action_code) == (CONVENTION, date(2017, 11, 14), "2.1")
    assert opened.sequence == 1


def test_a_terminated_convention_closes_its_seats_and_keeps_them() -> None:
    bodies = Bodies()
    bodies.hear(a_convention())

    events = bodies.hear(a_convention(ConventionTerminated, sequence=5, ended_on=TERMINATED_ON))

    assert [type(event) for event in events] == [SeatClosed, SeatClosed]
    assert {event.sequence for event in events} == {2}
    assert {seat.closed_on for seat in bodies.seats} == {TERMINATED_ON}


def test_the_same_news_again_says_nothing() -> None:
    bodies = Bodies()
    bodies.hear(a_convention())

    assert bodies.hear(a_convention()) == []


def test_a_convention_first_heard_of_at_its_end_leaves_the_seats_it_gave() -> None:
    late, timely = Bodies(), Bodies()
    timely.hear(a_convention())
    timely.hear(a_convention(ConventionTerminated, ended_on=TERMINATED_ON))

    events = late.hear(a_convention(ConventionTerminated, ended_on=TERMINATED_ON))

    assert [type(event) for event in events] == [SeatOpened, SeatClosed, SeatOpened, SeatClosed]
    assert {(seat.id, seat.closed_on) for seat in late.seats} == {(seat.id, seat.closed_on) for seat in timely.seats}


def test_a_seat_that_opens_again_is_a_new_one() -> None:
    bodies = Bodies()
    bodies.hear(a_convention(parties=(REGION,)))
    bodies.hear(a_convention(ConventionTerminated, parties=(REGION,), ended_on=TERMINATED_ON))

    bodies.hear(a_convention(parties=(REGION,), in_force_on=date(2018, 6, 1)))

    assert [(seat.turn, seat.opened_on, seat.closed_on) for seat in bodies.seats] == [
        (1, date(2017, 11, 14), TERMINATED_ON),
        (2, date(2018, 6, 1), None),
    ]
    assert len({seat.id for seat in bodies.seats}) == 2


def test_a_party_that_leaves_loses_its_seat_on_the_day_of_the_news() -> None:
    bodies = Bodies()
    bodies.hear(a_convention(parties=(DEPARTEMENT, REGION)))

    [closed, opened] = bodies.hear(a_convention(parties=(DEPARTEMENT, COMMUNE)))

    assert (closed.organisation_id, closed.closed_on) == (REGION, NEWS_DAY)
    assert opened.organisation_id == COMMUNE
    assert bodies.open_places() == {(TELEMEDICINE, DEPARTEMENT), (TELEMEDICINE, COMMUNE)}


def test_a_corrected_end_is_said_again() -> None:
    bodies = Bodies()
    bodies.hear(a_convention(ConventionTerminated, parties=(REGION,), ended_on=TERMINATED_ON))

    [corrected] = bodies.hear(a_convention(ConventionTerminated, parties=(REGION,), ended_on=date(2018, 4, 30)))

    assert isinstance(corrected, SeatClosed)
    assert (corrected.closed_on, corrected.sequence) == (date(2018, 4, 30), 3)
    assert len(bodies.seats) == 1


def test_parties_that_join_or_leave_by_amendment_sit_from_and_until_their_day() -> None:
    bodies, joined, left = Bodies(), date(2018, 2, 1), date(2018, 3, 1)
    bodies.hear(a_convention(parties=(DEPARTEMENT, REGION)))
    amended = a_convention(ConventionAmended, parties=(DEPARTEMENT, REGION, COMMUNE))
    departement, region, commune = amended.parties

    events = bodies.hear(
        replace(amended, parties=(departement, replace(region, left_on=left), replace(commune, joined_on=joined)))
    )

    assert {(event.organisation_id, event.opened_on, event.closed_on) for event in events} == {
        (REGION, date(2017, 11, 14), left),
        (COMMUNE, joined, None),
    }


def test_an_action_added_by_amendment_seats_the_parties_from_its_day_with_a_line_or_without() -> None:
    bodies, added = Bodies(), date(2018, 2, 1)
    bodies.hear(a_convention(parties=(REGION,)))
    served = (ConventionAction(action_id=CLOUD, action_code="4.1", added_on=added),)

    [opened] = bodies.hear(replace(a_convention(ConventionAmended, parties=(REGION,)), actions=served))

    assert (opened.action_id, opened.organisation_id, opened.opened_on) == (CLOUD, REGION, added)
