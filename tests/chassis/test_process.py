"""A service as a process: it lives through messages that kill it, and ends cleanly when asked."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import urllib3
from sqlalchemy import select

from chassis.database import transaction
from chassis.events import CONTENT_TYPE
from chassis.inbox import Arrival, Status
from chassis.messaging.consumer import QueueConsumer
from chassis.outbox import announce
from chassis.service import Service, serving
from chassis.testing import a_service, message_of
from tests.chassis.bakery import a_loaf
from tests.chassis.test_events_on_their_way import _delete_all, _publish, count_where, eventually, subscribers
from tests.ports import free_port

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def bakery(database_administration_url: str, amqp_url: str, tmp_path: Path) -> Iterator[Service]:
    with a_service("bakery", database_administration_url, tmp_path, amqp_url=amqp_url, delivery_limit=2) as service:
        own = replace(service, settings=replace(service.settings, broker_namespace=f"test-{uuid4().hex[:8]}."))
        with serving(own):
            QueueConsumer(own, subscribers(own)).declare()
            yield own
        _delete_all(own)


def a_process(service: Service, port: int) -> subprocess.Popen[bytes]:
    settings = service.settings
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "AMQP_URL": settings.amqp_url,
        "ENTENTE_BROKER_NAMESPACE": settings.broker_namespace,
        "ENTENTE_DELIVERY_LIMIT": str(settings.delivery_limit),
        "ENTENTE_STATE_DIRECTORY": str(settings.state_directory),
        "BAKERY_PORT": str(port),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chassis.run_bakery"], cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL
    )


def get(port: int, query: str = "") -> bytes:
    return urllib3.request("GET", f"http://127.0.0.1:{port}/?{query}", retries=False, timeout=10).data


def answers(port: int) -> bool:
    try:
        return get(port) == b"bread"
    except urllib3.exceptions.HTTPError:
        return False


@pytest.fixture
def running(bakery: Service) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    process = a_process(bakery, port)
    assert eventually(lambda: answers(port))
    yield process, port
    process.kill()
    process.wait()


def test_a_message_that_kills_its_consumer_is_quarantined_and_its_neighbours_are_applied(bakery: Service) -> None:
    names = [*(f"loaf {n}" for n in range(20)), "deadly", *(f"loaf {n}" for n in range(20, 40))]
    _publish(bakery, "bakery.sell_loaf", [(message_of(a_loaf(name)).body, CONTENT_TYPE) for name in names])

    process, deaths = a_process(bakery, free_port()), 0
    until = time.monotonic() + 60
    while not (count_where(Status.APPLIED) == 40 and count_where(Status.QUARANTINED) == 1):
        assert time.monotonic() < until, (deaths, count_where(Status.APPLIED), count_where(Status.QUARANTINED))
        if process.poll() is not None:
            deaths += 1
            process = a_process(bakery, free_port())
        time.sleep(0.05)
    process.kill()
    process.wait()

    assert deaths >= 2
    with transaction() as session:
        (kept,) = session.scalars(select(Arrival).where(Arrival.status == Status.QUARANTINED)).all()
    assert kept.error_class == "DeliveryLimitReached"
    assert b'"deadly"' in (kept.body or b"")


def test_sigterm_finishes_what_is_in_hand_and_exits_with_zero(running: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = running
    answer: list[bytes] = []
    request = threading.Thread(target=lambda: answer.append(get(port, "1.5")))
    request.start()
    time.sleep(0.5)  # the request is in hand by then

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=10) == 0
    request.join(5)
    assert answer == [b"bread"]


def test_green_threads_publish_and_answer_while_the_database_works(
    bakery: Service, running: tuple[subprocess.Popen[bytes], int]
) -> None:
    with transaction() as session:
        announce(session, *(a_loaf(f"loaf {n}") for n in range(100)))

    assert eventually(lambda: count_where(Status.APPLIED) == 200)
    assert answers(running[1])


def test_a_stream_is_sent_as_it_is_written(running: tuple[subprocess.Popen[bytes], int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running[1], timeout=5)
    connection.request("GET", "/stream")

    assert connection.getresponse().read(5) == b"bread"
    connection.close()
