"""Writing many rows with one statement, whatever their number: a batch of events costs as many statements as one."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, String, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from chassis.database import array
from services.budget.domain.base import Base

_DIALECT = postgresql.dialect()


def insert_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]], conflict: str = "") -> None:
    """Insert rows in their order; `conflict` is the ON CONFLICT clause, if any. Enumerations are written as words."""
    if rows:
        columns = list(kind.__table__.columns)
        arrays = {column.name: array(_plain(column, row[column.name]) for row in rows) for column in columns}
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


def _plain(column: ColumnElement[Any], value: Any) -> Any:
    if value is not None and isinstance(column.type, String):
        return str(value)
    if isinstance(column.type, ARRAY):
        return "{" + ",".join(map(str, value)) + "}"
    return value
