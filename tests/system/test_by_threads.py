"""The HTTP doors of every service by gunicorn's threads, without eventlet, held to the same tests."""

import os
import subprocess
import sys

import pytest

from entente.composition import SERVICES
from tests.surroundings import ROOT

pytestmark = pytest.mark.needs_postgresql


@pytest.mark.parametrize("name", SERVICES)
def test_a_door_by_threads_passes_the_tests_of_that_door(name: str) -> None:
    tests = [str(file) for file in sorted((ROOT / "tests" / "services" / name).glob("test_*.py")) if _asks(file.name)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "tests.by_gunicorn", *tests],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )

    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


def _asks(file: str) -> bool:
    """Tell whether the tests of a file ask an HTTP door."""
    return (file.endswith("_door.py") and file != "test_event_door.py") or file == "test_rights.py"
