"""What all tests share: where a database and a broker are, and what happens where something is missing."""

import os
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

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


TOGETHER = ("tests/faults", "tests/architecture")
"""Folders whose files share what takes long to make: servers to harm, every file parsed."""
WHOLE_SUITES = ("tests/architecture/test_islands.py", "tests/system/test_by_threads.py")
LONGEST_FIRST = (
    WHOLE_SUITES[0],
    TOGETHER[0],
    "tests/system/test_demo_on_servers.py",
    WHOLE_SUITES[1],
    "tests/system/test_deployment.py",
    "tests/system/test_demo_embedded.py",
    "tests/browser",
    "tests/system",
)
"""Where the minutes are: begun first, so that no worker is left alone with them at the end."""


class Together(LoadFileScheduling):
    """Gives a whole file to one worker, whose resources are made once; a folder of `TOGETHER` is one file.

    A test that runs a service's whole suite is told alone.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(WHOLE_SUITES):
            return nodeid
        return next((each for each in TOGETHER if nodeid.startswith(each)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """Tell tests apart by file where xdist is asked to (`--dist loadfile`)."""
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((at for at, path in enumerate(LONGEST_FIRST) if item.nodeid.startswith(path)), len(LONGEST_FIRST))

    items.sort(key=place)


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
