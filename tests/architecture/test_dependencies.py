import ast
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.sizes import PACKAGES, ROOT, parsed, python_files

pytestmark = pytest.mark.unit

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEVER_IMPORTED = {"gunicorn", "tzdata"}  # a server one may choose, time zones Python reads


def declared(lines: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported(*packages: str) -> set[str]:
    """The distributions that the modules of these packages import by name."""
    distributions = _distributions()
    modules = {name for path in python_files() if path.relative_to(ROOT).parts[0] in packages for name in tops(path)}
    foreign = modules - sys.stdlib_module_names - set(PACKAGES)
    return {canonicalize_name(name) for module in foreign for name in distributions.get(module, [module])}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def tops(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(path)[1]):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_program_imports_what_it_declares_and_declares_what_it_imports() -> None:
    asked = declared(PROJECT["dependencies"])

    assert imported("chassis", "contracts", "services", "console", "entente") - {"pytest"} == asked - NEVER_IMPORTED


def test_the_tests_import_only_what_is_declared() -> None:
    asked = declared(PROJECT["dependencies"]) | declared(PROJECT["optional-dependencies"]["development"])

    assert imported("tests") <= asked
