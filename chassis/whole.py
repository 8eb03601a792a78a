"""Reads a mapped object with all that hangs on it in one statement: as a copy, or to change it (ADR 0012).

The ORM reads each relationship by a statement of its own and keeps watch over every object. Who only answers a question
needs neither: PostgreSQL gathers the rows as JSON, and the copies say all that the mapped class says of itself. A copy
belongs to no session and cannot be changed; what was not read along raises SQLAlchemy's UnmappedInstanceError.
"""

import enum
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Enum,
    Integer,
    Numeric,
    Select,
    String,
    Text,
    Uuid,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy import inspect as mapping_of
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    InstanceState,
    InstrumentedAttribute,
    Mapper,
    RelationshipProperty,
    Session,
    joinedload,
    selectinload,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.strategy_options import _AbstractLoad
from sqlalchemy.types import TypeEngine

Mapped = TypeVar("Mapped")
Tree: TypeAlias = Mapping[Any, "Tree"]
"""The relationships to read along, each with those of what it leads to."""

Read = Callable[[Any], Any]
Question: TypeAlias = Select[*tuple[Any, ...]]
Rows: TypeAlias = Sequence[tuple[Any, ...]]


def loading(tree: Tree) -> list[_AbstractLoad]:
    """Give the ORM's options that read the same tree, for who is going to change it."""
    return [_load(relationship).options(*loading(along)) for relationship, along in tree.items()]


def _load(relationship: InstrumentedAttribute[Any]) -> Any:
    return selectinload(relationship) if relationship.property.uselist else joinedload(relationship)


class Whole(Generic[Mapped]):
    """How a mapped class is read with a tree of relationships; `only` names the columns read of some classes."""

    def __init__(self, kind: type[Mapped], tree: Tree, only: Mapping[type[Any], Sequence[Any]] | None = None) -> None:
        self._only, self._tree = only or {}, tree
        self._aliases = 0
        mapper = mapping_of(kind)
        found, self._read = self._gathered(mapper, _table(mapper), tree)
        self.column = literal_column(f"CAST({found} AS text)", Text)
        """What a statement over the class's own table selects."""

    def read(self, told: str) -> Mapped:
        """Make the copy of what the column told."""
        made: Mapped = self._read(json.loads(told))
        return made

    def open(self, session: Session, told: str) -> Mapped:
        """Make the object itself, part of the session and ready to change, as if the ORM had read it."""
        adopted: Mapped = _adopted(session, self.read(told), self._tree)
        return adopted

    def _gathered(self, mapper: Mapper[Any], alias: str, tree: Tree) -> tuple[str, Read]:
        """Give the SQL of an array with the values of one row, and what makes the copy of it."""
        columns, steps = [], []
        for name, column, convert in self._columns(mapper):
            columns.append(_selected(f"{alias}.{column.name}", column.type))
            steps.append((name, convert))
        for relationship, along in tree.items():
            found, read = self._related(relationship.property, alias, along)
            columns.append(found)
            steps.append((relationship.key, read))
        return f"json_build_array({', '.join(columns)})", _maker(mapper.class_, steps)

    def _columns(self, mapper: Mapper[Any]) -> Iterator[tuple[str, Any, Read | None]]:
        wanted = {each.key for each in self._only.get(mapper.class_, ())}
        for each in mapper.column_attrs:
            if each.key in wanted or not (wanted or each.deferred):
                yield each.key, each.columns[0], _converter(each.columns[0].type)

    def _related(self, relationship: RelationshipProperty[Any], alias: str, along: Tree) -> tuple[str, Read]:
        if relationship.secondary is not None:
            raise ValueError(f"{relationship} goes through a table of its own: it is not read so.")
        self._aliases += 1
        there = f"part_{self._aliases}"
        found, read = self._gathered(relationship.mapper, there, along)
        pairs = (f"{there}.{remote.name} = {alias}.{local.name}" for local, remote in relationship.local_remote_pairs)
        source = f"FROM {_table(relationship.mapper)} AS {there} WHERE {' AND '.join(pairs)}"
        if not relationship.uselist:
            return f"(SELECT {found} {source})", read
        order = ", ".join(f"{there}.{column.name}" for column in relationship.order_by or ())
        gathered = f"json_agg({found}{' ORDER BY ' + order if order else ''})"
        return f"(SELECT coalesce({gathered}, '[]') {source})", lambda rows: [read(row) for row in rows]


