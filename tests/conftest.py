"""What all tests share: where a database and a broker are, and what happens where something is missing."""

import os
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from chassis.answers import Answer
from tests import surroundings

_NEEDS = "needs "


def require(name: str) -> str:
    """Give where `name` was found; without it the test is skipped and counted aloud, and fails where CI is set."""
    find, what = surroundings.SURROUNDINGS[name]
    found = find()
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"CI is set and this test {_NEEDS}{what}", pytrace=False)
    pytest.skip(_NEEDS + what)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker take a whole file, whose resources are made once, or all faults (xdist's `--dist loadgroup`)."""
    for item in items:
        file = item.path.relative_to(surroundings.ROOT)
        together = file.parent if file.parent.name == "faults" else file
        item.add_marker(pytest.mark.xdist_group(str(together)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers():
        if marker.name in surroundings.SURROUNDINGS:
            require(marker.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    missed = Counter(reason.partition(_NEEDS)[2] or reason for reason in reasons)
    if missed:
        terminalreporter.section(f"NOT TESTED HERE: {missed.total()}", sep="!", red=True, bold=True)
        for what, times in missed.most_common():
            terminalreporter.line(f"{times} for want of {what}", red=True)


@pytest.fixture(autouse=True)
def a_unit_test_stays_inside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test marked `unit` reaches neither database nor network."""
    if request.node.get_closest_marker("unit"):

        def refuse(*_: object, **__: object) -> None:
            pytest.fail("A test marked `unit` reached out: remove the mark, or what reaches out.")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(psycopg.Connection, "connect", refuse)


@pytest.fixture(autouse=True)
def every_answer_is_what_marshmallow_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test asks a door of this process for, the quick way writes it as the schema itself does."""
    quick = Answer.write

    def compared(answer: Answer, value: Any) -> Any:
        written = quick(answer, value)
        assert written == answer.by_schema(value, many=False)
        return written

    monkeypatch.setattr(Answer, "write", compared)


@pytest.fixture(scope="session")
def database_administration_url() -> str:
    """The address of a real PostgreSQL where the run may make databases of its own."""
    return require("needs_postgresql")


@pytest.fixture(scope="session")
def amqp_url(run_name: str) -> Iterator[str]:
    """The address of a real RabbitMQ: a virtual host of this run's own where it may make one."""
    shared = require("needs_rabbitmq")
    own = surroundings.virtual_host(run_name)
    yield own or shared
    if own:
        surroundings.remove_virtual_host(run_name)


@pytest.fixture(scope="session")
def run_name() -> str:
    """A name that no other run, and no other worker of this run, has at the same time."""
    return f"entente_tests_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"
