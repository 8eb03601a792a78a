"""Reads and writes what a marshmallow schema of dataclasses does, in one pass, where values are plainly valid.

A form takes only what its schema would take, and makes the same of it. At the first doubt it gives the whole to the
schema, which alone refuses and says why: so a form is as strict as its schema, and several times as fast (ADR 0009).
"""

import typing
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import marshmallow as ma

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]

_ABSENT = object()


class Unsure(Exception):
    """Not plainly valid: the schema must say."""


class Form:
    """A schema that loads to `kind`, a dataclass or dict, and its quick way."""

    def __init__(self, schema: ma.Schema, kind: type[Any]) -> None:
        self.schema = schema
        self._read, self._write = _reader(schema, kind), _writer(schema, kind)

    def load(self, values: Mapping[str, Any]) -> Any:
        """Read plain JSON values.

        Raises marshmallow.ValidationError.
        """
        try:
            return self._read(values)
        except (Unsure, ma.ValidationError, ValueError, TypeError, ArithmeticError):
            return self.schema.load(values)

    def dump(self, value: Any) -> dict[str, Any]:
        """Write plain JSON values."""
        written: dict[str, Any] = self._write(value)
        return written


def _reader(schema: ma.Schema, kind: type[Any]) -> Reader:
    hints = typing.get_type_hints(kind) if is_dataclass(kind) else {}
    steps = [
        (field.data_key or name, name, _field_reader(field, hints.get(name)), _default(field), field.allow_none)
        for name, field in schema.load_fields.items()
    ]
    make = _maker(kind)

    def read(values: Any) -> Any:
        if type(values) is not dict:
            raise Unsure
        found = {}
        for key, name, read_field, default, nullable in steps:
            value = values.get(key, _ABSENT)
            if value is _ABSENT:
                if default is _ABSENT:
                    raise Unsure
                found[name] = default
            elif value is None:
                if not nullable:
                    raise Unsure
                found[name] = None
            else:
                found[name] = read_field(value)
        return make(found)

    return read


def _default(field: ma.fields.Field[Any]) -> Any:
    """Give what an absent value means, or `_ABSENT` where the schema must say."""
    default = field.load_default
    return _ABSENT if field.required or default is ma.missing or callable(default) else default


def _maker(kind: type[Any]) -> Callable[[dict[str, Any]], Any]:
    """Make a dataclass without the detour of its `__init__`, which sets a frozen one's fields one by one."""
    if kind is dict:
        return lambda found: found
    if hasattr(kind, "__post_init__") or hasattr(kind, "__slots__"):
        return lambda found: kind(**found)

    def make(found: dict[str, Any]) -> Any:
        made = object.__new__(kind)
        made.__dict__.update(found)
        return made

    return make


def _field_reader(field: ma.fields.Field[Any], hint: Any) -> Reader:
    read = _plain_reader(field, hint)
    if read is None or field.pre_load or field.post_load:
        return field.deserialize
    if not field.validators:
        return read
    checks = field.validators

    def checked(value: Any) -> Any:
        found = read(value)
        for check in checks:
            check(found)
        return found

    return checked


def _plain_reader(field: ma.fields.Field[Any], hint: Any) -> Reader | None:
    kind = type(field)
    if kind in _OF_TYPE:
        return _only(*_OF_TYPE[kind])
    if isinstance(field, ma.fields.Enum) and field.by_value and type(field.field) in (ma.fields.String, ma.fields.Raw):
        return _only(str, {member.value: member for member in field.enum}.__getitem__)
    if isinstance(field, ma.fields.List):
        return _collection(_field_reader(field.inner, hint), tuple if kind is not ma.fields.List else list)
    if isinstance(field, ma.fields.Nested) and (inner := _dataclass_in(hint)):
        return _reader(field.schema, inner)
    return None


def _only(kind: type[Any], convert: Callable[[Any], Any] | None) -> Reader:
    """Read values of exactly this type; a member that an enumeration lacks is a KeyError."""

    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise Unsure
        if convert is None:
            return value
        try:
            return convert(value)
        except KeyError:
            raise Unsure from None

    return read


_OF_TYPE: dict[type[Any], tuple[type[Any], Callable[[Any], Any] | None]] = {
    ma.fields.String: (str, None),
    ma.fields.Integer: (int, None),
    ma.fields.Boolean: (bool, None),
    ma.fields.UUID: (str, lru_cache(4096)(UUID)),  # the same organisations and actions come again and again
    ma.fields.Date: (str, date.fromisoformat),
}


def _collection(read: Reader, make: Callable[[list[Any]], Any]) -> Reader:
    def read_all(values: Any) -> Any:
        if type(values) is not list:
            raise Unsure
        if None in values:
            raise Unsure
        return make([read(value) for value in values])

    return read_all


def _dataclass_in(hint: Any) -> type[Any] | None:
    """Find the dataclass that a type hint speaks of: X, X | None, tuple[X, ...]."""
    if isinstance(hint, type) and is_dataclass(hint):
        return hint
    found = (_dataclass_in(each) for each in typing.get_args(hint))
    return next((each for each in found if each), None)


def _writer(schema: ma.Schema, kind: type[Any]) -> Writer:
    hints = typing.get_type_hints(kind) if is_dataclass(kind) else {}
    steps = [
        (field.data_key or name, name, _field_writer(field, name, hints.get(name)))
        for name, field in schema.dump_fields.items()
    ]

    def write(value: Any) -> dict[str, Any]:
        written = {}
        for key, name, write_field in steps:
            found = getattr(value, name)
            written[key] = None if found is None else write_field(found)
        return written

    return write


def _field_writer(field: ma.fields.Field[Any], name: str, hint: Any) -> Writer:
    kind = type(field)
    if kind in (ma.fields.UUID, ma.fields.Date):
        return str
    if isinstance(field, ma.fields.Enum) and field.by_value and type(field.field) in (ma.fields.String, ma.fields.Raw):
        return _value_of
    if isinstance(field, ma.fields.List):
        write = _field_writer(field.inner, name, hint)
        return lambda values: [None if each is None else write(each) for each in values]
    if isinstance(field, ma.fields.Nested) and (inner := _dataclass_in(hint)):
        return _writer(field.schema, inner)
    return lambda value: field._serialize(value, name, None)


def _value_of(member: Any) -> Any:
    return member.value
