import json
import re
import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.sizes import ROOT

pytestmark = pytest.mark.unit

PYTHON_LOCKS = ["requirements.lock", "requirements-development.lock", "requirements-bench.lock"]
LOCKS = [*PYTHON_LOCKS, "tests/javascript/package-lock.json"]
ADDRESS = re.compile(
    r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-[if] |\b[a-z0-9-]+\.(?:com|org|io|net|dev)\b|@ file"
)


def pins(lock: str) -> dict[str, str]:
    """The exact version that a Python lock gives each package."""
    found = re.findall(r"^([a-z0-9.\[\]_-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {canonicalize_name(name.partition("[")[0]): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    named = [line for line in text.splitlines() if not line.lstrip().startswith("#") and ADDRESS.search(line)]

    assert named == []
    assert "://" not in text


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://mirror.example/simple",
        "--find-links /wheels",
        "flask @ file:///wheels/flask.whl",
        '"resolved": "https://registry.example/axe-core.tgz"',
        "registry.npmjs.org",
    ],
)
def test_an_address_in_a_lock_is_seen(line: str) -> None:
    assert ADDRESS.search(line)


@pytest.mark.parametrize("lock", PYTHON_LOCKS)
def test_every_pin_is_exact_and_has_its_fingerprints(lock: str) -> None:
    for pin in (ROOT / lock).read_text().replace("\\\n", " ").splitlines():
        if not pin.lstrip().startswith("#"):
            assert re.match(r"\S+==\S+( ; .+?)? +--hash=sha256:[0-9a-f]{64}", pin)


def test_the_locks_pin_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {
        "requirements.lock": project["dependencies"],
        "requirements-development.lock": chain(
            project["dependencies"], project["optional-dependencies"]["development"]
        ),
        "requirements-bench.lock": chain(project["dependencies"], *project["optional-dependencies"].values()),
    }
    for lock, lines in asked.items():
        pinned = pins(lock)
        for wanted in map(Requirement, lines):
            assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)], prereleases=True), wanted


def test_all_python_locks_pin_the_same_versions() -> None:
    runtime, development, bench = map(pins, PYTHON_LOCKS)

    assert runtime.items() <= development.items() <= bench.items()


def test_the_javascript_lock_is_that_of_its_package_file() -> None:
    folder = ROOT / "tests/javascript"
    lock = json.loads((folder / "package-lock.json").read_text())["packages"]
    asked = json.loads((folder / "package.json").read_text())["dependencies"]

    assert lock[""]["dependencies"] == asked
    assert all(lock[f"node_modules/{name}"]["version"] == version for name, version in asked.items())
    assert all(pin["integrity"].startswith("sha512-") for name, pin in lock.items() if name)
