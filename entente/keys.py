"""Keys of an embedded platform: made once, kept in its state directory for its owner's eyes only."""

import base64
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from chassis.settings import Settings, variable
from entente.exits import Misused

KEYS = ("encryption_key", "session_key")
NEEDED = {"partners": ("encryption_key",), "notifications": ("encryption_key",), "console": ("session_key",)}
"""Which keys a program that runs alone cannot do without."""


def new_key() -> str:
    """Make a key: base64url of 32 random bytes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def with_kept_keys(settings: Settings) -> Settings:
    """Give settings whose missing keys are those of the state directory, made at the first call."""
    kept: dict[str, Any] = {name: _kept(settings.state_directory / name) for name in _missing(settings)}
    return replace(settings, **kept)


def with_passing_keys(settings: Settings) -> Settings:
    """Give settings whose missing keys are new, for a platform that is removed at its end."""
    new: dict[str, Any] = {name: new_key() for name in _missing(settings)}
    return replace(settings, **new)


def demand_keys(settings: Settings, names: Iterable[str] = KEYS) -> None:
    """Refuse to run on real servers without keys: made up ones would be lost with this machine, and secrets with them.

    Raises Misused.
    """
    if missing := [variable(name) for name in names if not getattr(settings, name)]:
        raise Misused(
            f"{' and '.join(missing)} must be given with real servers: make each with"
            " `python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'` and keep them."
        )


def _missing(settings: Settings) -> list[str]:
    return [name for name in KEYS if not getattr(settings, name)]


def _kept(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=file.parent) as written:  # 0600; whole before it has its name
            written.write(new_key())
            written.flush()
            with suppress(FileExistsError):  # another command was first: its key stands
                os.link(written.name, file)
    return _read(file)


def _read(file: Path) -> str:
    """Read a kept key, unless somebody else could have written or read it."""
    state = file.lstat()
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise Misused(f"{file} must be yours and readable by you alone: remove it, or chmod 600 it.")
    return file.read_text("ascii").strip()
