"""One transaction per door call: state, arrivals and announcements are committed together, here and nowhere else."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, Text, any_, cast, literal
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Session

from chassis.service import create_engine_for, current

__all__ = [
    "ChassisBase",
    "among",
    "array",
    "at_commit",
    "create_engine_for",
    "is_away",
    "quoted",
    "reading",
    "transaction",
]

AtCommit = Callable[[Session], None]

_AWAY = ("08", "53", "57P", "58", "25006")
"""SQLSTATEs, by their beginning, of a server that cannot work: connection lost, disk or memory full, shutting down,
files unreadable, read-only (PostgreSQL, appendix A)."""


class ChassisBase(MappedAsDataclass, DeclarativeBase, eq=False, kw_only=True):
    """The tables that every service has because of the chassis."""


_open: ContextVar[Session | None] = ContextVar("session", default=None)


@contextmanager
def transaction() -> Iterator[Session]:
    """Give a session of the current service; commit at the outermost exit, roll back on any exception.

    Opened inside another one it joins it. Mapped objects stay readable after the commit.
    """
    joined = _open.get()
    if joined is not None:
        yield joined
        return
    with Session(current().engine, expire_on_commit=False) as session:
        token = _open.set(session)
        try:
            yield session
            for action in session.info.pop("at_commit", {}).values():
                action(session)
            session.commit()
        finally:
            _open.reset(token)


@contextmanager
def reading() -> Iterator[Connection]:
    """Give a connection to ask the current service's database a question of one statement.

    The statement is its own transaction, so BEGIN and ROLLBACK are spared. Several statements see several moments, as
    they do in a transaction here. Opened inside a transaction it asks within that one.
    """
    joined = _open.get()
    if joined is not None:
        yield joined.connection()
        return
    with current().asking.connect() as connection:
        yield connection


def at_commit(session: Session, name: str, action: AtCommit) -> None:
    """Run `action` as the last thing before this transaction's commit, once per name."""
    session.info.setdefault("at_commit", {}).setdefault(name, action)


def is_away(error: BaseException) -> bool:
    """Tell whether the database is to blame rather than what was asked of it: it is waited for, whoever asks."""
    if isinstance(error, PoolExhausted):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated or (isinstance(error, OperationalError) and not state) or state.startswith(_AWAY)
    )


def array(values: Iterable[Any]) -> str:
    """Write values as PostgreSQL's own text of an array, to be cast there: a tenth of what a driver's list costs."""
    written = ["NULL" if each is None else quoted(each) if isinstance(each, str) else str(each) for each in values]
    return "{" + ",".join(written) + "}"


def quoted(text: str) -> str:
    """Write a text as it stands inside PostgreSQL's text of an array."""
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text + '"'


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Say that a column has one of these values: one parameter, and one statement, however many there are."""
    found: ColumnElement[bool] = column == any_(cast(literal(array(values), Text), ARRAY(column.type)))
    return found
