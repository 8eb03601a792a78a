"""What an operator mends with: each service on a database address of its own, the commands as they are given."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chassis.migrate import migrate
from chassis.service import Service
from chassis.settings import Settings
from chassis.testing import a_database
from entente.composition import SERVICES
from entente.exits import Exit
from tests.system.program import SUN04, a_state_directory, entente

pytestmark = pytest.mark.needs_postgresql

SINCE = ("--since", "2017-01-01")
GIVE_UP = (
    "UPDATE inbox SET status = %s, body = %s, content_type = 'application/cloudevents+json'"
    " WHERE event_key = %s AND subscription = 'budget.record_need'"
)


@pytest.fixture(scope="module")
def addresses(database_administration_url: str) -> Iterator[Mapping[str, str]]:
    """Four databases, each with its address."""
    with ExitStack() as stack:
        urls = {name: stack.enter_context(a_database(database_administration_url, name)) for name in SERVICES}
        for name, url in urls.items():
            service = Service.of(name, Settings(database_url=url))
            migrate(name, service.engine)
            service.engine.dispose()
        yield urls


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with a_state_directory() as folder:
        yield folder


@pytest.fixture(scope="module")
def loaded(addresses: Mapping[str, str], state: Path) -> Mapping[str, str]:
    """The programme, loaded through those addresses alone, and everything brought where it is awaited."""
    settings = {f"ENTENTE_{name.upper()}_DATABASE_URL": url for name, url in addresses.items()}
    ended = entente("load", str(SUN04), state=state, **settings)
    assert ended.returncode == Exit.WELL, ended.stderr
    for name in ("partners", "actions", "budget", "notifications"):
        ended = entente("events", "replay", "--subscriber", name, *SINCE, state=state, **settings)
        assert ended.returncode == Exit.WELL, ended.stdout
    return settings


def do(addresses: Mapping[str, str], name: str, statement: str, *values: object) -> Any:
    with psycopg.connect(addresses[name].replace("+psycopg", "")) as connection:
        found = connection.execute(statement, values or None)
        row = found.fetchone() if found.description else None
        return row[0] if row else found.rowcount


def replayed(state: Path, settings: Mapping[str, str], *more: str, queue: str = "budget.record_need") -> Any:
    ended = entente("events", "replay", "--subscriber", queue, *SINCE, "--json", *more, state=state, **settings)
    return ended.returncode, json.loads(ended.stdout)["subscriptions"][queue]


def test_an_event_missing_at_a_subscriber_is_brought_once(
    loaded: Mapping[str, str], addresses: Mapping[str, str], state: Path
) -> None:
    queue = "partners.know_action"
    forgotten = do(addresses, "partners", "DELETE FROM inbox WHERE subscription = %s", queue)
    do(addresses, "partners", "DELETE FROM inbox_heads WHERE subscription = %s", queue)
    do(addresses, "partners", "DELETE FROM known_actions")

    counted, looked = replayed(state, loaded, "--dry-run", queue=queue)
    brought, first = replayed(state, loaded, queue=queue)
    again, second = replayed(state, loaded, queue=queue)

    assert (counted, brought, again) == (Exit.WELL,) * 3
    assert (looked["missing"], looked["ended"]) == (forgotten, {})
    assert (first["missing"], sum(first["ended"].values())) == (forgotten, forgotten)
    assert do(addresses, "partners", "SELECT count(*) FROM known_actions") == forgotten > 0
    assert (second["missing"], second["ended"], sum(second["stood"].values())) == (0, {}, second["announced"])


def test_what_was_quarantined_or_dropped_is_tried_again_only_when_asked(
    loaded: Mapping[str, str], addresses: Mapping[str, str], state: Path
) -> None:
    events = do(addresses, "actions", "SELECT count(*) FROM outbox WHERE type LIKE 'actions.action.%'")
    bodies = do(addresses, "actions", "SELECT json_object_agg(event_id, body) FROM outbox WHERE type LIKE '%planned%'")
    for at, (event_id, body) in enumerate(bodies.items()):
        do(addresses, "budget", GIVE_UP, ("quarantined", "dropped")[at % 2], body.encode(), event_id)

    left = replayed(state, loaded)[1]
    code, taken = replayed(state, loaded, "--failed", "--reason", "Corrigé")
    again = replayed(state, loaded, "--failed", "--reason", "Corrigé")[1]

    assert left["ended"] == again["ended"] == {}
    assert left["stood"]["quarantined"] + left["stood"]["dropped"] == len(bodies)
    assert (code, sum(taken["ended"].values())) == (Exit.WELL, len(bodies))
    assert sum(again["stood"].values()) == again["announced"] == events
    decided = "SELECT count(*) FROM inbox_decisions WHERE who = 'program:replay' AND why = 'Corrigé'"
    assert do(addresses, "budget", decided) == len(bodies)


def test_only_the_type_that_is_asked_for_is_replayed(loaded: Mapping[str, str], state: Path) -> None:
    asked = replayed(state, loaded, "--type", "actions.action.planned.*")[1]
    none = replayed(state, loaded, "--since", "2099-01-01")[1]

    assert asked["announced"] > 0
    assert none["announced"] == 0


def test_a_tampered_projection_is_shown_mended_and_then_right(
    loaded: Mapping[str, str], addresses: Mapping[str, str], state: Path
) -> None:
    right = "SELECT sum(need) FROM cells"
    before = do(addresses, "budget", right)
    do(addresses, "budget", "UPDATE cells SET need = need + 0.01 WHERE year = 2017")
    do(addresses, "budget", "DELETE FROM cells WHERE year = 2018")

    looked = entente("rebuild", "budget", "--dry-run", "--json", state=state, **loaded)
    mended = entente("rebuild", "budget", state=state, **loaded)
    again = entente("rebuild", "budget", "--json", state=state, **loaded)

    assert looked.returncode == Exit.CHECK_FAILED
    assert json.loads(looked.stdout)["differences"] > 0
    assert (mended.returncode, again.returncode) == (Exit.WELL, Exit.WELL), mended.stderr
    assert "now show what the ledger makes" in mended.stdout
    assert json.loads(again.stdout)["differences"] == 0
    assert do(addresses, "budget", right) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--subscriber", "budgets", *SINCE), "neither a service nor one of its subscriptions"),
        (("--subscriber", "budget", "--since", "yesterday"), "is no moment"),
        (("--subscriber", "budget", *SINCE, "--type", "budget.*"), "asks for no event of type"),
        (("--subscriber", "budget", *SINCE, "--failed"), "go together"),
    ],
)
def test_a_wrong_question_is_one_sentence(
    loaded: Mapping[str, str], state: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    ended = entente("events", "replay", *arguments, state=state, **loaded)

    assert ended.returncode == Exit.USAGE
    assert sentence in " ".join(ended.stderr.replace("│", " ").split())


def test_a_service_without_an_address_is_named(loaded: Mapping[str, str], state: Path) -> None:
    some = {name: url for name, url in loaded.items() if "PARTNERS" not in name}

    ended = entente("events", "replay", "--subscriber", "budget", *SINCE, state=state, **some)

    assert ended.returncode == Exit.USAGE
    assert "give ENTENTE_PARTNERS_DATABASE_URL too" in ended.stderr
