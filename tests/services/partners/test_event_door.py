"""The event door: partners follows the programme and its actions, each event once."""

import pytest
from sqlalchemy import select

from chassis.database import transaction
from chassis.service import Service
from chassis.testing import arrivals, deliver
from contracts.actions import ActionChanged
from services.partners.domain.convention_model import ConventionModel
from services.partners.domain.programme import KnownAction, KnownProgramme
from services.partners.worker import PartnersWorker
from tests.services.partners.builders import an_action_event, the_programme_event

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("partners")]


def the_actions() -> list[tuple[str, str, bool]]:
    with transaction() as session:
        found = session.scalars(select(KnownAction).order_by(KnownAction.code))
        return [(action.code, action.title, action.closed) for action in found]


def test_an_action_delivered_twice_is_known_once() -> None:
    deliver(PartnersWorker.know_action, an_action_event(), times=2)

    assert the_actions() == [("2.1", "Action 2.1", False)]


def test_a_change_of_an_action_delivered_twice_is_known_once() -> None:
    deliver(PartnersWorker.know_action, an_action_event())

    deliver(PartnersWorker.know_action, an_action_event(kind=ActionChanged, sequence=2, closed=True), times=2)

    assert the_actions() == [("2.1", "Action 2.1", True)]


def test_an_older_state_of_an_action_changes_nothing() -> None:
    deliver(PartnersWorker.know_action, an_action_event(kind=ActionChanged, sequence=2, title="Nouveau titre"))

    deliver(PartnersWorker.know_action, an_action_event(sequence=1))

    assert the_actions() == [("2.1", "Nouveau titre", False)]
    with transaction() as session:
        assert [arrival.status for arrival in arrivals(session)] == ["applied", "superseded"]


def test_a_programme_delivered_twice_is_known_once() -> None:
    deliver(PartnersWorker.know_programme, the_programme_event(), times=2)
    deliver(PartnersWorker.know_programme, the_programme_event(2, title="Schéma révisé"), times=2)

    with transaction() as session:
        assert [each.title for each in session.scalars(select(KnownProgramme))] == ["Schéma révisé"]


def test_references_start_with_the_letters_of_the_programme(partners: Service) -> None:
    deliver(PartnersWorker.know_programme, the_programme_event())

    with transaction() as session:
        assert session.get_one(ConventionModel, "SUN04").reference_pattern == "SUN-{year}-{number:03}"
