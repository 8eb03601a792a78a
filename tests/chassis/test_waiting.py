"""Waiting for what is away, the database or the broker, with everything in hand kept."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from kombu import Exchange
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from chassis.database import is_away, transaction
from chassis.inbox import Status
from chassis.messaging import topology
from chassis.messaging.consumer import QueueConsumer
from chassis.messaging.extensions import subscriptions_of
from chassis.messaging.relay import Relay
from chassis.outbox import announce
from chassis.service import Service
from chassis.subscription import Subscriber
from chassis.testing import a_service, arrivals
from tests.chassis.bakery import BakeryWorker, LoafBaked, a_loaf
from tests.chassis.test_events_on_their_way import at_work, count_where, eventually

SELL = subscriptions_of(BakeryWorker)[1]


@pytest.fixture
def bakery(database_administration_url: str, amqp_url: str, tmp_path: Path) -> Iterator[Service]:
    own = {"amqp_url": amqp_url, "broker_namespace": f"test-{uuid4().hex[:8]}.", "broker_heartbeat_seconds": 1}
    with a_service("bakery", database_administration_url, tmp_path, **own) as service:
        yield service
        topology.remove(service, [SELL])


def failed(error: type[psycopg.Error], wrapped: type[DBAPIError] = OperationalError) -> DBAPIError:
    return wrapped("SELECT 1", None, error("as the server said"))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("error", "away"),
    [
        (failed(psycopg.errors.AdminShutdown), True),
        (failed(psycopg.errors.CannotConnectNow), True),
        (failed(psycopg.errors.DiskFull), True),
        (failed(psycopg.errors.ReadOnlySqlTransaction, InternalError), True),
        (failed(psycopg.OperationalError), True),
        (failed(psycopg.errors.DeadlockDetected), False),
        (failed(psycopg.errors.QueryCanceled), False),
        (failed(psycopg.errors.UndefinedTable, ProgrammingError), False),
        (RuntimeError("The loaf fell."), False),
    ],
)
def test_what_waiting_mends_is_told_from_what_an_event_does_wrong(error: Exception, away: bool) -> None:
    assert is_away(error) is away


def test_a_database_away_for_longer_than_the_delivery_limit_costs_no_event_a_delivery(bakery: Service) -> None:
    tried: list[str] = []

    def sell(session: Session, baked: LoafBaked) -> None:
        tried.append(baked.name)
        if len(tried) <= bakery.settings.delivery_limit + 2:
            raise failed(psycopg.errors.AdminShutdown)

    consumer = QueueConsumer(bakery, [Subscriber(bakery, SELL, sell)])
    consumer.declare()
    with transaction() as session:
        announce(session, a_loaf())
    with at_work(consumer, Relay(bakery)):
        assert eventually(lambda: count_where(Status.APPLIED) == 1)

    with transaction() as session:
        assert [arrival.attempts for arrival in arrivals(session)] == [1]


def test_a_handler_that_takes_longer_than_three_heartbeats_keeps_its_connection(bakery: Service) -> None:
    slept: list[float] = []

    def sell(session: Session, baked: LoafBaked) -> None:
        until = time.monotonic() + 3.5 * bakery.settings.broker_heartbeat_seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(left)
        slept.append(time.monotonic())

    consumer = QueueConsumer(bakery, [Subscriber(bakery, SELL, sell)])
    consumer.declare()
    works = consumer._work
    begun: list[float] = []

    def work() -> None:
        begun.append(time.monotonic())
        works()

    consumer._work = work  # type: ignore[method-assign]
    with transaction() as session:
        announce(session, a_loaf(), a_loaf())
    with at_work(consumer, Relay(bakery)):
        assert eventually(lambda: count_where(Status.APPLIED) == 2)

    assert (len(begun), len(slept)) == (1, 2)


def test_what_is_announced_after_an_exchange_was_deleted_arrives(
    bakery: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "RENEWAL", 1.0)
    consumer = QueueConsumer(bakery, [Subscriber(bakery, SELL, lambda *_: None)])
    consumer.declare()
    with at_work(consumer, Relay(bakery)):
        with transaction() as session:
            announce(session, a_loaf())
        assert eventually(lambda: count_where(Status.APPLIED) == 1)
        _delete(bakery, topology.events_exchange(bakery, "bakery"))
        with transaction() as session:
            announce(session, a_loaf())
        assert eventually(lambda: count_where(Status.APPLIED) == 2)


def _delete(service: Service, exchange: Exchange) -> None:
    with topology.connect(service) as connection, connection.channel() as channel:
        exchange.bind(channel).delete()
