"""The kinds of value that several schemas share."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

import marshmallow as ma

from chassis.texts import Readable, Written


def words(*, longest: int = 300, **more: Any) -> ma.fields.String:
    """A text of one line that says something."""
    return ma.fields.String(validate=[ma.validate.Length(1, longest), Readable()], **more)


def prose(*, longest: int = 200_000, **more: Any) -> ma.fields.String:
    """A text of several lines that says something."""
    return ma.fields.String(validate=[ma.validate.Length(1, longest), Readable(lines=True)], **more)


class Day(ma.fields.Date):
    """A day on which something may have been or may be agreed."""

    default_error_messages = {"far": "Write a day between 1900 and 2200."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not 1900 <= day.year <= 2200:
            raise self.make_error("far")
        return day


BINARY = {"type": "string", "format": "binary"}
"""A file, as a description says it."""


def one_of(kind: type[Enum], **more: Any) -> ma.fields.Enum[Any]:
    """One of an enumeration's words."""
    return ma.fields.Enum(kind, by_value=True, **more)


def optional(field: ma.fields.Field[Any]) -> ma.fields.Field[Any]:
    """Let a value be left out, or null."""
    field.required, field.allow_none, field.load_default = False, True, None
    return field


def described(example: Any, text: str | None = None) -> dict[str, Any]:
    """What the documentation shows of a value."""
    return {name: value for name, value in (("example", example), ("description", text)) if value is not None}


def code_word(**more: Any) -> ma.fields.String:
    """A short name without spaces, such as versement or article-3."""
    return ma.fields.String(
        validate=Written(r"[a-z0-9][a-z0-9_-]{0,49}", error="Write small letters, digits, - or _."), **more
    )
