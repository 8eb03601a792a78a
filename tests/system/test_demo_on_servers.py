"""The demo on the machine's PostgreSQL and RabbitMQ: the same story, and pages until it is told to end."""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from kombu import Connection

from tests.ports import first_free_port
from tests.system.program import end, started
from tests.system.story import TheStory

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.needs_rabbitmq]


@dataclass
class Played:
    outcome: dict[str, Any]
    pages: dict[str, int]
    exit_code: int
    seconds_to_end: float
    databases_left: list[str]
    run: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, database_administration_url: str, amqp_url: str) -> Played:
    port, state = first_free_port(), tmp_path_factory.mktemp("state")
    servers = {"DATABASE_URL": database_administration_url, "AMQP_URL": amqp_url}
    with started("demo", "--json", "--port", str(port), state=state, **servers) as process:
        outcome = json.loads(_json_of(process))
        run = next((state / "runs").iterdir()).name.partition("-")[0]
        pages = _visit(port, _told(process))
        exit_code, seconds = end(process)
    return Played(outcome, pages, exit_code, seconds, _databases(database_administration_url, run), run)


@pytest.fixture
def outcome(played: Played) -> dict[str, Any]:
    return played.outcome


class TestTheDemoOnServers(TheStory):
    def test_it_serves_pages_documentation_and_what_arrived(self, played: Played) -> None:
        assert set(played.pages.values()) == {200}

    def test_it_ends_well_within_ten_seconds_when_told_to(self, played: Played) -> None:
        assert played.exit_code == 0
        assert played.seconds_to_end < 10

    def test_it_removes_its_databases(self, played: Played) -> None:
        assert played.databases_left == []

    def test_it_removes_its_queues(self, played: Played, amqp_url: str) -> None:
        with Connection(amqp_url) as connection, pytest.raises(connection.channel_errors, match="NOT_FOUND"):
            connection.channel().queue_declare(f"{played.run}.budget.record_commitment", passive=True)


def _json_of(process: Any) -> str:
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            return "".join(lines)
    raise AssertionError(process.stderr.read()[-3000:])


def _told(process: Any) -> dict[str, str]:
    """Read the addresses that the demo prints, until its last line."""
    found: dict[str, str] = {}
    for line in process.stderr:
        if address := re.search(r"^(.*?)\s+(http://\S+)", line):
            found[address[1].strip()] = address[2]
        if "Ctrl-C" in line:
            break
    return found


def _visit(port: int, addresses: dict[str, str]) -> dict[str, int]:
    assert addresses["Pages"] == f"http://127.0.0.1:{port}"
    places = {name: url for name, url in addresses.items() if name != "Pages"}
    return {name: httpx.get(url, follow_redirects=True, timeout=10).status_code for name, url in places.items()}


def _databases(url: str, run: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"entente_{run}_%",))
        return [name for (name,) in found]
