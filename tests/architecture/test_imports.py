import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sizes import ROOT
from tests.architecture.trees import transplant

PACKAGES = ["chassis", "contracts", "services", "console", "entente", "bench", "tests", "pyproject.toml"]
OFFENCES = {
    "Services are islands": ("services.budget.use_cases", "import services.partners"),
    "Storeys": ("services.budget.use_cases", "import console"),
    "Rooms": ("services.budget.pricing", ""),
    "Quiet domain": ("services.budget.domain.offence", "from chassis.database import transaction"),
    "One room knows the broker": ("services.budget.use_cases", "import kombu"),
    "Contracts are data": ("contracts.offence", "from chassis.database import transaction"),
    "What is made for tests stays in tests": ("entente.offence", "import chassis.testing"),
}
MORE_OFFENCES = [
    ("Rooms", "services.budget.use_cases", "import services.budget.api"),
    ("Rooms", "services.budget.queries", "import services.budget.use_cases"),
    ("Rooms", "services.budget.domain.offence", "import services.budget.queries"),
    ("Storeys", "chassis.offence", "import contracts"),
    ("Storeys", "contracts.offence", "import services"),
    ("Storeys", "console.offence", "import entente"),
    ("Storeys", "entente.offence", "import tests"),
    ("Quiet domain", "services.budget.domain.offence", "import flask"),
    ("Quiet domain", "services.budget.domain.offence", "import chassis.clock"),
    ("One room knows the broker", "chassis.offence", "import eventlet"),
]


def add_line(module: Path, line: str) -> None:
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    with path.open("a") as file:
        file.write(f"\n{line}\n")


def lint(tree: Path) -> tuple[int, str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(
        command, cwd=tree, env={"PYTHONPATH": str(tree)}, capture_output=True, text=True, timeout=60, check=False
    )
    return run.returncode, run.stdout + run.stderr


def test_everyone_imports_only_what_they_may() -> None:
    code, report = lint(ROOT)

    assert code == 0, report


def test_each_contract_is_broken_below_on_purpose() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

    assert {contract["name"] for contract in contracts} == set(OFFENCES)


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [*((contract, *offence) for contract, offence in OFFENCES.items()), *MORE_OFFENCES],
    ids=lambda word: re.sub(r"\W+", " ", word),
)
def test_a_broken_contract_is_named(contract: str, module: str, line: str, tmp_path: Path) -> None:
    tree = transplant(PACKAGES, tmp_path)
    add_line(tree / module.replace(".", "/"), line)

    code, report = lint(tree)

    assert code == 1, report
    assert re.search(rf"^{contract} BROKEN", report, re.MULTILINE), report
