"""Long lists in pages: each goes on after the last row of the one before, so nothing is skipped or shown twice."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import marshmallow as ma
from flask import Response, has_request_context, request
from sqlalchemy import ColumnElement, Connection, Select, UnaryExpression, literal, tuple_
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session
from sqlalchemy.sql.operators import desc_op

from chassis import strict_json
from chassis.errors import InvalidInput
from chassis.request import add_header

MOST = 200

_READERS: Mapping[type, Callable[[str], Any]] = {datetime: datetime.fromisoformat, date: date.fromisoformat}


class PageQuery(ma.Schema):
    """Which part of a list is wanted."""

    limit = ma.fields.Integer(
        load_default=50,
        validate=ma.validate.Range(1, MOST),
        metadata={"description": f"How many items, {MOST} at most."},
    )
    cursor = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(max=2000),
        metadata={"description": "The `next` of the page before; without it, the list starts at its beginning."},
    )


@cache
def page_schema(item: type[ma.Schema]) -> type[ma.Schema]:
    """Give the schema of a page of `item`: `items`, and `next`, the cursor of the next page or null at the end."""
    return ma.Schema.from_dict(
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "next": ma.fields.String(
                required=True, allow_none=True, metadata={"description": "Cursor; null at the end."}
            ),
        },
        name=f"{item.__name__.removesuffix('Schema')}Page",
    )


def paginate(
    session: Session | Connection,
    statement: Select[Any],
    *keys: Any,
    page: Mapping[str, Any],
    read: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """Give one page of `statement` as `page_schema` dumps it, and announce the next one in the Link header (RFC 8288).

    `keys` are the columns that order it, all ascending or all `.desc()`, never null, the last one unique; `page` is a
    loaded PageQuery. A statement on one entity gives its objects, any other gives rows; `read` makes an item of each.
    Raises InvalidInput for a cursor that is not one we gave.
    """
    single = len(statement.column_descriptions) == 1
    columns, _ = _columns(keys)
    statement = statement.add_columns(*(column.label(f"key_{at}") for at, column in enumerate(columns)))
    try:
        rows: Sequence[Any] = session.execute(ahead(statement, *keys, page=page)).all()
    except DataError as error:
        if page["cursor"]:
            raise _unknown_cursor() from error
        raise
    shown = rows[: page["limit"]]
    following = _cursor(shown[-1][-len(keys) :]) if len(rows) > len(shown) else None
    if following:
        link_next(following)
    items = [row[0] for row in shown] if single else list(shown)
    return {"items": [read(item) for item in items] if read else items, "next": following}


def ahead(statement: Select[Any], *keys: Any, page: Mapping[str, Any]) -> Select[Any]:
    """Give what a page may show of a statement, in order, and one row more, which tells that another page follows.

    Where a list is made of several, each gives its own part so, and their union is paginated. Raises InvalidInput.
    """
    columns, descending = _columns(keys)
    if page["cursor"]:
        statement = statement.where(_past(columns, descending, page["cursor"]))
    return statement.order_by(*keys).limit(page["limit"] + 1)


def written(page: Mapping[str, Any]) -> Response:
    """Give the answer of a page whose items the database wrote as JSON already (ADR 0016)."""
    items, following = ",".join(page["items"]), json.dumps(page["next"])
    return Response(f'{{"items":[{items}],"next":{following}}}', mimetype="application/json")


def link_next(cursor: str) -> None:
    """Name the next page in the Link header of the answer."""
    if has_request_context():
        query = urlencode({**request.args.to_dict(), "cursor": cursor})
        add_header("Link", f'<{request.path}?{query}>; rel="next"')


def _columns(keys: Sequence[Any]) -> tuple[list[ColumnElement[Any]], bool]:
    falling = [isinstance(key, UnaryExpression) and key.modifier is desc_op for key in keys]
    if len(set(falling)) != 1:
        raise ValueError("The keys of a page are all ascending, or all descending.")
    return [key.element if falling[0] else key for key in keys], falling[0]


def _past(columns: Sequence[ColumnElement[Any]], descending: bool, cursor: str) -> ColumnElement[bool]:
    values = [literal(value, column.type) for value, column in zip(_read(cursor, columns), columns, strict=True)]
    here, there = tuple_(*columns), tuple_(*values)
    return here < there if descending else here > there


def _cursor(values: Sequence[Any]) -> str:
    texts = [value.isoformat() if isinstance(value, date) else str(value) for value in values]
    return urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def _read(cursor: str, columns: Sequence[ColumnElement[Any]]) -> list[Any]:
    try:
        texts = strict_json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError("not a list of texts")
        kinds = [column.type.python_type for column in columns]
        return [_READERS.get(kind, kind)(text) for kind, text in zip(kinds, texts, strict=True)]
    except (ValueError, ArithmeticError) as error:
        raise _unknown_cursor() from error


def _unknown_cursor() -> InvalidInput:
    return InvalidInput("This cursor is not one we gave: start again without it.", {"/cursor": ["Unknown."]})
