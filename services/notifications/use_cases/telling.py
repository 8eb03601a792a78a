"""Telling: what arrives becomes facts, newest states and involvements, and a delivery for everyone concerned.

It works on whole batches. Order does not matter: who becomes party to a subject is also told of the events of the same
correlation that came first, and a delivery's id follows from event and recipient, so planning twice gives one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.events import CONTENT_TYPE, Event, decode
from contracts.notifications import Channel
from services.notifications.domain import audience
from services.notifications.domain.delivery import Delivery, Status, delivery_id
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.fact import Fact, Involvement, State, columns_of
from services.notifications.domain.schedule import SETTLING
from services.notifications.domain.stakeholder import Stakeholder
from services.notifications.domain.topic import organisations_told, programme_asked, topic_of
from services.notifications.use_cases import held, mergers

Row = dict[str, Any]

_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:correlations AS text[])) AS name"
)


def tell_those_concerned(session: Session, events: Sequence[Event]) -> None:
    """Keep the events and plan an e-mail or a webhook for each recipient that is concerned."""
    _one_at_a_time(session, {event.received.correlation_id for event in events})
    _keep_facts(session, events)
    newest = _keep_states(session, events)
    mergers.follow(session, newest)
    came_first = _events_that_came_first(session, _keep_involvements(session, newest), but=events)
    now = session.scalars(select(func.clock_timestamp())).one()
    webhooks = _webhooks(session, [*events, *came_first], due_at=now)
    _plan(session, chain(webhooks, _emails(session, events, due_at=now + SETTLING)))


def _one_at_a_time(session: Session, correlations: set[str]) -> None:
    """Let no other worker handle the same correlations meanwhile: neither would see what the other adds."""
    session.execute(_LOCK, {"correlations": sorted(correlations)})


def _keep_facts(session: Session, events: Iterable[Event]) -> None:
    rows = [columns_of(event.received) for event in events]
    session.execute(insert(Fact).on_conflict_do_nothing(), rows)


def _keep_states(session: Session, events: Iterable[Event]) -> list[Event]:
    """Keep the newest state of each subject; give the events that brought one."""
    latest: dict[tuple[str, str], Event] = {}
    for event in sorted(events, key=lambda event: event.sequence):
        latest[audience.noun(event), event.subject] = event
    rows = [
        {
            "noun": noun,
            "subject": subject,
            "type": event.type,
            "sequence": event.sequence,
            "time": event.received.time,
            "state": event.state(),
        }
        for (noun, subject), event in sorted(latest.items(), key=lambda item: item[0])
    ]
    arriving = insert(State).values(rows)
    newer = arriving.on_conflict_do_update(
        index_elements=[State.noun, State.subject],
        set_={name: arriving.excluded[name] for name in ("type", "sequence", "time", "state")},
        where=State.sequence < arriving.excluded.sequence,
    ).returning(State.noun, State.subject)
    return [latest[noun, subject] for noun, subject in session.execute(newer).tuples()]


def _keep_involvements(session: Session, newest: Iterable[Event]) -> list[Event]:
    """Replace who is involved in what; give the events that involve somebody."""
    involving = {event.subject: event for event in newest if audience.involvement(event) is not None}
    if not involving:
        return []
    session.execute(delete(Involvement).where(Involvement.because.in_(involving)))
    rows = [
        {"because": because, "subject": subject, "organisation_id": organisation_id}
        for because, event in involving.items()
        for subject, organisation_id in audience.involvement(event) or ()
    ]
    if rows:
        session.execute(insert(Involvement), rows)
    return list(involving.values())


def _events_that_came_first(session: Session, involving: Iterable[Event], *, but: Sequence[Event]) -> list[Event]:
    """Give what already arrived of the same correlations: it may concern who is party only since now."""
    correlations = {event.received.correlation_id for event in involving}
    if not correlations:
        return []
    known = [event.received.id for event in but]
    statement = select(Fact.body).where(
        Fact.correlation_id.in_(correlations),
        Fact.event_id.not_in(known),
        Fact.type.in_([kind.type for kind in audience.EVENTS]),
    )
    return [decode(body.encode(), CONTENT_TYPE) for body in session.scalars(statement)]


def _webhooks(session: Session, events: Sequence[Event], *, due_at: datetime) -> Iterable[Row]:
    """Give a row for each subscribed endpoint of the programme office, and of the parties to each event's subject."""
    endpoints = session.scalars(select(Endpoint).where(Endpoint.active)).all()
    if not endpoints:
        return
    involved, present = _involved(session, events), mergers.present(session)
    for event in events:
        named = audience.organisations_named(event) | involved.get(audience.subject_followed(event) or "", set())
        concerned = {present.get(each, each) for each in named}
        for endpoint in endpoints:
            if endpoint.hears(event.type) and endpoint.organisation_id in {None, *concerned}:
                row = _row(event, Channel.WEBHOOK, str(endpoint.id), due_at=due_at)
                yield row | _recipient(endpoint.id, endpoint.description or endpoint.url, endpoint.organisation_id)


