"""The demo on the embedded defaults: one command, nothing installed but Python's packages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.program import a_state_directory, entente
from tests.system.story import TheStory


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with a_state_directory() as folder:
        yield folder


@pytest.fixture(scope="module")
def outcome(state: Path) -> dict[str, Any]:
    ended = entente("demo", "--once", "--json", state=state)
    assert ended.returncode == 0, ended.stderr[-3000:] + ended.stdout[-3000:]
    return dict(json.loads(ended.stdout))


class TestTheDemoOnTheEmbeddedDefaults(TheStory):
    def test_it_leaves_nothing_behind(self, outcome: dict[str, Any], state: Path) -> None:
        assert list((state / "runs").iterdir()) == []
        assert not (state / "postgresql" / "postmaster.pid").exists()
