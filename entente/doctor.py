"""What Entente stands on, looked at line by line; a line that fails says what to do."""

import json
import shutil
import smtplib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from chassis.messaging.topology import broker_version
from chassis.migrate import pending
from chassis.settings import Settings
from entente import postgres
from entente.composition import SERVICES
from entente.exits import Exit, Stopped
from entente.reach import settings_given

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 15
OLDEST_RABBITMQ = (3, 10)
LEAST_BYTES = 500_000_000
MOST_DRIFT_SECONDS = 2.0
TIMEOUT_SECONDS = 3.0


class State(StrEnum):
    """How a line stands: only one that fails makes the command fail."""

    WELL = "well"
    NOTE = "note"
    FAILS = "fails"


@dataclass(frozen=True)
class Line:
    """What was looked at, what was found, and what to do about it."""

    name: str
    state: State
    found: str
    advice: str = ""


def examine(*, as_json: bool) -> Exit:
    """Print every line; give CHECK_FAILED if one fails."""
    lines = list(_lines(settings_given()))
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=2))
    else:
        _print(lines)
    return Exit.CHECK_FAILED if any(line.state is State.FAILS for line in lines) else Exit.WELL


def _lines(settings: Settings) -> Iterator[Line]:
    left_over = postgres.left_over_pid(settings)
    for look in (_python, _state_directory, _disk):
        yield _looked(look, settings)
    if not settings.database_url:
        yield _left_over(left_over)
    yield from _database(settings)
    for look in (_broker, _smtp):
        yield _looked(look, settings)


def _looked(look: Callable[[Settings], Line], settings: Settings) -> Line:
    """Look; whatever a library raises is a finding too."""
    try:
        return look(settings)
    except Exception as error:
        name = look.__name__.strip("_").replace("_", " ")
        return Line(name, State.FAILS, f"{type(error).__name__}: {error}", "Correct the setting, or what it leads to.")


def _python(_: Settings) -> Line:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    return Line("Python", State.WELL if ok else State.FAILS, found, "" if ok else "Install Python 3.11 or later.")


def _state_directory(settings: Settings) -> Line:
    folder = settings.state_directory
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".probe"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Line("state directory", State.FAILS, str(error), "Set ENTENTE_STATE_DIRECTORY to a folder of yours.")
    return Line("state directory", State.WELL, str(folder))


def _disk(settings: Settings) -> Line:
    free = shutil.disk_usage(_existing(settings.state_directory)).free
    found = f"{free / 1e9:.1f} GB free"
    if free < LEAST_BYTES:
        return Line("disk", State.FAILS, found, "Free some disk: PostgreSQL stops when there is none.")
    return Line("disk", State.WELL, found)


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _left_over(pid: int | None) -> Line:
    if pid is None:
        return Line("left-over server", State.WELL, "none")
    advice = f"Nothing to do: the next start uses it. To stop it: kill -INT {pid}"
    return Line("left-over server", State.NOTE, f"process {pid}, whose command is gone", advice)


def _database(settings: Settings) -> Iterator[Line]:
    """Look at PostgreSQL, our rights on it, its clock and each service's database."""
    where = "DATABASE_URL" if settings.database_url else "embedded"
    try:
        with postgres.server(settings) as server, _connected(server) as connection:
            yield _version(connection, where)
            yield _rights(connection)
            yield _clock(connection)
            yield from _migrations(server)
    except (Stopped, OSError) as error:
        yield Line("PostgreSQL", State.FAILS, str(error), "Start it, correct DATABASE_URL, or leave that out.")


@contextmanager
def _connected(server: URL) -> Iterator[Connection]:
    engine = create_engine(server, poolclass=NullPool, connect_args={"connect_timeout": int(TIMEOUT_SECONDS)})
    try:
        connection = engine.connect()
    except Exception as error:
        reason = str(getattr(error, "orig", error)).strip()
        raise Stopped(f"{server.render_as_string(hide_password=True)}: {reason}", Exit.UNREACHABLE) from error
    with connection:
        yield connection


