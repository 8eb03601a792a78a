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
from contracts.deadlines import DeadlineKind, DeadlineReached
from contracts.partners import (
    CharterSignatureState,
    CharterSigned,
    CharterVersionPublished,
    ConventionEnteredIntoForce,
    ConventionState,
    ConventionTerminated,
)
from services.notifications.domain.charter_news import AdherenceNews, CharterVersionNews
from services.notifications.domain.convention_news import ConventionNews, convention_news
from services.notifications.domain.deadline_news import DeadlineNews
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.news import Reader
from services.notifications.domain.stakeholder import Language, Stakeholder, Standing
from services.notifications.domain.topic import Topic, topic_of
from services.notifications.use_cases import recipients
from services.notifications.worker import NotificationsWorker

IN_FORCE: Mapping[str, Any] = ConventionEnteredIntoForce.example
DEPARTEMENT = UUID(IN_FORCE["parties"][0]["organisation_id"])
REGION = UUID(IN_FORCE["parties"][1]["organisation_id"])
STRANGER = UUID("0198c9a0-0000-7000-8000-0000000000ff")
ACTION = UUID(IN_FORCE["lines"][0]["action_id"])
CONVENTION = UUID(IN_FORCE["convention_id"])
OFFICE = None
PROGRAMME = "Schéma départemental des usages numériques"
MORNING = datetime(2017, 11, 14, 9, tzinfo=UTC)

E = TypeVar("E", bound=Event)


def a_cause(correlation_id: str | None = None) -> Cause:
    return Cause(correlation_id or str(new_id()), None, "person:camille", new_traceparent())


def received(
    kind: type[E], /, *, sequence: int = 1, at: datetime = MORNING, cause: Cause | None = None, **state: Any
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


def adhered(version: int = 1, *, kind: type[E] = CharterSigned, **changes: Any) -> E:  # type: ignore[assignment]
    """The Département's signature of a version of the charter; each version is signed by a signature of its own."""
    signature = str(UUID(int=UUID(CharterSigned.example["charter_signature_id"]).int + version))
    return received(kind, charter_version=version, charter_signature_id=signature, **changes)


def asks_again(version: int = 2, **changes: Any) -> CharterVersionPublished:
    """A material version of the charter."""
    return received(CharterVersionPublished, version=version, charter_id=str(UUID(int=version)), **changes)


def due(kind: DeadlineKind = DeadlineKind.TRANCHE_DUE, **changes: Any) -> DeadlineReached:
    """A deadline of the example convention, or of the Département's adherence to the charter's first version."""
    return received(DeadlineReached, **{**_OF_KIND[kind], "kind": kind.value, **changes})


_NO_TRANCHE = dict.fromkeys(
    ("organisation_id", "organisation_name", "action_id", "action_code", "amount", "contribution", "vat_basis")
)
_BOTH = [str(DEPARTEMENT), str(REGION)]
_END = {**_NO_TRANCHE, "subject_id": str(CONVENTION), "due_on": IN_FORCE["ends_on"], "party_ids": _BOTH}
_OF_KIND: Mapping[DeadlineKind, Mapping[str, Any]] = {
    DeadlineKind.TRANCHE_DUE: {
        "subject_id": IN_FORCE["lines"][0]["tranches"][0]["tranche_id"],
        "party_ids": _BOTH,
    },
    DeadlineKind.CONVENTION_ENDING: _END,
    DeadlineKind.PROPOSAL_EXPIRING: _END,
    DeadlineKind.CHARTER_ENDING: {
        **_NO_TRANCHE,
        **dict.fromkeys(("convention_id", "reference")),
        "subject_id": str(UUID(int=UUID(CharterSigned.example["charter_signature_id"]).int + 1)),
        "title": CharterSigned.example["charter_title"],
        "charter_id": CharterSigned.example["charter_id"],
        "organisation_id": str(DEPARTEMENT),
        "organisation_name": IN_FORCE["parties"][0]["name"],
        "due_on": CharterVersionPublished.example["adhere_by"],
        "party_ids": [str(DEPARTEMENT)],
    },
}


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


def news(convention: ConventionState | None = None, *, reader: Reader | None = None, **facts: Any) -> ConventionNews:
    told = convention or in_force()
    topic = topic_of(told)
    assert topic
    known: dict[str, Any] = {
        "programme": PROGRAMME,
        "titles": {ACTION: "Télémédecine en vallée de l’Ubaye"},
        "figures": {ACTION: figures()},
        "newest": told.status,
        "paid": {},
        **facts,
    }
    return convention_news(topic, told, reader=reader or a_reader(), **known)


def version_news(*, reader: Reader | None = None, **facts: Any) -> CharterVersionNews:
    known: dict[str, Any] = {"charter": asks_again(), "adherence": adhered(), "asked": 8, "newest": 2, **facts}
    return CharterVersionNews(
        topic=Topic.CHARTER_ASKS, programme=PROGRAMME, reader=reader or a_reader(DEPARTEMENT), **known
    )


def adherence_news(signature: CharterSignatureState, *, reader: Reader | None = None, **facts: Any) -> AdherenceNews:
    topic = topic_of(signature)
    assert topic
    known: dict[str, Any] = {"adherence": None, "asking": asks_again(), **facts}
    return AdherenceNews(
        topic=topic, programme=PROGRAMME, reader=reader or a_reader(DEPARTEMENT), signature=signature, **known
    )


def deadline_news(deadline: DeadlineReached, *, reader: Reader | None = None, **facts: Any) -> DeadlineNews:
    topic = topic_of(deadline)
    assert topic
    known: dict[str, Any] = {"convention": in_force() if deadline.convention_id else None, **facts}
    return DeadlineNews(topic=topic, programme=PROGRAMME, reader=reader or a_reader(), deadline=deadline, **known)