def _involved(session: Session, events: Iterable[Event]) -> Mapping[str, set[UUID]]:
    subjects = {subject for event in events if (subject := audience.subject_followed(event))}
    found: dict[str, set[UUID]] = {}
    rows = select(Involvement.subject, Involvement.organisation_id).where(Involvement.subject.in_(subjects))
    for subject, organisation_id in session.execute(rows).tuples():
        found.setdefault(subject, set()).add(organisation_id)
    return found


def _emails(session: Session, events: Iterable[Event], *, due_at: datetime) -> Iterable[Row]:
    """Give a row for each person of those concerned and of the programme office who wants the event's topic.

    Each organisation's people are told whoever else has the same address: none may change what another's receive.
    """
    told = [(event, topic) for event in events if (topic := topic_of(event))]
    if not told:
        return
    concerned = _concerned(session, [event for event, _ in told])
    people = _people(session, set().union(*concerned.values()))
    for event, topic in told:
        among = {None, *concerned[event.received.id]}
        for person in people:
            if topic in person.topics and person.organisation_id in among:
                row = _row(event, Channel.EMAIL, str(person.id), due_at=due_at)
                yield row | _recipient(person.id, person.name, person.organisation_id)


def _concerned(session: Session, events: Sequence[Event]) -> Mapping[UUID, set[UUID]]:
    """Give by event the organisations whose people are told: those it names, and the adherents of whom it asks."""
    present = mergers.present(session)
    asked = {code: held.adherents(session, code) for event in events if (code := programme_asked(event))}
    named = {
        event.received.id: organisations_told(event).union(asked.get(programme_asked(event) or "", ()))
        for event in events
    }
    return {event_id: {present.get(each, each) for each in found} for event_id, found in named.items()}


def _people(session: Session, organisations: set[UUID]) -> Sequence[Stakeholder]:
    """Give the people of these organisations and of the programme office who may be written to."""
    return session.scalars(
        select(Stakeholder).where(
            Stakeholder.active,
            Stakeholder.suppressed_because.is_(None),
            or_(Stakeholder.organisation_id.in_(organisations), Stakeholder.organisation_id.is_(None)),
        )
    ).all()


def _row(event: Event, channel: Channel, recipient: str, *, due_at: datetime) -> Row:
    return {
        "id": delivery_id(event.received.id, channel, recipient),
        "fact_id": event.received.id,
        "channel": channel,
        "event_type": event.type,
        "about": audience.about(event),
        "correlation_id": event.received.correlation_id,
        "status": Status.WAITING,
        "due_at": due_at,
        "tries": 0,
        "attempts": 0,
        "sequence": 0,
    }


def _recipient(recipient_id: UUID, name: str, organisation_id: UUID | None) -> Row:
    return {"recipient_id": recipient_id, "recipient_name": name, "organisation_id": organisation_id}


def _plan(session: Session, rows: Iterable[Row]) -> None:
    planned = sorted(rows, key=lambda row: row["id"])
    if planned:
        session.execute(insert(Delivery).on_conflict_do_nothing(), planned)
