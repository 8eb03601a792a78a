"""JSON Schemas of the events' data and of their envelope, derived from the schemas that read and write them."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from inspect import getdoc
from typing import Any

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from chassis.events import EnvelopeSchema, Event, Money, registry
from contracts import actions, amendments, budget, deadlines, notifications, partners

DIALECT = "http://json-schema.org/draft-07/schema#"
"""What AsyncAPI 3.0 speaks, and every validator knows."""
REFERENCE = "#/components/schemas/"
ENVELOPE = "Envelope"

PUBLISHERS = {module.__name__.rpartition(".")[2]: module for module in (partners, actions, budget, notifications)}
MODULES = (*PUBLISHERS.values(), *partners.MODULES, amendments, deadlines)


def published() -> list[type[Event]]:
    """Give every event of the published language, by wire name."""
    modules = {module.__name__ for module in MODULES}
    return sorted((each for each in registry.values() if each.__module__ in modules), key=lambda each: each.type)


def state_name(kind: type[Event]) -> str:
    """Name the state that an event carries: events that differ only in what happened share it."""
    parent = kind.__bases__[0]
    shares = parent is not Event and is_dataclass(parent) and len(fields(parent)) == len(fields(kind))
    return parent.__name__ if shares else kind.__name__


@cache
def definitions() -> dict[str, Any]:
    """Give every state, what states are made of, and the envelope, by name, with references between them."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = APISpec("", "", openapi_version="3.1.0", plugins=[plugin])
    plugin.converter.add_attribute_function(_money)  # type: ignore[union-attr]
    spec.components.schema(ENVELOPE, schema=EnvelopeSchema)
    for kind in published():
        if state_name(kind) not in spec.components.schemas:
            state = type(kind.schema())(exclude=("sequence", "envelope"))
            spec.components.schema(state_name(kind), schema=state)
    found: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    return {name: _described(name, schema) for name, schema in sorted(found.items())}


def state_schema(kind: type[Event]) -> dict[str, Any]:
    """Give the JSON Schema of an event's data, complete in itself."""
    return _document(kind.type, kind.__name__, getdoc(kind), state_name(kind), [dict(kind.example)])


def envelope_schema() -> dict[str, Any]:
    """Give the JSON Schema of the envelope around every event, complete in itself."""
    return _document(
        "envelope", ENVELOPE, "A CloudEvents 1.0 event, structured mode, with our extensions.", ENVELOPE, []
    )


def _document(name: str, title: str, about: str | None, state: str, examples: list[Any]) -> dict[str, Any]:
    heading = {"$schema": DIALECT, "$id": f"urn:entente:{name}", "title": title, "description": about}
    return {**heading, **_resolved(definitions()[state]), "description": about, "examples": examples}


def _money(_: object, field: ma.fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """Write Money as it leaves: a string with two decimals, in euros."""
    if not isinstance(field, Money):
        return {}
    for guessed in ("type", "example"):  # an HTTP door in this process teaches apispec a type for Money, for good
        ret.pop(guessed, None)
    return {"type": ["string", "null"] if field.allow_none else "string", "pattern": r"^-?\d{1,12}\.\d{2}$"}


def _name_of(schema: ma.Schema | type[ma.Schema]) -> str:
    return (schema if isinstance(schema, type) else type(schema)).__name__


def _described(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    documented = next((vars(module)[name] for module in MODULES if name in vars(module)), None)
    return {"description": getdoc(documented), **schema} if documented else dict(schema)


def _resolved(schema: Any) -> Any:
    """Put what is referred to in the place of each reference."""
    if isinstance(schema, list):
        return [_resolved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(definitions()[schema["$ref"].removeprefix(REFERENCE)])
    return {keyword: _resolved(value) for keyword, value in schema.items()}
