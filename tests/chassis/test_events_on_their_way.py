"""Announcing, publishing and receiving, on a real PostgreSQL and on both brokers."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from kombu import Producer
from sqlalchemy import func, select, update

from chassis.database import transaction
from chassis.errors import NotFound, RuleBroken
from chassis.events import CONTENT_TYPE, decode
from chassis.identifiers import new_id
from chassis.inbox import Arrival, Status, decisions, drop, groups, retry
from chassis.messaging import topology
from chassis.messaging.consumer import QueueConsumer, RetryLoop
from chassis.messaging.extensions import subscriptions_of
from chassis.messaging.relay import Relay
from chassis.outbox import Outgoing, announce, announced, lag, latest_cursor, read
from chassis.service import Service, current, serving
from chassis.subscription import Message, Subscriber, Subscription
from chassis.testing import a_service, arrivals, deliver, history, message_of
from tests.chassis.bakery import BakeryWorker, LoafBaked, a_loaf, shelf

DEADLINE = 60.0


@pytest.fixture(autouse=True)
def empty_shelf() -> None:
    shelf.sold.clear()
    shelf.broken.clear()


@pytest.fixture
def bakery(database_administration_url: str, tmp_path: Path) -> Iterator[Service]:
    with a_service("bakery", database_administration_url, tmp_path, retry_first_seconds=0.05, retry_attempts=3) as it:
        yield it


BOTH_BROKERS = ["memory", "rabbitmq"]
on_rabbitmq = pytest.mark.parametrize("connected", ["rabbitmq"], indirect=True)


@pytest.fixture(params=BOTH_BROKERS)
def connected(request: pytest.FixtureRequest, bakery: Service) -> Iterator[Service]:
    url = "memory://" if request.param == "memory" else request.getfixturevalue("amqp_url")
    service = replace(
        bakery, settings=replace(bakery.settings, amqp_url=url, broker_namespace=f"test-{uuid4().hex[:8]}.")
    )
    with serving(service):
        yield service
    if request.param == "rabbitmq":
        _delete_all(service)


def _delete_all(service: Service) -> None:
    with topology.connect(service) as connection, connection.channel() as channel:
        for subscription in subscriptions_of(BakeryWorker):
            topology.subscription_queue(service, subscription).bind(channel).delete()
        topology.dead_letter_queue(service).bind(channel).delete()
        topology.dead_letter_exchange(service).bind(channel).delete()
        topology.events_exchange(service, "bakery").bind(channel).delete()


def subscribers(service: Service) -> list[Subscriber]:
    methods: dict[str, Callable[..., None]] = {
        "bakery.sell_loaf": BakeryWorker.sell_loaf,
        "bakery.count_loaves": BakeryWorker.count_loaves,
    }
    return [Subscriber(service, each, partial(methods[each.queue], None)) for each in subscriptions_of(BakeryWorker)]


@contextmanager
def at_work(*loops: QueueConsumer | RetryLoop | Relay) -> Iterator[None]:
    threads = [threading.Thread(target=loop.run, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        for thread in threads:
            thread.join(DEADLINE)


def eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + DEADLINE
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def count_where(status: Status) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).where(Arrival.status == status)) or 0


def test_an_announced_event_is_published_and_reaches_each_subscription_once(connected: Service) -> None:
    consumer = QueueConsumer(connected, subscribers(connected))
    consumer.declare()
    with transaction() as session:
        announce(session, *(a_loaf(f"loaf {number}") for number in range(50)))

    with at_work(consumer, Relay(connected), Relay(connected)):
        assert eventually(lambda: count_where(Status.APPLIED) == 100)

    assert sorted(shelf.sold) == sorted([f"loaf {n}" for n in range(50)] + [f"counted loaf {n}" for n in range(50)])
    with transaction() as session:
        assert lag(session) == (0, 0.0)


def test_five_hundred_bad_messages_are_all_kept_byte_for_byte_and_the_service_lives(connected: Service) -> None:
    shelf.broken.add("fallen")
    good = a_loaf("fallen")
    bodies = {
        "bad JSON": [(b'{"half": %d' % n, CONTENT_TYPE) for n in range(100)],
        "content type": [(b"\xff\xfe\x00 %d" % n, "application/x-unheard-of") for n in range(100)],
        "event type": [(_changed("bakery.loaf.burnt.v1", n), CONTENT_TYPE) for n in range(100)],
        "invalid data": [(_changed(None, n), CONTENT_TYPE) for n in range(100)],
        "raising handler": [(_fresh(good), CONTENT_TYPE) for _ in range(100)],
    }
    sent = [pair for group in bodies.values() for pair in group]
    sell = subscriptions_of(BakeryWorker)[1]
    one = [each for each in subscribers(connected) if each.subscription is sell]
    consumer, retries = QueueConsumer(connected, one), RetryLoop(connected, one)
    consumer.declare()
    _publish(connected, sell.queue, sent)

    with at_work(consumer, retries):
        assert eventually(lambda: count_where(Status.QUARANTINED) == 500)
        _publish(connected, sell.queue, [(_fresh(a_loaf("whole")), CONTENT_TYPE)])
        assert eventually(lambda: shelf.sold == ["whole"])

    with transaction() as session:
        kept = session.scalars(select(Arrival).where(Arrival.status == Status.QUARANTINED)).all()
        assert sorted(bytes(each.body or b"") for each in kept) == sorted(body for body, _ in sent)
        assert {each.content_type for each in kept} == {CONTENT_TYPE, "application/x-unheard-of"}


def _changed(event_type: str | None, number: int) -> bytes:
    text = _fresh(a_loaf()).decode()
    if event_type:
        return text.replace("bakery.loaf.baked.v1", event_type).encode()
    return text.replace('"name":"rye"', f'"name":{number}').encode()


def _fresh(loaf: LoafBaked) -> bytes:
    return message_of(replace(loaf, loaf_id=new_id(), envelope=None)).body


def _publish(service: Service, queue: str, messages: list[tuple[bytes, str]]) -> None:
    """Publish as the relay does, waiting for the broker's confirms: without, the last of many may be lost."""
    with topology.connect(service, confirm_publish=True) as connection:
        producer = Producer(connection.channel())
        for body, content_type in messages:
            producer.publish(
                body,
                exchange="",
                routing_key=f"{service.settings.broker_namespace}{queue}",
                content_type=content_type,
                content_encoding="binary",
            )


