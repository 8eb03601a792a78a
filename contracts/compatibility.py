"""What may not change within a version of an event: its JSON Schema, read by who consumes and by who reads old events.

Two readers must never be surprised: a consumer written for the released schema that meets today's events, and today's
code that meets events stored or on their way since the release. So a field may only be added, and only as an optional
one; anything else is a new version of the event, announced beside the old one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

SAYS_NOTHING = frozenset({"$schema", "$id", "title", "description", "examples"})
"""Keywords that only explain."""


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Say, one sentence each, what in `new` breaks readers or events of `old`; both with their references resolved."""
    return list(_differences(old, new, ""))


def _differences(old: Schema, new: Schema, path: str) -> Iterator[str]:
    yield from _field_differences(old, new, path)
    yield from _enum_differences(old, new, path)
    yield from _part_differences(old, new, path)
    walked = SAYS_NOTHING | {"properties", "required", "enum", "items", "anyOf"}
    for keyword in sorted((old.keys() | new.keys()) - walked):
        if old.get(keyword) != new.get(keyword):
            yield f"{_name(path)}: {keyword} was {old.get(keyword)!r} and is {new.get(keyword)!r}."


def _field_differences(old: Schema, new: Schema, path: str) -> Iterator[str]:
    fields, todays = old.get("properties", {}), new.get("properties", {})
    needed, needed_today = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(fields.keys() - todays.keys()):
        yield f"{_name(path, name)}: taken away; consumers may read it."
    for name in sorted((needed & todays.keys()) - needed_today):
        yield f"{_name(path, name)}: no longer always there; consumers may rely on it."
    for name in sorted(needed_today - needed):
        yield f"{_name(path, name)}: required now; events announced before do not have it."
    for name in sorted(fields.keys() & todays.keys()):
        yield from _differences(fields[name], todays[name], f"{path}/{name}")


def _enum_differences(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if ("enum" in old) != ("enum" in new):
        yield f"{_name(path)}: a list of allowed values came or went."
        return
    before, after = (list(schema.get("enum", ())) for schema in (old, new))
    for value in (value for value in after if value not in before):
        yield f"{_name(path)}: may be {value!r} now; consumers refuse a value they do not know."
    for value in (value for value in before if value not in after):
        yield f"{_name(path)}: may no longer be {value!r}; events announced before are."


def _part_differences(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "items" in old and "items" in new:
        yield from _differences(old["items"], new["items"], f"{path}/*")
    elif old.get("items") != new.get("items"):
        yield f"{_name(path)}: what the list holds came or went."
    choices, todays = old.get("anyOf", []), new.get("anyOf", [])
    if len(choices) != len(todays):
        yield f"{_name(path)}: its alternatives changed."
        return
    for before, after in zip(choices, todays, strict=True):
        yield from _differences(before, after, path)


def _name(path: str, field: str | None = None) -> str:
    whole = path if field is None else f"{path}/{field}"
    return whole or "/"
