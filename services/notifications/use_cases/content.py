"""What a delivery says, made at the moment it is sent from the facts held then."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from chassis.context import Cause, child_of
from chassis.errors import NotFound
from chassis.service import current
from chassis.settings import Settings
from contracts.notifications import Channel
from services.notifications.channels.email import Mail, write_mail
from services.notifications.channels.letter import Letter
from services.notifications.channels.webhook import Call
from services.notifications.channels.writing import write_letter
from services.notifications.domain.audience import as_heard
from services.notifications.domain.delivery import Delivery, Status
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.fact import Fact
from services.notifications.domain.news import News
from services.notifications.domain.secret import Vault
from services.notifications.domain.stakeholder import Stakeholder
from services.notifications.use_cases.held import as_published
from services.notifications.use_cases.news import news_for


@dataclass(frozen=True)
class NothingToSay:
    """Why a delivery ends without an attempt: superseded, or withheld."""

    status: Status
    because: str


def content_of(session: Session, delivery: Delivery) -> Mail | Call | NothingToSay:
    """Make what is to be sent now, or say why nothing is."""
    return _CONTENT[delivery.channel](session, delivery)


def letter_to(session: Session, delivery: Delivery, person: Stakeholder, *, unsubscribe_url: str) -> Letter:
    """Write the letter of a delivery to a person: its event's own facts, beside the newest that we hold."""
    return _letter(_news(session, delivery, person), person, unsubscribe_url=unsubscribe_url)


def _letter(news: News, person: Stakeholder, *, unsubscribe_url: str) -> Letter:
    page_url = f"{current().settings.console_url}/{news.page}"
    return write_letter(news, person.language, page_url=page_url, unsubscribe_url=unsubscribe_url)


def _news(session: Session, delivery: Delivery, person: Stakeholder) -> News:
    return news_for(session, as_published(session.get_one(Fact, delivery.fact_id)), person)


def _mail(session: Session, delivery: Delivery) -> Mail | NothingToSay:
    person = session.get(Stakeholder, delivery.recipient_id)
    if person is None:
        return NothingToSay(Status.WITHHELD, "The person is no longer a stakeholder.")
    news = _news(session, delivery, person)
    withheld = person.reason_to_withhold(news.topic)
    if withheld:
        return NothingToSay(Status.WITHHELD, withheld)
    if not news.still_true:
        return NothingToSay(Status.SUPERSEDED, "Things have changed since: this is no longer true.")
    settings = current().settings
    letter = _letter(news, person, unsubscribe_url=unsubscribe_url(settings, person))
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
        body=as_heard(fact.body, fact.type, by=endpoint.organisation_id),
        traceparent=cause_of(fact).traceparent,
        secret=Vault(current().settings.encryption_key).unseal(endpoint.sealed_secret),
    )


_CONTENT = {Channel.EMAIL: _mail, Channel.WEBHOOK: _call}


def preview(session: Session, delivery: Delivery) -> dict[str, str | None]:
    """Show what a delivery would say now; nobody unsubscribes somebody else from here, so that link leads nowhere.

    Raises NotFound when its recipient is no longer there.
    """
    if delivery.channel is Channel.WEBHOOK:
        fact = session.get_one(Fact, delivery.fact_id)
        body = as_heard(fact.body, fact.type, by=delivery.organisation_id)
        return {"subject": None, "language": None, "text": body, "html": None}
    person = session.get(Stakeholder, delivery.recipient_id)
    if person is None:
        raise NotFound("The person is no longer a stakeholder: there is nobody to write to.")
    letter = letter_to(session, delivery, person, unsubscribe_url="#")
    return {"subject": letter.subject, "language": letter.language, "text": letter.text(), "html": letter.html()}
