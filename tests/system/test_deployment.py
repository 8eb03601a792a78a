"""docker-compose.yml, as far as it can be shown without containers: each service its own process, user and database."""

import base64
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
import yaml
from amqp import Message
from amqp.exceptions import AccessRefused
from kombu import Connection, Exchange
from rich.console import Console

from chassis import clock
from entente.composition import SERVICES
from entente.demo.playing import tell
from entente.demo.stage import open_office
from entente.demo.voices import Voice
from entente.platform import Platform
from entente.provisioning import permissions
from entente.replay import Expected, ended, expected, unsettled
from tests.system.deployment import ROOT, Deployment, filled, provisioned, until, written_environment
from tests.system.story import TheStory

COMPOSE = ROOT / "docker-compose.yml"
OWN_SERVERS = pytest.mark.needs_own_servers


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with provisioned() as deployment:
        deployment.start(*SERVICES, "console")
        yield deployment


@pytest.fixture(scope="module")
def outcome(deployment: Deployment) -> Iterator[dict[str, Any]]:
    clock.share(deployment.clock)
    try:
        with closing(deployment.platform()) as platform:
            yield asdict(tell(platform, deployment.sink, Console(quiet=True)))
    finally:
        clock.travel_back()


@OWN_SERVERS
class TestTheStoryOnIndependentProcesses(TheStory):
    """Told over HTTP, while a key is rotated and every answer is looked at."""


@OWN_SERVERS
def test_no_request_is_refused_while_the_signing_key_changes(deployment: Deployment, office: Voice) -> None:
    answers, over = Counter[int](), threading.Event()
    secret = office.post("partners", "/v1/clients", {"name": "Load", "role": "auditor"}).json
    client = {"grant_type": "client_credentials", **{name: secret[name] for name in ("client_id", "client_secret")}}
    old = _token(deployment, client)
    asking = [threading.Thread(target=_ask, args=(deployment, client, old, answers, over)) for _ in range(3)]

    for thread in asking:
        thread.start()
    rotated = deployment.command("partners", "entente", "keys", "rotate")
    until(lambda: _kid(_token(deployment, client)) != _kid(old), "no token is signed by the new key")
    over.set()
    for thread in asking:
        thread.join()

    assert rotated.returncode == 0, rotated.stderr
    assert set(answers) == {200}
    assert answers.total() > 100


@OWN_SERVERS
def test_what_a_revoked_key_signed_is_refused_by_every_service(deployment: Deployment, office: Voice) -> None:
    """The new token makes each service look the keys up again; without it, a minute would pass first."""
    secret = office.post("partners", "/v1/clients", {"name": "Load", "role": "auditor"}).json
    client = {"grant_type": "client_credentials", **{name: secret[name] for name in ("client_id", "client_secret")}}
    old = _token(deployment, client)
    assert _statuses(deployment, old) == [200] * 4

    revoked = deployment.command("partners", "entente", "keys", "revoke")

    assert revoked.returncode == 0, revoked.stderr
    new = _token(deployment, client)
    until(lambda: _statuses(deployment, new) == [200] * 4, "what the new key signs is not let in everywhere")
    until(lambda: _statuses(deployment, old) == [401] * 4, "what the old key signed is still let in")


@OWN_SERVERS
def test_budget_cannot_forge_what_partners_says(deployment: Deployment) -> None:
    with Connection(deployment.environment("budget")["AMQP_URL"]) as connection, connection.channel() as channel:
        channel.confirm_select()
        forged = Message("{}"), "partners.events", "partners.convention.signed.v1"
        with pytest.raises(AccessRefused):
            channel.basic_publish_confirm(*forged)


@OWN_SERVERS
@pytest.mark.parametrize("name", ["partners.know_action", "partners.dead_letters"])
def test_budget_cannot_read_what_others_receive(deployment: Deployment, name: str) -> None:
    address = deployment.environment("budget")["AMQP_URL"]

    with Connection(address) as connection, connection.channel() as channel, pytest.raises(AccessRefused):
        channel.basic_get(name)


@OWN_SERVERS
def test_budget_cannot_make_an_exchange_of_partners(deployment: Deployment) -> None:
    address = deployment.environment("budget")["AMQP_URL"]

    with Connection(address) as connection, connection.channel() as channel, pytest.raises(AccessRefused):
        Exchange("partners.forged", type="topic").bind(channel).declare()


@OWN_SERVERS
def test_budget_cannot_enter_the_database_of_partners(deployment: Deployment) -> None:
    own = deployment.environment("budget")["DATABASE_URL"]

    with psycopg.connect(own) as connection:
        assert connection.execute("SELECT count(*) FROM cells").fetchone()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(own.replace("/entente_budget", "/entente_partners"))


@OWN_SERVERS
@pytest.mark.parametrize("absent", SERVICES)
def test_a_stopped_service_hinders_no_other_and_catches_up(deployment: Deployment, office: Voice, absent: str) -> None:
    others = [name for name in SERVICES if name != absent]
    deployment.stop(absent, others[0])

    deployment.start(others[0])
    assert all(deployment.healthy(name) for name in [*others, "console"])
    with closing(deployment.platform()) as platform:
        before = set(expected(platform.services))
        _let_happen_what_is_awaited(office, absent)
        announced = set(expected(platform.services)) - before
        awaited = [each for each in announced if each.consumer == absent]
        assert awaited
        assert _ends(platform, awaited) == [0] * len(awaited)
        deployment.start(absent)
        until(lambda: unsettled(platform.services) == 0, f"{absent} does not catch up", deployment.said(absent))
        assert _ends(platform, announced) == [1] * len(announced)


