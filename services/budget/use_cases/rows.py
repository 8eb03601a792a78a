"""Writing many rows with one statement, whatever their number: a batch of events costs as many statements as one."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, String, TextClause, Uuid, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from chassis.database import quoted
from services.budget.domain.base import Base

_DIALECT = postgresql.dialect()


def insert_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]], conflict: str = "") -> None:
    """Insert rows in their order; `conflict` is the ON CONFLICT clause, if any. Enumerations are written as words."""
    if rows:
        arrays = {
            name: "{" + ",".join(["NULL" if row[name] is None else write(row[name]) for row in rows]) + "}"
            for name, write in _writers(kind)
        }
        session.execute(_statement(kind, conflict), arrays)


@cache
def _statement(kind: type[Base], conflict: str) -> TextClause:
    columns = list(kind.__table__.columns)
    names = ", ".join(column.name for column in columns)
    arrays = ", ".join(f"CAST(:{column.name} AS {_type(column)}[])" for column in columns)
    chosen = ", ".join(f"CAST({column.name} AS {column.type.compile(_DIALECT)})" for column in columns)
    return text(
        f"INSERT INTO {kind.__tablename__} ({names}) SELECT {chosen} "  # noqa: S608  only names of mapped columns
        f"FROM unnest({arrays}) WITH ORDINALITY AS given ({names}, place) ORDER BY place {conflict}"
    )


def _type(column: ColumnElement[Any]) -> str:
    return "text" if isinstance(column.type, String | ARRAY) else column.type.compile(_DIALECT)


@cache
def _writers(kind: type[Base]) -> list[tuple[str, Callable[[Any], str]]]:
    """Give for each column how a value of it is written inside an array's text."""
    return [(column.name, _writer(column)) for column in kind.__table__.columns]


def _writer(column: ColumnElement[Any]) -> Callable[[Any], str]:
    if isinstance(column.type, String):
        return quoted
    if isinstance(column.type, Uuid):
        return _digits
    if isinstance(column.type, ARRAY):
        return lambda values: '"{' + ",".join(map(_digits, values)) + '}"'
    return str


def _digits(identifier: UUID) -> str:
    """Write an identifier without hyphens, as PostgreSQL takes it too: in half the time of `str`."""
    return f"{identifier.int:032x}"