def _table(mapper: Mapper[Any]) -> str:
    return str(mapper.class_.__tablename__)


def _adopted(session: Session, copy: Any, tree: Tree) -> Any:
    """Make a copy and what hangs on it objects of the session; one that is there already stands instead of its copy.

    Each becomes what the ORM makes of a row: `Session.add` would walk through all relationships once more.
    """
    mapper: Mapper[Any] = mapping_of(type(copy))
    key = mapper.identity_key_from_primary_key(tuple(copy.__dict__[each.key] for each in _keys(mapper)))
    if (present := session.identity_map.get(key)) is not None:
        return present
    below = {each: (copy.__dict__.pop(each.key), along) for each, along in tree.items()}
    mapper.class_manager.setup_instance(copy)
    state: InstanceState[Any] = mapping_of(copy)
    state.key, state.session_id = key, session.hash_key
    session.identity_map.add(state)
    for relationship, (value, along) in below.items():
        several = isinstance(value, list)
        found = [_adopted(session, each, along) for each in (value if several else [value]) if each is not None]
        set_committed_value(copy, relationship.key, found if several else next(iter(found), None))
    return copy


@cache
def _keys(mapper: Mapper[Any]) -> list[Any]:
    return [mapper.get_property_by_column(column) for column in mapper.primary_key]


class AtOnce:
    """Several questions asked in one statement; it gives the rows of each, their values by the columns' types."""

    def __init__(self, *questions: Question) -> None:
        self._statement = select(*(cast(_rows_of(each), Text) for each in questions))
        self._converters = [[_converter(column.type) for column in each.selected_columns] for each in questions]

    def ask(self, session: Session | Connection, values: Mapping[str, Any] | None = None) -> list[Rows]:
        """Give the rows of each question; `values` are those of the statement's parameters."""
        told = session.execute(self._statement, values or {}).one()
        return [_rows(json.loads(each), converters) for each, converters in zip(told, self._converters, strict=True)]


def _rows_of(question: Question) -> ColumnElement[Any]:
    columns = question.subquery().c
    values = (cast(column, Text) if isinstance(column.type, Numeric) else column for column in columns)
    return select(
        func.coalesce(func.json_agg(func.json_build_array(*values)), literal_column("'[]'"))
    ).scalar_subquery()


def _rows(told: Iterable[Sequence[Any]], converters: Sequence[Read | None]) -> Rows:
    return [
        tuple(
            value if convert is None or value is None else convert(value)
            for value, convert in zip(row, converters, strict=True)
        )
        for row in told
    ]


def _maker(kind: type[Any], steps: Sequence[tuple[str, Read | None]]) -> Read:
    def make(values: Sequence[Any]) -> Any:
        made = object.__new__(kind)
        known = made.__dict__
        for (name, convert), value in zip(steps, values, strict=True):
            known[name] = value if convert is None or value is None else convert(value)
        return made

    return make


def _selected(column: str, kind: TypeEngine[Any]) -> str:
    """Let exact numbers travel as text, since a reader of JSON makes them floats."""
    return f"CAST({column} AS text)" if isinstance(kind, Numeric) else column


def _converter(kind: TypeEngine[Any]) -> Read | None:
    """Give what makes Python's value of JSON's, or None where they are the same.

    Raises TypeError where nobody said how.
    """
    if isinstance(kind, Enum):
        return _members(kind).__getitem__
    if isinstance(kind, ARRAY):
        return _list_of(_converter(kind.item_type))
    for known, convert in _CONVERTERS.items():
        if isinstance(kind, known):
            return convert
    raise TypeError(f"Nobody has said yet how {kind!r} is read from JSON.")


def _list_of(convert: Read | None) -> Read | None:
    return None if convert is None else lambda values: [None if each is None else convert(each) for each in values]


def _members(kind: Enum) -> dict[str, enum.Enum]:
    if kind.enum_class is None:
        raise TypeError(f"{kind!r} is no enumeration of Python's.")
    return dict(zip(kind.enums, kind.enum_class, strict=True))


_CONVERTERS: Mapping[type[TypeEngine[Any]], Read | None] = {
    Uuid: UUID,
    DateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    Numeric: Decimal,
    Integer: None,
    Boolean: None,
    String: None,
    JSONB: None,
}