def _version(connection: Connection, where: str) -> Line:
    found = str(connection.scalar(text("SHOW server_version")))
    ok = int(found.split(".", maxsplit=1)[0]) >= OLDEST_POSTGRESQL
    advice = "" if ok else f"Use PostgreSQL {OLDEST_POSTGRESQL} or later."
    return Line("PostgreSQL", State.WELL if ok else State.FAILS, f"{found} ({where})", advice)


def _rights(connection: Connection) -> Line:
    may = connection.scalar(text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"))
    user = str(connection.scalar(text("SELECT current_user")))
    if may:
        return Line("rights", State.WELL, f"{user} may make databases")
    advice = f"Enough for `entente run`; `entente demo` and `serve` need: ALTER ROLE {user} CREATEDB"
    return Line("rights", State.NOTE, f"{user} may not make databases", advice)


def _clock(connection: Connection) -> Line:
    theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    drift = abs((datetime.now(UTC) - theirs).total_seconds())
    found = f"{datetime.now(ZoneInfo('Europe/Paris')):%d/%m/%Y %H:%M} in Paris, {drift:.1f} s from PostgreSQL's"
    if drift > MOST_DRIFT_SECONDS:
        return Line("clock", State.FAILS, found, "Let both machines follow NTP: deadlines and tokens depend on it.")
    return Line("clock", State.WELL, found)


def _migrations(server: URL) -> Iterator[Line]:
    for name in SERVICES:
        engine = create_engine(postgres.database_of(server, name), poolclass=NullPool)
        yield _migration(name, engine)


def _migration(name: str, engine: Engine) -> Line:
    late = pending(name, engine)
    if not late:
        return Line(f"database of {name}", State.WELL, f"{engine.url.database}, up to date")
    advice = "`entente serve` and `entente migrate` make it, or bring it up to date."
    return Line(f"database of {name}", State.NOTE, "not made, or not up to date", advice)


def _broker(settings: Settings) -> Line:
    if settings.amqp_url in ("", "memory://"):
        return Line("broker", State.WELL, "in memory, for all services in one process")
    try:
        found = broker_version(settings.amqp_url, TIMEOUT_SECONDS)
    except OSError as error:
        return Line("broker", State.FAILS, str(error), "Start RabbitMQ, correct AMQP_URL, or leave that out.")
    ok = tuple(int(part) for part in found.split(".")[:2]) >= OLDEST_RABBITMQ
    return Line("broker", State.WELL if ok else State.FAILS, f"RabbitMQ {found}", "" if ok else "Use 3.10 or later.")


def _smtp(settings: Settings) -> Line:
    address = urlsplit(settings.smtp_url)
    connect = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    where = f"{address.hostname}:{address.port or 25}"
    try:
        with connect(address.hostname or "", address.port or 25, timeout=TIMEOUT_SECONDS) as server:
            if address.username:
                server.starttls()
                server.login(unquote(address.username), unquote(address.password or ""))
            server.noop()
    except OSError as error:
        given = settings.smtp_url != Settings().smtp_url
        advice = "Give ENTENTE_SMTP_URL: mails wait until it answers. `entente demo` brings a mail server of its own."
        return Line("mail server", State.FAILS if given else State.NOTE, f"{where}: {error}", advice)
    return Line("mail server", State.WELL, where)


def _print(lines: list[Line]) -> None:
    marks = {State.WELL: "[green]●[/]", State.NOTE: "[yellow]▲[/]", State.FAILS: "[red]■[/]"}
    table = Table.grid(padding=(0, 2))
    for line in lines:
        table.add_row(marks[line.state], line.name, line.found)
        if line.advice:
            table.add_row("", "", f"[bold]→ {line.advice}[/]")
    Console().print(table)
