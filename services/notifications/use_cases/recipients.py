"""Recipients: who is told by e-mail, and which systems by webhook."""

from collections.abc import Callable, Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.clock import now
from chassis.context import current_cause
from chassis.errors import RuleBroken
from chassis.events import Envelope
from chassis.identifiers import new_id
from chassis.service import current
from contracts.notifications import Channel
from services.notifications.domain.audience import EVENTS
from services.notifications.domain.delivery import Delivery, delivery_id
from services.notifications.domain.endpoint import Endpoint, require_callable, require_known
from services.notifications.domain.fact import Fact
from services.notifications.domain.secret import Vault, new_secret
from services.notifications.domain.stakeholder import Language, Stakeholder, Standing

TESTED = "notifications.endpoint.tested.v1"
"""The type of the event that tries an endpoint; it goes to that endpoint alone, never to the broker."""

BeforeChange = Callable[[int], None]
"""Takes the version about to be changed, and refuses if the caller speaks of another one."""

_ALREADY = "A stakeholder of this organisation has this e-mail address already: change that one."


def add_stakeholder(
    session: Session,
    *,
    organisation_id: UUID | None,
    name: str,
    email: str,
    language: Language,
    standing: Standing,
    topics: Iterable[str],
    active: bool,
) -> Stakeholder:
    """Let a person be told, for an organisation or for the programme office.

    Raises RuleBroken when that organisation has one with this address.
    """
    person = Stakeholder(
        id=new_id(),
        organisation_id=organisation_id,
        name=name,
        email=email,
        language=language,
        standing=standing,
        topics=list(topics),
        active=active,
    )
    session.add(person)
    _refuse_the_same_person_twice(session)
    return person


def change_stakeholder(
    session: Session,
    person: Stakeholder,
    *,
    before_change: BeforeChange,
    name: str,
    email: str,
    language: Language,
    standing: Standing,
    topics: Iterable[str],
    active: bool,
) -> Stakeholder:
    """Replace what is known of a person.

    Raises RuleBroken when the organisation has another one with this address.
    """
    before_change(person.sequence)
    person.change(name=name, email=email, language=language, standing=standing, topics=topics, active=active)
    _refuse_the_same_person_twice(session)
    return person


def _refuse_the_same_person_twice(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise RuleBroken(_ALREADY) from error


def remove_stakeholder(session: Session, person: Stakeholder) -> None:
    """Forget a person; deliveries already made stay in the log under the name."""
    session.delete(person)


def unsubscribe(session: Session, token: str) -> Stakeholder | None:
    """Send no more e-mails to the person whose link this is, for their organisation; None if already forgotten.

    Raises NotFound for a link that we did not write.
    """
    person = person_of_link(session, token)
    if person is not None:
        person.unsubscribe()
    return person


def person_of_link(session: Session, token: str) -> Stakeholder | None:
    """Give whose unsubscribe link this is; None if already forgotten.

    Raises NotFound for a link that we did not write.
    """
    return session.get(Stakeholder, Vault(current().settings.encryption_key).person_of(token))


def add_endpoint(
    session: Session, *, organisation_id: UUID | None, url: str, description: str, events: Iterable[str], active: bool
) -> tuple[Endpoint, str]:
    """Let a system be told; give the endpoint and its secret, which nobody can read again.

    Raises InvalidInput for an address or an event that cannot be, RuleBroken without a key to seal the secret.
    """
    _require_sound(url, events)
    secret = new_secret()
    endpoint = Endpoint(
        id=new_id(),
        organisation_id=organisation_id,
        url=url,
        description=description,
        events=list(events),
        sealed_secret=Vault(current().settings.encryption_key).seal(secret),
        active=active,
    )
    session.add(endpoint)
    return endpoint, secret


def change_endpoint(
    session: Session,
    endpoint: Endpoint,
    *,
    before_change: BeforeChange,
    url: str,
    description: str,
    events: Iterable[str],
    active: bool,
) -> Endpoint:
    """Replace what is known of an endpoint; its secret stays.

    Raises InvalidInput for an address or an event that cannot be.
    """
    before_change(endpoint.sequence)
    _require_sound(url, events)
    endpoint.change(url=url, description=description, events=events, active=active)
    session.flush()
    return endpoint


def _require_sound(url: str, events: Iterable[str]) -> None:
    require_callable(url, plain_http=current().settings.webhook_private_addresses)
    require_known(events, [kind.type for kind in EVENTS])


def remove_endpoint(session: Session, endpoint: Endpoint) -> None:
    """Call an endpoint no more; deliveries already made stay in the log."""
    session.delete(endpoint)


def test_endpoint(session: Session, endpoint: Endpoint) -> Delivery:
    """Plan a webhook that tries an endpoint, at once.

    Raises RuleBroken when it is switched off.
    """
    if not endpoint.active:
        raise RuleBroken("The endpoint is switched off: switch it on, then test it.")
    cause = current_cause()
    envelope = Envelope(
        id=new_id(),
        source="/notifications",
        type=TESTED,
        subject=str(endpoint.id),
        time=now(),
        sequence=endpoint.sequence,
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
        actor=cause.actor,
        traceparent=cause.traceparent,
        data={"endpoint_id": str(endpoint.id), "description": endpoint.description},
    )
    session.add(Fact.of(envelope))
    session.flush()
    delivery = Delivery(
        id=delivery_id(envelope.id, Channel.WEBHOOK, str(endpoint.id)),
        fact_id=envelope.id,
        channel=Channel.WEBHOOK,
        recipient_id=endpoint.id,
        recipient_name=endpoint.description or endpoint.url,
        organisation_id=endpoint.organisation_id,
        event_type=TESTED,
        about=endpoint.description or endpoint.url,
        correlation_id=cause.correlation_id,
        due_at=session.scalars(select(func.clock_timestamp())).one(),
    )
    session.add(delivery)
    session.flush()
    return delivery
