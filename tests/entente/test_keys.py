"""Keys of an embedded platform: made once, kept for their owner alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from chassis.settings import Settings
from entente.exits import Misused
from entente.keys import demand_keys, with_kept_keys, with_passing_keys

pytestmark = pytest.mark.unit


def test_a_kept_key_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    settings = Settings(state_directory=tmp_path / "state")

    assert with_kept_keys(settings) == with_kept_keys(settings)


def test_commands_that_begin_at_once_keep_the_same_key(tmp_path: Path) -> None:
    rounds, together = range(100), Barrier(8)

    def start(_: int) -> list[str]:
        kept = []
        for each in rounds:
            together.wait()
            kept.append(with_kept_keys(Settings(state_directory=tmp_path / str(each))).encryption_key)
        return kept

    with ThreadPoolExecutor(8) as commands:
        by_command = list(commands.map(start, range(8)))

    assert by_command == [by_command[0]] * 8
    assert all(by_command[0])
    assert {file.name for file in (tmp_path / "0").iterdir()} == {"encryption_key", "session_key"}


def test_a_kept_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    with_kept_keys(Settings(state_directory=tmp_path))

    assert (tmp_path / "encryption_key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_could_read_is_refused(tmp_path: Path) -> None:
    with_kept_keys(Settings(state_directory=tmp_path))
    (tmp_path / "session_key").chmod(0o644)

    with pytest.raises(Misused, match="chmod 600"):
        with_kept_keys(Settings(state_directory=tmp_path))


def test_a_key_given_by_the_environment_is_taken(tmp_path: Path) -> None:
    settings = Settings(state_directory=tmp_path, encryption_key="given", session_key="given too")

    assert with_kept_keys(settings) == settings


def test_a_platform_for_one_run_has_keys_of_its_own(tmp_path: Path) -> None:
    settings = Settings(state_directory=tmp_path)

    assert with_passing_keys(settings).encryption_key != with_passing_keys(settings).encryption_key
    assert list(tmp_path.iterdir()) == []


def test_real_servers_ask_for_given_keys(tmp_path: Path) -> None:
    half = replace(Settings(state_directory=tmp_path), session_key="given")

    with pytest.raises(Misused, match="ENTENTE_ENCRYPTION_KEY must be given"):
        demand_keys(half)
