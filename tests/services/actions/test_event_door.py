"""The event door: real PostgreSQL, messages as the broker brings them, twice and in the wrong order too."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from chassis.clock import PARIS
from chassis.database import transaction
from chassis.errors import RuleBroken
from chassis.events import Event
from chassis.identifiers import new_id
from chassis.money import VatBasis
from chassis.service import Service
from chassis.testing import arrivals, deliver, emptied, history
from contracts.actions import Body
from contracts.partners import (
    ConventionCompleted,
    ConventionSigned,
    ConventionStatus,
    ConventionTerminated,
    OrganisationMerged,
)
from services.actions import use_cases
from services.actions.domain.action import Action
from services.actions.domain.seat import Seat
from services.actions.worker import ActionsWorker
from tests.services.actions.builders import (
    CLOUD,
    COMMUNE,
    CONVENTION,
    DEPARTEMENT,
    NAMES,
    REGION,
    TELEMEDICINE,
    a_charter_signature,
    a_charter_withdrawal,
    a_convention,
    a_frame,
    a_sheet,
)

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("actions")]

TERMINATED_ON = date(2018, 3, 31)


def the_seats() -> list[Seat]:
    with transaction() as session:
        return list(session.scalars(select(Seat).order_by(Seat.opened_on, Seat.organisation_name, Seat.action_code)))


def said() -> list[tuple[str, int]]:
    with transaction() as session:
        return [(event.type, event.sequence) for event in history(session)]


def test_a_charter_signature_delivered_twice_opens_one_seat() -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION), times=2)

    [seat] = the_seats()
    assert (seat.body, seat.organisation_id, seat.closed_on) == (Body.CONSULTATION, REGION, None)
    assert said() == [("actions.seat.opened.v1", 1)]


def test_a_charter_withdrawal_delivered_twice_closes_the_seat_once() -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION))

    deliver(ActionsWorker.seat_signatory, a_charter_withdrawal(REGION), times=2)

    assert [seat.closed_on for seat in the_seats()] == [date(2018, 3, 31)]
    assert said() == [("actions.seat.opened.v1", 1), ("actions.seat.closed.v1", 2)]


def test_a_withdrawal_that_overtakes_its_signature_leaves_the_seat_closed() -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_withdrawal(REGION, sequence=2))
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION, sequence=1))

    assert [(seat.opened_on, seat.closed_on) for seat in the_seats()] == [(date(2017, 9, 12), date(2018, 3, 31))]


def test_a_charter_signed_again_after_withdrawal_gives_a_new_seat() -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION))
    deliver(ActionsWorker.seat_signatory, a_charter_withdrawal(REGION))

    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION, sequence=3, signed_on=date(2018, 9, 1)))

    assert [(seat.turn, seat.closed_on) for seat in the_seats()] == [(1, date(2018, 3, 31)), (2, None)]


def test_a_convention_in_force_delivered_twice_opens_each_seat_once() -> None:
    deliver(ActionsWorker.seat_parties, a_convention(actions=(TELEMEDICINE, CLOUD)), times=2)

    assert [(seat.organisation_id, seat.action_code, seat.because) for seat in the_seats()] == [
        (DEPARTEMENT, "2.1", CONVENTION),
        (DEPARTEMENT, "4.1", CONVENTION),
        (REGION, "2.1", CONVENTION),
        (REGION, "4.1", CONVENTION),
    ]
    assert said() == [("actions.seat.opened.v1", 1)] * 4


@pytest.mark.parametrize("end", [ConventionTerminated, ConventionCompleted])
def test_the_end_of_a_convention_delivered_twice_closes_each_seat_once(end: Any) -> None:
    deliver(ActionsWorker.seat_parties, a_convention())

    deliver(ActionsWorker.seat_parties, a_convention(end, sequence=5, ended_on=TERMINATED_ON), times=2)

    assert [seat.closed_on for seat in the_seats()] == [TERMINATED_ON, TERMINATED_ON]
    assert sorted(said()) == [("actions.seat.closed.v1", 2)] * 2 + [("actions.seat.opened.v1", 1)] * 2


def test_a_signature_that_is_not_the_last_one_seats_nobody() -> None:
    signed = a_convention(ConventionSigned, status=ConventionStatus.PARTIALLY_SIGNED, in_force_on=None)

    deliver(ActionsWorker.seat_parties, signed)

    assert the_seats() == []
    assert said() == []


def test_the_life_of_a_convention_ends_the_same_in_any_order(actions: Service) -> None:
    life: list[Event] = [
        a_convention(ConventionSigned, sequence=3, status=ConventionStatus.PARTIALLY_SIGNED, in_force_on=None),
        a_convention(sequence=4),
        a_convention(ConventionTerminated, sequence=5, ended_on=TERMINATED_ON),
    ]
    endings = set()
    for order in permutations(life):
        emptied(actions)
        for event in order:
            deliver(ActionsWorker.seat_parties, event)
        endings.add(tuple(sorted((seat.id, seat.opened_on, seat.closed_on) for seat in the_seats())))

    assert [len(ending) for ending in endings] == [2]


def test_a_whole_life_in_one_batch_seats_and_unseats() -> None:
    ended = a_convention(ConventionTerminated, sequence=5, ended_on=TERMINATED_ON)

    deliver(ActionsWorker.seat_parties, ended, a_convention(sequence=4))

    assert [seat.closed_on for seat in the_seats()] == [TERMINATED_ON, TERMINATED_ON]
    with transaction() as session:
        assert {arrival.status for arrival in arrivals(session)} == {"applied", "superseded"}


def test_a_seat_answers_to_the_signature_that_moved_it() -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION))

    with transaction() as session:
        [arrival], [opened] = arrivals(session), history(session)
    assert opened.correlation_id == arrival.correlation_id
    assert opened.causation_id == arrival.event_key


def test_a_party_taken_out_leaves_on_the_day_of_the_news_in_paris() -> None:
    deliver(ActionsWorker.seat_parties, a_convention(sequence=4, parties=(DEPARTEMENT, REGION)))

    deliver(ActionsWorker.seat_parties, a_convention(sequence=5, parties=(DEPARTEMENT,)))

    with transaction() as session:
        news = history(session)[-1].time.astimezone(PARIS).date()
    assert [(seat.organisation_id, seat.closed_on) for seat in the_seats()] == [(DEPARTEMENT, None), (REGION, news)]


def a_merger(sequence: int = 9) -> OrganisationMerged:
    """The région's duplicate, "Barcelonnette", was merged into it."""
    return OrganisationMerged(
        organisation_id=COMMUNE,
        name=NAMES[COMMUNE],
        merged_into_id=REGION,
        merged_into_name=NAMES[REGION],
        sequence=sequence,
    )


