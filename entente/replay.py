"""Who awaits which event, and what has not come to an end there: for checks, loads, and a broker that forgot."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select, text, update

from chassis.database import transaction
from chassis.events import CONTENT_TYPE
from chassis.inbox import Arrival, Status
from chassis.messaging.extensions import subscriptions_of
from chassis.outbox import Outgoing
from chassis.service import Service, serving
from chassis.subscription import Message, Subscriber, Subscription
from entente.composition import worker_of

ENDS = (Status.APPLIED, Status.SUPERSEDED, Status.QUARANTINED, Status.DROPPED)
STANDING = text(
    """
    SELECT type, count(*), count(*) FILTER (WHERE published_at IS NULL), 0 FROM outbox GROUP BY type
    UNION ALL SELECT '', 0, 0, count(*) FROM inbox WHERE status = ANY(:ends)
    """
)
AT_ONCE = 500
"""Events brought in one transaction."""


@dataclass(frozen=True)
class Expected:
    """An event that a subscription must bring to an end."""

    publisher: str
    event_id: str
    consumer: str
    subscription: str


def expected(services: Mapping[str, Service]) -> Iterator[Expected]:
    """Give every announced event with every subscription that asked for its type."""
    awaiting = _awaiting(services)
    for publisher, service in services.items():
        with serving(service), transaction() as session:
            announced = session.execute(select(Outgoing.event_id, Outgoing.type).order_by(Outgoing.id)).tuples().all()
        for event_id, kind in announced:
            for consumer, subscription in awaiting.get(kind, []):
                yield Expected(publisher, str(event_id), consumer, subscription)


def ended(services: Mapping[str, Service]) -> Counter[tuple[str, str]]:
    """Count, by subscription and event, how many times it ended there."""
    return Counter(_arrivals(services, Arrival.status.in_(ENDS)))


def missed(services: Mapping[str, Service]) -> list[Expected]:
    """Give what has not even arrived where it is awaited."""
    met = set(_arrivals(services))
    return [each for each in expected(services) if (each.subscription, each.event_id) not in met]


def publish_again(services: Mapping[str, Service]) -> int:
    """Let the relays send again what a subscription has not met; give how many events. What comes twice ends once."""
    lost: dict[str, set[str]] = {}
    for each in missed(services):
        lost.setdefault(each.publisher, set()).add(each.event_id)
    for publisher, event_ids in lost.items():
        with serving(services[publisher]), transaction() as session:
            session.execute(update(Outgoing).where(Outgoing.event_id.in_(event_ids)).values(published_at=None))
    return sum(map(len, lost.values()))


def bring(services: Mapping[str, Service], consumers: Collection[str]) -> None:
    """Bring these consumers what they have not met, through their own event door, without waiting for the broker.

    In the order of announcement, so that what names something comes after it.
    """
    for name in consumers:
        subscribers = {
            subscription.queue: Subscriber(services[name], subscription, method)
            for subscription, method in methods_of(name)
        }
        awaited = [each for each in missed(services) if each.consumer == name]
        for queue, run in groupby(awaited, key=lambda each: each.subscription):
            together = list(run)
            for start in range(0, len(together), AT_ONCE):
                subscribers[queue].receive(_messages(services, together[start : start + AT_ONCE]))


def unsettled(services: Mapping[str, Service]) -> int:
    """Count what is still on its way: events not published yet, and those not ended everywhere they are awaited."""
    waiting, due, done = 0, 0, 0
    awaiting = _awaiting(services)
    for service in services.values():
        with service.engine.connect() as connection:
            for kind, announced, unpublished, ends in connection.execute(STANDING, {"ends": list(ENDS)}):
                waiting += unpublished
                done += ends
                due += announced * len(awaiting.get(kind, []))
    return waiting + max(due - done, 0)


def relay_listens(service: Service) -> bool:
    """Tell whether a worker of the service runs anywhere: its relay listens for announcements."""
    listening = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
    )
    with service.engine.connect() as connection:
        return bool(connection.execute(listening).scalar_one())


def _arrivals(services: Mapping[str, Service], *conditions: Any) -> Iterator[tuple[str, str]]:
    for service in services.values():
        with serving(service), transaction() as session:
            found = select(Arrival.subscription, Arrival.event_key).where(*conditions)
            yield from session.execute(found).tuples().all()


def _messages(services: Mapping[str, Service], wanted: Collection[Expected]) -> list[Message]:
    found: dict[str, str] = {}
    for publisher in {each.publisher for each in wanted}:
        ids = [each.event_id for each in wanted if each.publisher == publisher]
        with serving(services[publisher]), transaction() as session:
            bodies = session.execute(select(Outgoing.event_id, Outgoing.body).where(Outgoing.event_id.in_(ids)))
            found.update((str(event_id), body) for event_id, body in bodies.tuples())
    return [Message(found[each.event_id].encode(), CONTENT_TYPE) for each in wanted]


def methods_of(name: str) -> Iterator[tuple[Subscription, Any]]:
    """Give the subscriptions of a service, each with the worker's method that takes its events."""
    worker = worker_of(name)()
    for attribute in dir(worker):
        method = getattr(worker, attribute)
        if isinstance(subscription := getattr(method, "subscription", None), Subscription):
            yield subscription, method


def _awaiting(services: Mapping[str, Service]) -> dict[str, list[tuple[str, str]]]:
    """Give, by event type, the consumers and their subscriptions."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in services:
        for subscription in subscriptions_of(worker_of(name)):
            for event in subscription.events:
                found.setdefault(event.type, []).append((name, subscription.queue))
    return found
