"""Ending, being killed, starting again: one life of the embedded platform, looked at after each turn."""

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest

from tests.system.program import SUN04, a_state_directory, ask, end, entente, serving

FORGET = "WITH lost AS (DELETE FROM inbox RETURNING 1) SELECT count(*) FROM lost"
WAITING = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
MET = "SELECT count(*) FROM inbox WHERE status = 'applied'"


@dataclass
class Life:
    second_on_the_same_port: Any
    forgotten: int
    waiting_when_ended: int
    exit_code: int
    seconds_to_end: float
    met_again: int
    left_over: dict[str, str]
    after_a_kill: int


@pytest.fixture(scope="module")
def life() -> Life:
    with a_state_directory() as state:
        assert entente("load", str(SUN04), state=state).returncode == 0
        with serving(state) as (process, port):
            second = entente("serve", "--port", str(port), state=state)
            _until(lambda: ask(state, "notifications", MET) >= 261)
            forgotten, waiting = ask(state, "notifications", FORGET), ask(state, "partners", WAITING)
            exit_code, seconds = end(process)
        with serving(state) as (process, _):
            _until(lambda: ask(state, "notifications", MET) >= forgotten)
            met_again = ask(state, "notifications", MET)
            process.kill()
            process.wait()
        doctor = json.loads(entente("doctor", "--json", state=state).stdout)
        with serving(state):
            after_a_kill = ask(state, "partners", "SELECT count(*) FROM organisations")
    left_over = next(line for line in doctor if line["name"] == "left-over server")
    return Life(second, forgotten, waiting, exit_code, seconds, met_again, left_over, after_a_kill)


def test_a_taken_port_is_said_in_a_sentence(life: Life) -> None:
    assert life.second_on_the_same_port.returncode == 3
    assert "A port is taken" in life.second_on_the_same_port.stderr
    assert "Traceback" not in life.second_on_the_same_port.stderr


def test_serve_ends_with_zero_within_ten_seconds_of_sigterm(life: Life) -> None:
    assert life.exit_code == 0
    assert life.seconds_to_end < 10


def test_what_the_broker_in_memory_forgot_is_sent_again_at_the_next_start(life: Life) -> None:
    assert life.waiting_when_ended == 0
    assert life.met_again == life.forgotten >= 261


def test_a_server_left_over_by_a_kill_is_noticed_and_used_again(life: Life) -> None:
    assert life.left_over["state"] == "note"
    assert "the next start uses it" in life.left_over["advice"]
    assert life.after_a_kill == 261


def _until(true: Any) -> None:
    until = time.monotonic() + 60
    while not true() and time.monotonic() < until:
        time.sleep(0.2)
