"""The platform that lasts, on the embedded defaults: each command as its users give it."""

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from entente.composition import SERVICES
from tests.system.program import SUN04, a_state_directory, ask, entente, serving

HISTORY = "SELECT count(*) FROM outbox"


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """A state directory into which the programme was loaded while nothing ran."""
    with a_state_directory() as folder:
        loaded = entente("load", str(SUN04), "--json", state=folder)
        assert loaded.returncode == 0, loaded.stderr
        said = json.loads(loaded.stdout)
        assert (said["organisations"], said["registered"], said["reallocations"]) == (261, 261, 1)
        assert said["on_their_way"] > 0
        yield folder


@pytest.fixture(scope="module")
def port(state: Path) -> Iterator[int]:
    """The first port of services that run on that state."""
    with serving(state) as (_, first_port):
        yield first_port


def signed_in(state: Path, port: int, role: str = "programme_office") -> dict[str, str]:
    invited = entente("invite", f"{role}@entente.example", "--name", "Test", "--role", role, "--json", state=state)
    token = json.loads(invited.stdout)["sign_in_link"].rpartition("/")[2]
    given = httpx.post(f"http://127.0.0.1:{port + 1}/v1/sign-ins", json={"sign_in_token": token}).json()
    return {"Authorization": f"Bearer {given['access_token']}"}


def get(port: int, place: int, path: str, headers: dict[str, str]) -> Any:
    answer = httpx.get(f"http://127.0.0.1:{port + place}{path}", headers=headers, timeout=10)
    assert answer.is_success, answer.text
    return answer.json()


def test_after_the_load_credit_is_available_and_nothing_is_secured(state: Path, port: int) -> None:
    office = signed_in(state, port)

    credit = get(port, 3, "/v1/credits?programme=SUN04", office)
    total = get(port, 3, "/v1/projection?by=axis&programme=SUN04", office)["total"]

    assert len(credit["items"]) == 1
    assert (credit["total"]["available"], total["secured"]) == ("50000.00", "0.00")


def test_loading_again_beside_running_services_changes_nothing(state: Path, port: int) -> None:
    entente("load", str(SUN04), state=state)  # waits until everything of the first load has arrived
    before = {name: ask(state, name, HISTORY) for name in SERVICES}
    again = json.loads(entente("load", str(SUN04), "--json", state=state).stdout)

    assert (again["registered"], again["changed"], again["on_their_way"]) == (0, 0, 0)
    assert {name: ask(state, name, HISTORY) for name in SERVICES} == before


def test_the_doctor_is_content_with_the_embedded_defaults(state: Path, port: int) -> None:
    examined = entente("doctor", "--json", state=state)

    lines = {line["name"]: line["state"] for line in json.loads(examined.stdout)}
    assert examined.returncode == 0
    assert {lines[f"database of {name}"] for name in SERVICES} == {"well"}


def test_the_doctor_says_what_to_do_where_a_server_is_missing(state: Path) -> None:
    nowhere = {"DATABASE_URL": "postgresql://127.0.0.1:1/postgres", "AMQP_URL": "amqp://127.0.0.1:1//"}
    nowhere["ENTENTE_SMTP_URL"] = "smtp://127.0.0.1:1"
    examined = entente("doctor", "--json", state=state, **nowhere)

    lines = {line["name"]: line for line in json.loads(examined.stdout)}
    failing = {name for name, line in lines.items() if line["state"] == "fails"}
    assert examined.returncode == 1
    assert failing == {"PostgreSQL", "broker", "mail server"}
    assert all(lines[name]["advice"] for name in failing)


def test_a_tail_of_the_past_shows_what_was_announced(state: Path) -> None:
    told = entente("events", "tail", "--past", "--no-follow", "--type", "budget.*", "--json", state=state)

    types = [json.loads(line)["type"] for line in told.stdout.splitlines()]
    assert types.count("budget.envelope.revised.v1") == 4
    assert types.count("budget.credit.reallocated.v1") == 1
    assert all(each.startswith("budget.") for each in types)


def test_a_tail_keeps_to_one_correlation(state: Path) -> None:
    every = entente("events", "tail", "--past", "--no-follow", "--json", state=state).stdout.splitlines()
    correlation = json.loads(every[0])["correlationid"]

    kept = entente("events", "tail", "--past", "--no-follow", "--correlation", correlation, "--json", state=state)

    found = {json.loads(line)["correlationid"] for line in kept.stdout.splitlines()}
    assert found == {correlation}
    assert entente("events", "tail", "--past", "--no-follow", "--correlation", "x", state=state).stdout == ""


def test_a_dry_import_reports_by_line_and_changes_nothing(state: Path, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text("nom;siret\nSyndicat d’essai;22040000000000\nSans nombre;\n", "utf-8")

    dry = json.loads(entente("import", "organisations", str(register), "--dry-run", "--json", state=state).stdout)
    again = json.loads(entente("import", "organisations", str(register), "--dry-run", "--json", state=state).stdout)

    assert (dry["dry_run"], dry["registered"]) == (True, 2)
    assert {remark["line"] for remark in dry["lines"]} == {2, 3}
    assert again == dry


def test_a_dry_import_says_what_would_change_of_whom(state: Path, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text("nom;siren;population\nDépartement 04;220400014;164308\n", "utf-8")

    dry = entente("import", "organisations", str(register), "--dry-run", "--json", state=state)
    printed = entente("import", "organisations", str(register), "--dry-run", state=state)

    [change] = json.loads(dry.stdout)["changes"]
    assert change["line"] == 2
    assert {"column": "population", "before": None, "after": "164308"} in change["differences"]
    assert "164308" in printed.stdout


def test_a_partner_is_invited_for_an_organisation_that_is_known(state: Path) -> None:
    arguments = ["invite", "a@b.fr", "--name", "A", "--role", "partner"]

    nobody = entente(*arguments, state=state)
    unknown = entente(*arguments, "--organisation", "123456782", state=state)
    invited = entente(*arguments, "--organisation", "220400014", state=state)

    assert (nobody.returncode, unknown.returncode, invited.returncode) == (4, 4, 0)
    assert "name it" in nobody.stderr
    assert re.search(r"http://127\.0\.0\.1:8000/sign-in/\S{20,}", invited.stdout)


def test_commands_that_begin_at_once_on_a_machine_that_held_nothing_make_one_platform() -> None:
    def invite(number: int) -> subprocess.CompletedProcess[str]:
        return entente("invite", f"{number}@b.fr", "--name", "A", "--role", "programme_office", state=folder)

    with a_state_directory() as folder, ThreadPoolExecutor(3) as commands:
        invited = list(commands.map(invite, range(3)))

    assert {each.returncode for each in invited} == {0}, [each.stderr for each in invited]