def test_an_event_delivered_twice_is_applied_once(bakery: Service) -> None:
    deliver(BakeryWorker.sell_loaf, a_loaf("rye"), times=3)

    assert shelf.sold == ["rye"]


def test_what_a_lost_queue_held_is_looked_for_since_before_the_last_arrival_was_announced(bakery: Service) -> None:
    selling = subscribers(bakery)[1]
    assert selling.complete_until() is None
    began = datetime.now(UTC)
    waited, _waits_still = message_of(a_loaf("rye")), message_of(a_loaf("spelt"))

    selling.receive([waited])

    since = selling.complete_until()
    assert since
    assert since < began


def test_an_older_state_that_comes_late_is_superseded(bakery: Service) -> None:
    loaf_id = new_id()

    deliver(BakeryWorker.sell_loaf, a_loaf("new", sequence=2, loaf_id=loaf_id))
    deliver(BakeryWorker.sell_loaf, a_loaf("old", sequence=1, loaf_id=loaf_id))

    assert shelf.sold == ["new"]
    with transaction() as session:
        assert [each.status for each in arrivals(session)] == [Status.APPLIED, Status.SUPERSEDED]


def test_of_two_states_in_one_batch_only_the_newest_is_applied(bakery: Service) -> None:
    loaf_id = new_id()

    deliver(
        BakeryWorker.sell_loaf, *(a_loaf(str(sequence), sequence=sequence, loaf_id=loaf_id) for sequence in (2, 3, 1))
    )

    assert shelf.sold == ["3"]


def test_a_subscription_to_every_event_takes_each_state(bakery: Service) -> None:
    loaf_id = new_id()

    deliver(BakeryWorker.count_loaves, *(a_loaf(str(n), sequence=n, loaf_id=loaf_id) for n in (2, 1)))

    assert sorted(shelf.sold) == ["counted 1", "counted 2"]


def test_a_failing_event_does_not_harm_the_others_of_its_batch(bakery: Service) -> None:
    shelf.broken.add("fallen")

    deliver(BakeryWorker.sell_loaf, a_loaf("one"), a_loaf("fallen"), a_loaf("two"))

    assert count_where(Status.APPLIED) == 2
    assert count_where(Status.RETRYING) == 1


def test_a_failing_event_is_tried_again_until_it_works(bakery: Service) -> None:
    shelf.broken.add("slippery")
    deliver(BakeryWorker.sell_loaf, a_loaf("slippery"))
    shelf.broken.clear()

    with at_work(RetryLoop(bakery, subscribers(bakery))):
        assert eventually(lambda: shelf.sold == ["slippery"])

    assert eventually(lambda: count_where(Status.APPLIED) == 1)


