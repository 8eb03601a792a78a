"""The rules of the house that no linter knows; each reads one parsed file and gives its offences."""

import ast
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from tests.architecture.sizes import ROOT, parsed, python_files

ROOMS = {
    "README.md",
    "__init__",
    "api",
    "worker",
    "schemas",
    "use_cases",
    "queries",
    "domain",
    "channels",
    "migrations",
}
ENTRY_POINTS = (
    "chassis/green.py",
    "chassis/process.py",
    "chassis/process/*",
    "entente/__main__.py",
    "tests/*/run_*.py",
)
PATCHES = {"monkey_patch", "make_green"}
CLOCKS = {"now", "today", "utcnow", "travel_to", "time", "monotonic"}
HOLLOW_WORDS = {"manager", "helper", "helpers", "util", "utils", "common", "base", "data", "info", "handle", "process"}
NAMED_BY_LIBRARIES = {
    "process",
    "process_data",
    "process_formdata",
    "handle_error",
    "handle_http_exception",
    "handle_DATA",
}
SOME_REASON = re.compile(r"#\s*noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*\s+\S+")

Offences = Iterator[tuple[int, str]]


class Rule(NamedTuple):
    """A sentence, the files it speaks of, the files that are excused, and how to find its offences."""

    sentence: str
    applies_to: tuple[str, ...]
    excuses: tuple[str, ...]
    find: Callable[[str, ast.Module], Offences]

    def speaks_of(self, path: str) -> bool:
        """Say whether the rule binds this file (path from the root, with slashes)."""
        return any(fnmatch(path, each) for each in self.applies_to) and not any(
            fnmatch(path, each) for each in self.excuses
        )

    def offences(self, path: str, text: str, tree: ast.Module) -> list[str]:
        """Give one line for each place where the file breaks the rule."""
        found = self.find(text, tree) if self.speaks_of(path) else ()
        return [f"{path}:{line}: {what}" for line, what in found]


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func).rpartition(".")[2]


def _commits(_: str, tree: ast.Module) -> Offences:
    return ((call.lineno, "commits") for call, name in _calls(tree) if name == "commit")


def _clocks(_: str, tree: ast.Module) -> Offences:
    return ((call.lineno, f"asks the clock ({name})") for call, name in _calls(tree) if name in CLOCKS)


def _floats(_: str, tree: ast.Module) -> Offences:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Name) and node.id == "float") or (
            isinstance(node, ast.Constant) and isinstance(node.value, float)
        ):
            yield node.lineno, "uses a float"


def _lazy_relationships(_: str, tree: ast.Module) -> Offences:
    for call, name in _calls(tree):
        told = {word.arg: ast.unparse(word.value) for word in call.keywords}
        loads = told.get("lazy") not in ("'raise'", "'write_only'")  # what is only written to never loads
        if name == "relationship" and (loads or told.get("repr") != "False"):
            yield call.lineno, 'relationship without lazy="raise" and repr=False'


def _patches(_: str, tree: ast.Module) -> Offences:
    return ((call.lineno, "monkey-patches") for call, name in _calls(tree) if name in PATCHES)


def _second_bases(_: str, tree: ast.Module) -> Offences:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("DeclarativeBase" in ast.unparse(base) for base in node.bases):
            yield node.lineno, f"{node.name} is a second Base"


def _silent_ignores(text: str, _: ast.Module) -> Offences:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(r"#\s*noqa\b", line) and not SOME_REASON.search(line):
            yield number, "noqa without its code and a reason on the line"


def _hollow_names(_: str, tree: ast.Module) -> Offences:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.endswith("Base"):
            hollow = _words(node.name) & HOLLOW_WORDS
            if hollow and node.name not in NAMED_BY_LIBRARIES:
                yield node.lineno, f"{node.name} says {', '.join(sorted(hollow))}"


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


EVERYTHING = ("chassis/*", "contracts/*", "services/*", "console/*", "entente/*")

RULES = [
    Rule("Only the chassis commits", EVERYTHING, ("chassis/*",), _commits),
    Rule("A domain has no clock", ("services/*/domain/*", "services/*/domain.py", "contracts/*"), (), _clocks),
    Rule("Money is never a float", ("services/*/domain/*", "services/*/domain.py", "contracts/*"), (), _floats),
    Rule("A relationship loads when told", EVERYTHING, (), _lazy_relationships),
    Rule("Only the entry point patches", (*EVERYTHING, "tests/*"), ENTRY_POINTS, _patches),
    Rule("A service has one Base", ("services/*",), ("services/*/domain/base.py",), _second_bases),
    Rule("An ignore gives its reason", (*EVERYTHING, "tests/*"), ("tests/architecture/*",), _silent_ignores),
    Rule("A name says something", EVERYTHING, (), _hollow_names),
]


def offences(rule: Rule, root: Path = ROOT) -> list[str]:
    """Give every place of the project that breaks the rule."""
    return [
        offence
        for path in python_files(root)
        for offence in rule.offences(path.relative_to(root).as_posix(), *parsed(path))
    ]


def strange_rooms(root: Path = ROOT) -> list[str]:
    """Give every file or folder of a service that is none of the rooms."""
    services = [path for path in (root / "services").iterdir() if path.is_dir() and path.name != "__pycache__"]
    entries = (entry for service in services for entry in service.iterdir())
    return sorted(
        entry.relative_to(root).as_posix()
        for entry in entries
        if entry.name not in ROOMS | {"__pycache__"} and entry.name.removesuffix(".py") not in ROOMS
    )