def test_a_merger_delivered_twice_passes_the_same_seat_on_once() -> None:
    deliver(ActionsWorker.seat_signatory, a_charter_signature(COMMUNE))
    [before] = the_seats()

    deliver(ActionsWorker.follow_merger, a_merger(), times=2)

    [seat] = the_seats()
    assert (seat.id, seat.organisation_id, seat.organisation_name) == (before.id, REGION, NAMES[REGION])
    assert (seat.opened_on, seat.closed_on) == (before.opened_on, None)
    assert said() == [("actions.seat.opened.v1", 1), ("actions.seat.opened.v1", 2)]


def test_a_signature_that_a_merger_overtook_seats_whom_the_duplicate_was_merged_into() -> None:
    deliver(ActionsWorker.follow_merger, a_merger())

    deliver(ActionsWorker.seat_signatory, a_charter_signature(COMMUNE))
    deliver(ActionsWorker.seat_parties, a_convention(parties=(DEPARTEMENT, COMMUNE)))

    assert {seat.organisation_id for seat in the_seats()} == {REGION, DEPARTEMENT}


def test_a_convention_told_of_the_survivor_keeps_the_seat_that_the_duplicate_opened() -> None:
    deliver(ActionsWorker.seat_parties, a_convention(parties=(DEPARTEMENT, COMMUNE)))
    deliver(ActionsWorker.follow_merger, a_merger())
    before = {seat.id for seat in the_seats()}

    deliver(ActionsWorker.seat_parties, a_convention(sequence=5, parties=(DEPARTEMENT, REGION)))

    assert {seat.id for seat in the_seats()} == before
    assert all(seat.closed_on is None for seat in the_seats())


def test_an_action_is_led_by_whom_its_lead_was_merged_into() -> None:
    with transaction() as session:
        frame, sheet = a_frame(), a_sheet(lead_organisation_id=COMMUNE)
        use_cases.define_programme(session, "SUN04", frame, before_change=lambda _: None)
        use_cases.write_action(session, TELEMEDICINE, sheet, before_change=lambda _: None)

    deliver(ActionsWorker.follow_merger, a_merger(), times=2)

    with transaction() as session:
        assert session.get_one(Action, TELEMEDICINE).lead_organisation_id == REGION
    assert said()[-1] == ("actions.action.changed.v1", 2)


def a_change_of_basis() -> None:
    with transaction() as session:
        use_cases.define_programme(session, "SUN04", a_frame(vat_basis=VatBasis.HT), before_change=lambda _: None)


def test_the_vat_basis_of_a_programme_stays_while_a_convention_is_in_force() -> None:
    with transaction() as session:
        use_cases.define_programme(session, "SUN04", a_frame(), before_change=lambda _: None)
        use_cases.define_programme(session, "OTHER", a_frame(), before_change=lambda _: None)
    deliver(ActionsWorker.seat_signatory, a_charter_signature(REGION))
    deliver(ActionsWorker.seat_parties, a_convention(programme_code="OTHER", convention_id=new_id()))
    deliver(ActionsWorker.seat_parties, a_convention())

    with pytest.raises(RuleBroken, match="until they end, its totals stay TTC"):
        a_change_of_basis()

    ended: dict[str, Any] = {"status": ConventionStatus.TERMINATED, "ended_on": TERMINATED_ON}
    deliver(ActionsWorker.seat_parties, a_convention(ConventionTerminated, sequence=5, **ended))
    a_change_of_basis()
