"""The command line: quick to ask for help, one sentence for an error, an exit code that means something."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from entente.exits import MEANINGS, Exit

DOCUMENT = Path(__file__).parents[2] / "docs" / "command-line.md"


def entente(*arguments: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": os.environ["PATH"], "HOME": str(state), "ENTENTE_STATE_DIRECTORY": str(state), **environment}
    command = [sys.executable, "-m", "entente", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=known)


HELP = """
import sys
from entente.__main__ import main
sys.argv = ["entente", "--help"]
try:
    main()
finally:
    print("IMPORTED", *sys.modules)
"""


def test_help_comes_quickly_since_it_imports_nothing_that_works() -> None:
    said = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=False, timeout=60)

    imported = set(said.stdout.rpartition("IMPORTED ")[2].split())
    assert said.returncode == Exit.WELL
    assert "entente.command_line" in imported
    assert imported.isdisjoint({"sqlalchemy", "psycopg", "flask", "kombu", "nameko", "marshmallow", "alembic"})


def test_help_names_every_command_and_exit_code(tmp_path: Path) -> None:
    said = entente("--help", state=tmp_path).stdout

    assert all(
        f" {command} " in said
        for command in ("demo", "serve", "run", "load", "import", "invite", "events", "rebuild", "doctor", "migrate")
    )
    assert all(f"{code.value} " in said for code in MEANINGS)


def test_the_documentation_has_the_same_exit_codes() -> None:
    rows = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]

    assert "\n".join(rows) in DOCUMENT.read_text()


def test_an_unknown_option_is_a_matter_of_usage(tmp_path: Path) -> None:
    assert entente("demo", "--twice", state=tmp_path).returncode == Exit.USAGE


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "sentence"),
    [
        (["run", "budget"], {}, Exit.USAGE, "DATABASE_URL and AMQP_URL must be given"),
        (["run", "partners"], {}, Exit.USAGE, "ENTENTE_ENCRYPTION_KEY must be given"),
        (["run", "console"], {}, Exit.USAGE, "ENTENTE_SESSION_KEY must be given"),
        (["serve"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, Exit.USAGE, "ENTENTE_ENCRYPTION_KEY and"),
        (["migrate"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, Exit.UNREACHABLE, "cannot be reached"),
        (["demo", "--once"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, Exit.UNREACHABLE, "cannot be reached"),
        (["load", "nowhere"], {}, Exit.REFUSED, "programme.json is missing"),
        (["doctor"], {"ENTENTE_PORT": "many"}, Exit.USAGE, "ENTENTE_PORT='many' is not a int"),
    ],
)
def test_an_error_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], code: Exit, sentence: str
) -> None:
    ended = entente(*arguments, state=tmp_path, **environment)

    assert (ended.returncode, ended.stdout) == (code, "")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    assert "Traceback" in entente("--debug", "load", "nowhere", state=tmp_path).stderr