def test_an_event_that_always_fails_is_quarantined_with_its_error_and_trace(bakery: Service) -> None:
    quarantine_one("fallen")

    with transaction() as session:
        (arrival,) = arrivals(session)
        assert (arrival.error_class, arrival.error_message) == ("RuntimeError", "The loaf fallen fell.")
        assert "shelf.put(baked.name)" in (arrival.error_trace or "")
        assert arrival.attempts == 3
        (group,) = groups(session)
        assert (group.subscription, group.error_class, group.quarantined) == ("bakery.sell_loaf", "RuntimeError", 1)


def quarantine_one(name: str) -> int:
    shelf.broken.add(name)
    deliver(BakeryWorker.sell_loaf, a_loaf(name))
    service = current()
    with at_work(RetryLoop(service, subscribers(service))):
        assert eventually(lambda: count_where(Status.QUARANTINED) == 1)
    with transaction() as session:
        return arrivals(session)[0].id


def test_an_operator_retries_a_quarantined_event_and_who_when_why_are_kept(bakery: Service) -> None:
    arrival_id = quarantine_one("fallen")
    shelf.broken.clear()

    with transaction() as session:
        assert retry(session, ids=[arrival_id], who="person:1", why="The shelf is mended.") == 1
    with at_work(RetryLoop(bakery, subscribers(bakery))):
        assert eventually(lambda: shelf.sold == ["fallen"])

    with transaction() as session:
        (decision,) = decisions(session, arrival_id)
        assert (decision.action, decision.who, decision.why) == ("retry", "person:1", "The shelf is mended.")


def test_a_retry_is_refused_while_one_is_pending(bakery: Service) -> None:
    arrival_id = quarantine_one("fallen")
    with transaction() as session:
        retry(session, ids=[arrival_id], who="person:1", why="Again.")

    with pytest.raises(RuleBroken, match="being retried already"), transaction() as session:
        retry(session, ids=[arrival_id], who="person:2", why="Again!")


def test_a_group_is_dropped_with_a_reason(bakery: Service) -> None:
    arrival_id = quarantine_one("fallen")

    with transaction() as session:
        assert drop(session, group="bakery.sell_loaf|RuntimeError", who="person:1", why="Sold elsewhere.") == 1

    with transaction() as session:
        assert session.get_one(Arrival, arrival_id).status == Status.DROPPED
    with pytest.raises(RuleBroken, match="dropped"), transaction() as session:
        retry(session, ids=[arrival_id], who="person:1", why="No, keep it.")


def test_an_unknown_failure_cannot_be_retried(bakery: Service) -> None:
    with pytest.raises(NotFound), transaction() as session:
        retry(session, ids=[4711], who="person:1", why="Why not.")


def test_an_event_that_names_something_unknown_waits_for_it(bakery: Service) -> None:
    deliver(BakeryWorker.sell_loaf, a_loaf("early"))

    with transaction() as session:
        (arrival,) = arrivals(session)
        assert (arrival.status, arrival.error_class) == (Status.RETRYING, "NotYetKnown")


def test_an_unreadable_message_brought_twice_is_kept_once(bakery: Service) -> None:
    (subscriber,) = [each for each in subscribers(bakery) if each.subscription.queue == "bakery.sell_loaf"]

    subscriber.receive([Message(b"{", CONTENT_TYPE), Message(b"{", CONTENT_TYPE)])
    subscriber.receive([Message(b"{", CONTENT_TYPE, redelivered=True)])

    assert count_where(Status.QUARANTINED) == 1


def test_nothing_is_announced_when_the_transaction_fails(bakery: Service) -> None:
    def bake() -> None:
        with transaction() as session:
            announce(session, a_loaf())
            assert len(announced(session)) == 1
            raise RuntimeError("The oven broke.")

    with pytest.raises(RuntimeError):
        bake()

    with transaction() as session:
        assert history(session) == []


def test_a_transaction_opened_inside_another_joins_it(bakery: Service) -> None:
    def bake() -> None:
        with transaction() as outer:
            with transaction() as inner:
                assert inner is outer
                announce(inner, a_loaf())
            raise RuntimeError("The outer one fails.")

    with pytest.raises(RuntimeError):
        bake()

    with transaction() as session:
        assert history(session) == []


def test_correlation_causation_and_trace_are_carried_to_the_next_event(bakery: Service) -> None:
    first = a_loaf("first")
    message = message_of(first)
    subscriber = Subscriber(bakery, subscriptions_of(BakeryWorker)[1], lambda session, _: announce(session, a_loaf()))

    subscriber.receive([message])

    cause = decode(message.body, message.content_type).received
    with transaction() as session:
        (row,) = history(session)
        assert (row.correlation_id, row.causation_id, row.actor) == (cause.correlation_id, str(cause.id), cause.actor)
        assert cause.traceparent.split("-")[1] in row.body