@OWN_SERVERS
def test_provisioning_again_changes_nothing_that_runs(deployment: Deployment) -> None:
    deployment.once("provision")

    assert all(deployment.healthy(name) for name in SERVICES)


@pytest.mark.unit
def test_the_file_follows_the_compose_specification() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.unit
def test_nothing_starts_with_an_empty_secret() -> None:
    given = written_environment()
    secrets = [name for name in given if name.endswith(("_PASSWORD", "_KEY"))]

    assert all(len(given[name]) >= 40 for name in secrets)
    for name in secrets:
        with pytest.raises(KeyError, match=name):
            filled(COMPOSE.read_text(), {**given, name: ""})


@pytest.mark.unit
def test_every_image_is_pinned_and_ours_is_not_root() -> None:
    images = [part["image"] for part in yaml.safe_load(COMPOSE.read_text())["services"].values()]

    # of PostgreSQL the major version: its minor ones only mend
    assert all(re.search(r"^postgres:\d+$|:v?\d+\.\d+", image) for image in images)
    assert "\nUSER 10001\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.unit
def test_a_service_may_announce_on_its_own_exchange_alone() -> None:
    for name in SERVICES:
        granted = permissions(name)
        for other in set(SERVICES) - {name}:
            assert not re.search(granted.write, f"{other}.events")
            assert not re.search(granted.configure, f"{other}.events")
            assert not re.search(granted.read, f"{other}.dead_letters")
        assert re.search(granted.write, f"{name}.events")
    assert re.search(permissions("budget").read, "partners.events")
    assert not re.search(permissions("budget").read, "notifications.events")


@pytest.mark.unit
def test_what_holds_everybodys_facts_has_no_port_outside() -> None:
    parts = yaml.safe_load(COMPOSE.read_text())["services"]

    assert [name for name in ("postgres", "rabbitmq") if "ports" in parts[name]] == []
    assert all(port.startswith("127.0.0.1:") for part in parts.values() for port in part.get("ports", ()))


@pytest.mark.unit
def test_the_page_about_deployment_shows_the_permissions_of_today() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text()

    for name in SERVICES:
        granted = permissions(name)
        heard = granted.read.removeprefix(f"{granted.write}|").split("|")
        assert f"| `{name}` | `{granted.write}` | {', '.join(f'`{each}`' for each in heard)} |" in page


@pytest.fixture
def office(deployment: Deployment, outcome: dict[str, Any]) -> Iterator[Voice]:
    """The programme office, once the story is told: what it does would change the story's figures."""
    with closing(deployment.platform()) as platform, httpx.Client(timeout=30, trust_env=False) as http:
        clock.travel_back()
        yield open_office(platform, http)


def _ask(
    deployment: Deployment, client: dict[str, str], old: str, answers: Counter[int], over: threading.Event
) -> None:
    """Ask every service again and again, with a token signed before and with new ones."""
    while not over.is_set():
        for token in (old, _token(deployment, client)):
            answers.update(_statuses(deployment, token))


def _statuses(deployment: Deployment, token: str) -> list[int]:
    """Ask every service for a list that an auditor may see."""
    paths = {
        "partners": "/v1/conventions",
        "actions": "/v1/seats",
        "budget": "/v1/credits",
        "notifications": "/v1/deliveries",
    }
    told = {"Authorization": f"Bearer {token}"}
    return [_status(f"http://127.0.0.1:{deployment.ports[name]}{path}", told) for name, path in paths.items()]


def _token(deployment: Deployment, client: dict[str, str]) -> str:
    answer = httpx.post(f"http://127.0.0.1:{deployment.ports['partners']}/v1/oauth/token", data=client, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def _kid(token: str) -> str:
    header = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def _status(url: str, headers: dict[str, str] | None = None) -> int:
    return httpx.get(url, headers=headers, timeout=30).status_code


def _let_happen_what_is_awaited(office: Voice, absent: str) -> None:
    """Let others announce what `absent` awaits: an action is changed, or two organisations become one."""
    if absent == "partners":
        path = f"/v1/actions/{office.get('actions', '/v1/actions', limit=1).json['items'][0]['id']}"
        action = office.get("actions", path)
        sheet = {name: value for name, value in action.json.items() if name != "id"}
        office.put("actions", path, {**sheet, "title": f"Action {uuid4().hex[:8]}"}, match=action.etag)
        return
    kept, duplicate = (
        office.post("partners", "/v1/organisations", {"name": f"Organisation {uuid4().hex[:8]}", "legal_form": "7210"})
        for _ in range(2)
    )
    office.post("partners", f"/v1/organisations/{kept.json['id']}/mergers", {"duplicate_id": duplicate.json["id"]})


def _ends(platform: Platform, awaited: Iterable[Expected]) -> list[int]:
    """Give how many times each ended where it was awaited."""
    ends = ended(platform.services)
    return [ends[each.subscription, each.event_id] for each in awaited]
