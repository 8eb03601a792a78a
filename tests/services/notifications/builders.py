"""What the tests of notifications are made of, valid by default: the convention of the published examples."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from chassis.context import Cause, new_traceparent
from chassis.database import transaction
from chassis.events import Event, encode
from chassis.identifiers import new_id
from chassis.inbox import Status as Arrived
from chassis.testing import arrivals, deliver
from contracts.actions import ActionPlanned, ProgrammeDefined
from contracts.amendments import ConventionAmended
from contracts.budget import Figures, ProjectionChanged
from contracts.partners import ConventionEnteredIntoForce, ConventionState, ConventionTerminated
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.news import News, Reader, news_of
from services.notifications.domain.stakeholder import TOPICS, Language, Stakeholder, Standing, Topic
from services.notifications.use_cases import recipients
from services.notifications.worker import NotificationsWorker

IN_FORCE: Mapping[str, Any] = ConventionEnteredIntoForce.example
DEPARTEMENT = UUID(IN_FORCE["parties"][0]["organisation_id"])
REGION = UUID(IN_FORCE["parties"][1]["organisation_id"])
STRANGER = UUID("0198c9a0-0000-7000-8000-0000000000ff")
ACTION = UUID(IN_FORCE["lines"][0]["action_id"])
CONVENTION = UUID(IN_FORCE["convention_id"])
OFFICE = None
MORNING = datetime(2017, 11, 14, 9, tzinfo=UTC)

E = TypeVar("E", bound=Event)


def a_cause(correlation_id: str | None = None) -> Cause:
    return Cause(correlation_id or str(new_id()), None, "person:camille", new_traceparent())


def received(
    kind: type[E], *, sequence: int = 1, at: datetime = MORNING, cause: Cause | None = None, **state: Any
) -> E:
    """An event of the published example, as it arrives."""
    event = kind.from_state({**kind.example, **state}, sequence=sequence)
    return replace(event, envelope=encode(event, time=at, cause=cause or a_cause()))


def in_force(*, sequence: int = 4, **changes: Any) -> ConventionEnteredIntoForce:
    return received(ConventionEnteredIntoForce, sequence=sequence, **changes)


def amended(*, sequence: int = 5, **changes: Any) -> ConventionAmended:
    return received(ConventionAmended, sequence=sequence, **changes)


def terminated(*, sequence: int = 5, **changes: Any) -> ConventionTerminated:
    return received(ConventionTerminated, sequence=sequence, **changes)


def projection(**changes: Any) -> ProjectionChanged:
    return received(ProjectionChanged, **changes)


def programme() -> ProgrammeDefined:
    return received(ProgrammeDefined)


def action() -> ActionPlanned:
    return received(ActionPlanned)


def tell(*events: Event, times: int = 1) -> None:
    """Bring events to the door, which must take them all."""
    deliver(NotificationsWorker.tell_those_concerned, *events, times=times)
    with transaction() as session:
        failing = [each.error_trace for each in arrivals(session) if each.status != Arrived.APPLIED]
    assert not failing, failing[0]


def a_line(**changes: Any) -> dict[str, Any]:
    """The one contribution line of the example, changed."""
    line: dict[str, Any] = IN_FORCE["lines"][0]
    return {**line, "line_id": str(new_id()), **changes}


def given_a_stakeholder(
    organisation_id: UUID | None = REGION,
    *,
    email: str = "camille@region.example",
    name: str = "Camille Roux",
    **more: Any,
) -> Stakeholder:
    facts: dict[str, Any] = {
        "language": Language.FRENCH,
        "standing": Standing.DECIDER,
        "topics": [topic.value for topic in Topic],
        "active": True,
        **more,
    }
    with transaction() as session:
        return recipients.add_stakeholder(session, organisation_id=organisation_id, name=name, email=email, **facts)


def given_an_endpoint(
    url: str = "https://si.region.example/entente",
    organisation_id: UUID | None = REGION,
    *,
    events: tuple[str, ...] = ("*",),
) -> tuple[Endpoint, str]:
    with transaction() as session:
        return recipients.add_endpoint(
            session,
            organisation_id=organisation_id,
            url=url,
            description="Système de la Région",
            events=events,
            active=True,
        )


def figures(**changes: str) -> Figures:
    amounts = {"need": "180000", "sought": "0", "secured": "80000", "received": "0", "gap": "100000", **changes}
    return Figures(**{name: Decimal(amount) for name, amount in amounts.items()})


def a_reader(organisation_id: UUID | None = REGION, *, decides: bool = True) -> Reader:
    names = {DEPARTEMENT: IN_FORCE["parties"][0]["name"], REGION: IN_FORCE["parties"][1]["name"]}
    organisation = names.get(organisation_id) if organisation_id else None
    return Reader(name="Camille Roux", organisation_id=organisation_id, organisation=organisation, decides=decides)


def news(convention: ConventionState | None = None, *, reader: Reader | None = None, **facts: Any) -> News:
    told = convention or in_force()
    topic = TOPICS[told.type]
    known: dict[str, Any] = {
        "programme": "Schéma départemental des usages numériques",
        "titles": {ACTION: "Télémédecine en vallée de l’Ubaye"},
        "figures": {ACTION: figures()},
        **facts,
    }
    return news_of(topic, told, reader=reader or a_reader(), **known)