def test_reading_by_cursor_never_skips_a_row_that_commits_late(bakery: Service) -> None:
    with transaction() as session:
        start = latest_cursor(session)
    slow_announced, slow_may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with serving(bakery), transaction() as session:
            announce(session, a_loaf("slow"))
            session.info["at_commit"]["outbox"](session)
            session.info["at_commit"].clear()
            slow_announced.set()
            slow_may_commit.wait(DEADLINE)

    thread = threading.Thread(target=slow)
    thread.start()
    slow_announced.wait(DEADLINE)
    with transaction() as session:
        announce(session, a_loaf("quick"))
    with transaction() as session:
        first = read(session, cursor=start)
    slow_may_commit.set()
    thread.join()
    found, cursor, until = list(first.rows), first.cursor, time.monotonic() + DEADLINE
    while len(found) < 2 and time.monotonic() < until:  # whatever writes on this server holds the horizon back
        with transaction() as session:
            more = read(session, cursor=cursor)
        found, cursor = [*found, *more.rows], more.cursor
        time.sleep(0.01)

    assert len({row.event_id for row in found}) == len(found) == 2
    assert first.horizon_seconds > 0


def test_a_crash_between_publishing_and_marking_publishes_again_and_counts_once(connected: Service) -> None:
    consumer = QueueConsumer(connected, subscribers(connected))
    consumer.declare()
    with transaction() as session:
        announce(session, a_loaf("rye"))
    with at_work(consumer, Relay(connected)):
        assert eventually(lambda: count_where(Status.APPLIED) == 2)
        with transaction() as session:
            session.execute(update(Outgoing).values(published_at=None))
        assert eventually(_all_published)

    assert sorted(shelf.sold) == ["counted rye", "rye"]


def _all_published() -> bool:
    with transaction() as session:
        return lag(session)[0] == 0


@on_rabbitmq
def test_every_queue_names_its_delivery_limit(connected: Service) -> None:
    """RabbitMQ 4 puts a limit of 20 where none is named, and drops what reaches it where nothing follows."""
    queues = [topology.subscription_queue(connected, each) for each in subscriptions_of(BakeryWorker)]

    assert all(
        "x-delivery-limit" in vars(each)["queue_arguments"] for each in [*queues, topology.dead_letter_queue(connected)]
    )


@on_rabbitmq
def test_a_consumer_that_takes_many_again_is_sent_nothing_twice(connected: Service) -> None:
    """RabbitMQ delivers again what was on its way to a consumer that is cancelled, and care would never end."""
    redelivered: list[bool] = []
    selling = next(each for each in subscribers(connected) if each.subscription.queue == "bakery.sell_loaf")
    receive = selling.receive

    def noting(messages: Sequence[Message]) -> None:
        redelivered.extend(message.redelivered for message in messages)
        receive(messages)

    selling.receive = noting  # type: ignore[method-assign]
    consumer = QueueConsumer(connected, [selling])
    consumer.declare()
    bodies = [(message_of(a_loaf(f"loaf {n}")).body, CONTENT_TYPE) for n in range(300)]
    _publish(connected, "bakery.sell_loaf", bodies)

    with at_work(consumer):
        assert eventually(lambda: count_where(Status.APPLIED) == len(bodies))

    assert redelivered == [False] * len(bodies)


@on_rabbitmq
def test_a_deleted_queue_is_made_again(connected: Service) -> None:
    consumer = QueueConsumer(connected, subscribers(connected))
    consumer.declare()
    with at_work(consumer, Relay(connected)):
        assert eventually(lambda: consumer.connected)
        with topology.connect(connected) as connection, connection.channel() as channel:
            topology.subscription_queue(connected, subscriptions_of(BakeryWorker)[1]).bind(channel).delete()
        assert eventually(lambda: _is_consumed(connected, subscriptions_of(BakeryWorker)[1]))
        with transaction() as session:
            announce(session, a_loaf("rye"))
        assert eventually(lambda: "rye" in shelf.sold)


def _is_consumed(service: Service, subscription: Subscription) -> bool:
    with topology.connect(service) as connection, connection.channel() as channel:
        queue = topology.subscription_queue(service, subscription)
        try:
            return bool(channel.queue_declare(queue.name, passive=True).consumer_count)
        except connection.channel_errors:
            return False
