import os
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.testing import a_database
from tests.architecture.sizes import ROOT
from tests.architecture.trees import transplant

SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/__init__.py"))
SHARED = ["pyproject.toml", "chassis", "contracts", "services/__init__.py"]
SHARED_BY_TESTS = [
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/surroundings.py",
    "tests/ports.py",
    "tests/nodes.py",
    "tests/machines.py",
]

# The project may be installed in this Python: an island must not reach the mainland through that installation.
ISOLATED = (
    "sys.meta_path[:] = [each for each in sys.meta_path if '__editable__' not in getattr(each, '__module__', '')]"
)
RUN_TESTS = f"import sys, pytest; {ISOLATED}; sys.exit(pytest.main(sys.argv[1:]))"


def an_island(service: str, folder: Path) -> Path:
    return transplant([*SHARED, *SHARED_BY_TESTS, f"services/{service}", f"tests/services/{service}"], folder)


def run(island: Path, database_url: str, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program on the island: nothing of this checkout on its path, one database, and no other address."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "CI") if name in os.environ}
    told = {"PYTHONPATH": str(island), "DATABASE_URL": database_url, "TEST_DATABASE_URL": database_url}
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(
        command, cwd=island, env=kept | told, capture_output=True, text=True, timeout=900, check=False
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_passes_its_tests_alone(service: str, database_administration_url: str, tmp_path: Path) -> None:
    island = an_island(service, tmp_path)

    with a_database(database_administration_url, f"island_{service}") as url:
        result = run(island, url, RUN_TESTS, "-q", "--tb=short", f"tests/services/{service}")

    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]


def test_a_service_that_reaches_for_its_sibling_fails_alone(database_administration_url: str, tmp_path: Path) -> None:
    island = an_island("budget", tmp_path)
    with (island / "services/budget/__init__.py").open("a") as file:
        file.write("\nimport services.partners\n")

    result = run(island, database_administration_url, RUN_TESTS, "-q", "-x", "tests/services/budget")

    assert result.returncode != 0
    assert "No module named 'services.partners'" in result.stdout + result.stderr


@pytest.mark.parametrize("module", ["console", "entente", "services.partners"])
def test_an_island_has_no_bridge_to_the_mainland(module: str, tmp_path: Path) -> None:
    result = run(an_island("budget", tmp_path), "", f"import sys; {ISOLATED}; import {module}")

    assert f"No module named '{module}'" in result.stderr
