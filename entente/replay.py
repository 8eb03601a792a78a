"""Who awaits which event, and what has not ended there yet: for checks, and for what a broker in memory forgot."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select, update

from chassis.database import transaction
from chassis.inbox import Arrival, Status
from chassis.messaging.extensions import subscriptions_of
from chassis.outbox import Outgoing
from chassis.service import Service, serving
from entente.composition import worker_of

ENDS = (Status.APPLIED, Status.SUPERSEDED, Status.QUARANTINED, Status.DROPPED)


@dataclass(frozen=True)
class Expected:
    """An event that a subscription must bring to an end."""

    publisher: str
    event_id: str
    consumer: str
    subscription: str


def expected(services: Mapping[str, Service]) -> Iterator[Expected]:
    """Give every announced event with every subscription that asked for its type."""
    for publisher, service in services.items():
        with serving(service), transaction() as session:
            announced = session.execute(select(Outgoing.event_id, Outgoing.type)).tuples().all()
        awaiting = _awaiting(services)
        for event_id, kind in announced:
            for consumer, subscription in awaiting.get(kind, []):
                yield Expected(publisher, str(event_id), consumer, subscription)


def ended(services: Mapping[str, Service]) -> Counter[tuple[str, str]]:
    """Count, by subscription and event, how many times it ended there."""
    found: Counter[tuple[str, str]] = Counter()
    for service in services.values():
        with serving(service), transaction() as session:
            ends = select(Arrival.subscription, Arrival.event_key).where(Arrival.status.in_(ENDS))
            found.update(session.execute(ends).tuples())
    return found


def met(services: Mapping[str, Service]) -> set[tuple[str, str]]:
    """Give subscription and event of everything that arrived, ended or not."""
    found: set[tuple[str, str]] = set()
    for service in services.values():
        with serving(service), transaction() as session:
            found.update(session.execute(select(Arrival.subscription, Arrival.event_key)).tuples())
    return found


def publish_again(services: Mapping[str, Service]) -> int:
    """Let the relays send again what a subscription has not met; give how many events. What was met twice ends once."""
    seen = met(services)
    missed: dict[str, set[str]] = {}
    for each in expected(services):
        if (each.subscription, each.event_id) not in seen:
            missed.setdefault(each.publisher, set()).add(each.event_id)
    for publisher, event_ids in missed.items():
        with serving(services[publisher]), transaction() as session:
            session.execute(update(Outgoing).where(Outgoing.event_id.in_(event_ids)).values(published_at=None))
    return sum(map(len, missed.values()))


def _awaiting(services: Mapping[str, Service]) -> dict[str, list[tuple[str, str]]]:
    """Give, by event type, the consumers and their subscriptions."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in services:
        for subscription in subscriptions_of(worker_of(name)):
            for event in subscription.events:
                found.setdefault(event.type, []).append((name, subscription.queue))
    return found
