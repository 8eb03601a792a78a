"""News of a fact: what its event says, with what we hold beside it, for the person who reads it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.events import Event
from contracts.actions import ActionState, ProgrammeDefined
from contracts.amendments import ConventionAmended
from contracts.budget import Figures, ProjectionChanged
from contracts.deadlines import DeadlineReached
from contracts.partners import (
    CharterLapsed,
    CharterSignatureState,
    CharterSigned,
    CharterVersionPublished,
    CharterWithdrawn,
    ConventionEnteredIntoForce,
    ConventionState,
    ConventionTerminated,
    OrganisationState,
)
from services.notifications.domain.charter_news import AdherenceNews, CharterVersionNews
from services.notifications.domain.convention_news import convention_news
from services.notifications.domain.deadline_news import DeadlineNews
from services.notifications.domain.fact import State
from services.notifications.domain.news import News, Reader
from services.notifications.domain.stakeholder import Stakeholder, Standing
from services.notifications.domain.topic import Topic, topic_of
from services.notifications.use_cases import held

CONVENTIONS = "partners.convention"


def news_for(session: Session, event: Event, person: Stakeholder) -> News:
    """Gather what an event's e-mail tells a person.

    Raises TypeError for an event that is no news.
    """
    topic = topic_of(event)
    if topic is None:
        raise TypeError(f"{event.type} is no news.")
    return _NEWS[type(event)](session, event, topic, _reader(session, person))


def _reader(session: Session, person: Stakeholder) -> Reader:
    organisation = held.newest(session, "partners.organisation", person.organisation_id, OrganisationState)
    return Reader(
        name=person.name,
        organisation_id=person.organisation_id,
        organisation=organisation.name if organisation else None,
        decides=person.standing is Standing.DECIDER,
    )


def _programme(session: Session, code: str) -> str | None:
    defined = held.newest(session, "actions.programme", code, ProgrammeDefined)
    return defined.title if defined else None


def _of_a_convention(session: Session, told: ConventionState, topic: Topic, reader: Reader) -> News:
    """Tell the convention as its event said it is: two amendments in a row are each told as what they are."""
    newest = held.newest(session, CONVENTIONS, told.convention_id, ConventionState)
    names = {party.organisation_id: party.name for party in told.parties}
    tranches = [each.tranche_id for line in told.lines for each in line.tranches]
    return convention_news(
        topic,
        told,
        newest=(newest or told).status,
        reader=_named(reader, names),
        programme=_programme(session, told.programme_code),
        titles=_titles(session, told),
        figures=_figures(session, told),
        paid=held.paid(session, tranches) if topic is Topic.TERMINATED else {},
    )


def _titles(session: Session, convention: ConventionState) -> Mapping[UUID, str]:
    actions = {line.action_id for line in convention.lines}
    return {each.action_id: each.title for each in held.newest_of(session, "actions.action", actions, ActionState)}


def _figures(session: Session, convention: ConventionState) -> Mapping[UUID, Figures]:
    """Give the figures of the convention's actions, but for those from before it: they would tell the past."""
    actions, since = {line.action_id for line in convention.lines}, State.time >= convention.received.time
    changes = held.newest_of(session, "budget.projection", actions, ProjectionChanged, since)
    return {change.action_id: change.after for change in changes}


def _of_a_version(session: Session, charter: CharterVersionPublished, topic: Topic, reader: Reader) -> News:
    asking = held.asking(session, charter.programme_code)
    return CharterVersionNews(
        topic=topic,
        reader=reader,
        programme=_programme(session, charter.programme_code),
        charter=charter,
        adherence=held.adherence(session, charter.programme_code, reader.organisation_id),
        asked=held.adhering_by_earlier(session, charter),
        newest=(asking or charter).version,
    )


def _of_an_adherence(session: Session, signature: CharterSignatureState, topic: Topic, reader: Reader) -> News:
    return AdherenceNews(
        topic=topic,
        reader=_named(reader, {signature.organisation_id: signature.organisation_name}),
        programme=_programme(session, signature.programme_code),
        signature=signature,
        adherence=held.adherence(session, signature.programme_code, signature.organisation_id),
        asking=held.asking(session, signature.programme_code),
    )


def _of_a_deadline(session: Session, deadline: DeadlineReached, topic: Topic, reader: Reader) -> News:
    convention = held.newest(session, CONVENTIONS, deadline.convention_id, ConventionState)
    names = {party.organisation_id: party.name for party in convention.parties} if convention else {}
    of_charter = deadline.charter_id is not None
    if deadline.organisation_id and deadline.organisation_name:
        names = {**names, deadline.organisation_id: deadline.organisation_name}
    return DeadlineNews(
        topic=topic,
        reader=_named(reader, names),
        programme=_programme(session, deadline.programme_code),
        deadline=deadline,
        convention=convention,
        paid=held.paid(session, [deadline.subject_id])[deadline.subject_id],
        adherence=held.adherence(session, deadline.programme_code, deadline.organisation_id) if of_charter else None,
        asking=held.asking(session, deadline.programme_code) if of_charter else None,
    )


def _named(reader: Reader, names: Mapping[UUID, str]) -> Reader:
    """Call the reader's organisation as the event does, where it names it."""
    named = names.get(reader.organisation_id) if reader.organisation_id else None
    return replace(reader, organisation=named) if named else reader


_NEWS: Mapping[type[Event], Callable[[Session, Any, Topic, Reader], News]] = {
    ConventionEnteredIntoForce: _of_a_convention,
    ConventionAmended: _of_a_convention,
    ConventionTerminated: _of_a_convention,
    CharterVersionPublished: _of_a_version,
    CharterSigned: _of_an_adherence,
    CharterWithdrawn: _of_an_adherence,
    CharterLapsed: _of_an_adherence,
    DeadlineReached: _of_a_deadline,
}
