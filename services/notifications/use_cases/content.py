"""What a delivery says, made at the moment it is sent from the facts held then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from chassis.context import Cause, child_of
from chassis.errors import NotFound
from chassis.events import CONTENT_TYPE, Event, decode, registry
from chassis.service import current
from chassis.settings import Settings
from contracts.actions import ActionState, ProgrammeDefined
from contracts.budget import Figures, ProjectionChanged
from contracts.notifications import Channel
from contracts.partners import ConventionState
from services.notifications.channels.email import Mail, write_mail
from services.notifications.channels.letter import Letter, write_letter
from services.notifications.channels.webhook import Call
from services.notifications.domain.delivery import Delivery, Status
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.fact import Fact, State
from services.notifications.domain.news import News, Reader, news_of, still_true
from services.notifications.domain.secret import Vault
from services.notifications.domain.stakeholder import TOPICS, Stakeholder, Standing

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class NothingToSay:
    """Why a delivery ends without an attempt: superseded, or withheld."""

    status: Status
    because: str


def content_of(session: Session, delivery: Delivery) -> Mail | Call | NothingToSay:
    """Make what is to be sent now, or say why nothing is."""
    return _CONTENT[delivery.channel](session, delivery)


def letter_to(session: Session, delivery: Delivery, person: Stakeholder, *, unsubscribe_url: str) -> Letter:
    """Write the letter of a delivery to a person: its event's own facts, beside the newest figures held."""
    news = _news(session, _told(session, delivery), delivery, person)
    convention_url = f"{current().settings.console_url}/conventions/{news.convention.convention_id}"
    return write_letter(news, person.language, convention_url=convention_url, unsubscribe_url=unsubscribe_url)


def _mail(session: Session, delivery: Delivery) -> Mail | NothingToSay:
    person = session.get(Stakeholder, delivery.recipient_id)
    topic = TOPICS[delivery.event_type]
    withheld = person.reason_to_withhold(topic) if person else "The person is no longer a stakeholder."
    if person is None or withheld:
        return NothingToSay(Status.WITHHELD, withheld or "")
    if not still_true(topic, _newest(session, delivery)):
        return NothingToSay(Status.SUPERSEDED, "The convention has changed since: this is no longer true.")
    settings = current().settings
    letter = letter_to(session, delivery, person, unsubscribe_url=unsubscribe_url(settings, person))
    return write_mail(
        letter, delivery_id=delivery.id, sender=settings.mail_from, name=person.name, address=person.email
    )


def cause_of(fact: Fact) -> Cause:
    """Give the cause of whatever a fact brings about."""
    return Cause(fact.correlation_id, str(fact.event_id), fact.actor, child_of(fact.traceparent))


def unsubscribe_url(settings: Settings, person: Stakeholder) -> str:
    """Give the link by which this person, and nobody else, unsubscribes."""
    address = settings.public_notifications_url or settings.notifications_url
    return f"{address}/v1/unsubscriptions/{Vault(settings.encryption_key).link_token(person.id)}"


def _call(session: Session, delivery: Delivery) -> Call | NothingToSay:
    endpoint = session.get(Endpoint, delivery.recipient_id)
    withheld = endpoint.reason_to_withhold() if endpoint else "The endpoint was removed."
    if endpoint is None or withheld:
        return NothingToSay(Status.WITHHELD, withheld or "")
    fact = session.get_one(Fact, delivery.fact_id)
    return Call(
        url=endpoint.url,
        id=str(fact.event_id),
        body=fact.body,
        traceparent=cause_of(fact).traceparent,
        secret=Vault(current().settings.encryption_key).unseal(endpoint.sealed_secret),
    )


_CONTENT = {Channel.EMAIL: _mail, Channel.WEBHOOK: _call}


def preview(session: Session, delivery: Delivery) -> dict[str, str | None]:
    """Show what a delivery would say now; nobody unsubscribes somebody else from here, so that link leads nowhere.

    Raises NotFound when its recipient is no longer there.
    """
    if delivery.channel is Channel.WEBHOOK:
        body = session.get_one(Fact, delivery.fact_id).body
        return {"subject": None, "language": None, "text": body, "html": None}
    person = session.get(Stakeholder, delivery.recipient_id)
    if person is None:
        raise NotFound("The person is no longer a stakeholder: there is nobody to write to.")
    letter = letter_to(session, delivery, person, unsubscribe_url="#")
    return {"subject": letter.subject, "language": letter.language, "text": letter.text(), "html": letter.html()}


def _told(session: Session, delivery: Delivery) -> ConventionState:
    """Give the convention as its event said it is: two amendments in a row are each told as what they are."""
    event = decode(session.get_one(Fact, delivery.fact_id).body.encode(), CONTENT_TYPE)
    if not isinstance(event, ConventionState):
        raise TypeError(f"{event.type} is no convention.")
    return event


def _newest(session: Session, delivery: Delivery) -> ConventionState:
    """Give the newest state of the convention that a delivery tells of."""
    fact = session.get_one(Fact, delivery.fact_id)
    held = session.get_one(State, ("partners.convention", fact.subject))
    return _event(held, ConventionState)


def _event(held: State, kind: type[E]) -> E:
    event = registry[held.type].from_state(held.state, sequence=held.sequence)
    if not isinstance(event, kind):
        raise TypeError(f"{held.type} is no {kind.__name__}.")
    return event


def _news(session: Session, convention: ConventionState, delivery: Delivery, person: Stakeholder) -> News:
    names = {party.organisation_id: party.name for party in convention.parties}
    organisation_id = person.organisation_id
    return news_of(
        TOPICS[delivery.event_type],
        convention,
        reader=Reader(
            name=person.name,
            organisation_id=organisation_id,
            organisation=names.get(organisation_id) if organisation_id else None,
            decides=person.standing is Standing.DECIDER,
        ),
        programme=_programme(session, convention.programme_code),
        titles=_titles(session, convention),
        figures=_figures(session, convention, delivery),
    )


def _programme(session: Session, code: str) -> str | None:
    held = session.get(State, ("actions.programme", code))
    return _event(held, ProgrammeDefined).title if held else None


def _titles(session: Session, convention: ConventionState) -> Mapping[UUID, str]:
    return {
        action.action_id: action.title for action in _of_actions(session, convention, "actions.action", ActionState)
    }


def _figures(session: Session, convention: ConventionState, delivery: Delivery) -> Mapping[UUID, Figures]:
    """Give the figures of the convention's actions, but for those from before it: they would tell the past."""
    since = session.get_one(Fact, delivery.fact_id).time
    changes = _of_actions(session, convention, "budget.projection", ProjectionChanged, State.time >= since)
    return {change.action_id: change.after for change in changes}


def _of_actions(
    session: Session, convention: ConventionState, noun: str, kind: type[E], *more: ColumnElement[bool]
) -> list[E]:
    subjects = {str(line.action_id) for line in convention.lines}
    statement = select(State).where(State.noun == noun, State.subject.in_(subjects), *more)
    return [_event(held, kind) for held in session.scalars(statement)]
