"""Within a version an event may only gain optional fields: who reads it, and who wrote it before, must not notice."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft7Validator

from contracts.compatibility import breaking_changes
from contracts.publication import broken_promises, publish, released, schemas

pytestmark = pytest.mark.unit


def a_schema(**changes: Any) -> dict[str, Any]:
    """A convention in small: a field of each kind."""
    fields = {
        "reference": {"type": "string"},
        "status": {"enum": ["proposed", "in_force"]},
        "amount": {"type": "string", "pattern": r"^\d+\.\d{2}$"},
        "reason": {"type": ["string", "null"], "default": None},
        "parties": {"type": "array", "items": an_object(name={"type": "string"})},
        "ended": {"anyOf": [an_object(on={"type": "string", "format": "date"}), {"type": "null"}]},
    }
    return an_object(**{**fields, **changes}, required=["reference", "status", "amount", "parties"])


def an_object(required: Any = ..., **fields: Any) -> dict[str, Any]:
    kept = {name: schema for name, schema in fields.items() if schema is not None}
    needed = sorted(fields) if required is ... else [name for name in required if name in kept]
    return {"type": "object", "properties": kept, "required": needed}


def requiring(*names: str) -> dict[str, Any]:
    return {**a_schema(), "required": list(names)}


@pytest.mark.parametrize(
    "new",
    [
        a_schema(),
        a_schema(note={"type": "string"}),
        {**a_schema(), "title": "Renamed", "description": "Said better", "examples": [{}]},
        requiring("parties", "amount", "status", "reference"),
        a_schema(status={"enum": ["in_force", "proposed"]}),
        a_schema(parties={"type": "array", "items": an_object(["name"], name={"type": "string"}, siren={})}),
    ],
    ids=["the same", "an optional field", "other words", "another order", "values in another order", "deeper down"],
)
def test_what_no_reader_notices_is_allowed(new: dict[str, Any]) -> None:
    assert breaking_changes(a_schema(), new) == []


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (a_schema(reference=None), "/reference: taken away"),
        (a_schema(reason=None), "/reason: taken away"),
        (requiring("reference", "status", "parties"), "/amount: no longer always there"),
        (requiring("reference", "status", "amount", "parties", "reason"), "/reason: required now"),
        ({**a_schema(note={}), "required": [*a_schema()["required"], "note"]}, "/note: required now"),
        (a_schema(reference={"type": "integer"}), "/reference: type was 'string' and is 'integer'"),
        (a_schema(reference={"type": ["string", "null"]}), "/reference: type was 'string'"),
        (a_schema(reason={"type": "string", "default": None}), "/reason: type was ['string', 'null']"),
        (a_schema(reason={"type": ["string", "null"], "default": "none"}), "/reason: default was None"),
        (a_schema(amount={"type": "string"}), "/amount: pattern was"),
        (a_schema(reference={"type": "string", "format": "uuid"}), "/reference: format was None"),
        (a_schema(reference={"type": "string", "maxLength": 9}), "/reference: maxLength was None"),
        (a_schema(status={"enum": ["proposed", "in_force", "paused"]}), "/status: may be 'paused' now"),
        (a_schema(status={"enum": ["in_force"]}), "/status: may no longer be 'proposed'"),
        (a_schema(status={"type": "string"}), "/status: a list of allowed values came or went"),
        (a_schema(parties={"type": "array", "items": an_object()}), "/parties/*/name: taken away"),
        (a_schema(parties={"type": "array"}), "/parties: what the list holds"),
        (a_schema(ended={"anyOf": [{"type": "null"}]}), "/ended: its alternatives changed"),
        (
            a_schema(ended={"anyOf": [an_object(on={"type": "string"}), {"type": "null"}]}),
            "/ended/on: format was 'date' and is None",
        ),
    ],
)
def test_what_breaks_a_reader_is_said_at_the_field(new: dict[str, Any], sentence: str) -> None:
    said = breaking_changes(a_schema(), new)

    assert any(each.startswith(sentence) for each in said), said


LEAVES = some.sampled_from(
    [
        {"type": "string"},
        {"type": ["string", "null"]},
        {"type": "integer"},
        {"enum": ["a", "b"]},
        {"enum": ["a", "b", "c"]},
        {"type": "string", "pattern": "^a"},
    ]
)
SCHEMAS = some.builds(
    lambda fields, needed: {"type": "object", "properties": fields, "required": sorted(needed & fields.keys())},
    some.dictionaries(some.sampled_from("xyz"), LEAVES),
    some.sets(some.sampled_from("xyz")),
)
INSTANCES = some.dictionaries(some.sampled_from("xyz"), some.sampled_from(["a", "b", "c", "d", 1, None]))


@given(old=SCHEMAS, new=SCHEMAS, instance=INSTANCES)
def test_what_is_called_compatible_is_valid_for_both_readers(
    old: dict[str, Any], new: dict[str, Any], instance: dict[str, Any]
) -> None:
    """What the old schema allows, today's code reads; what today's allows, consumers of the old one read."""
    if breaking_changes(old, new) == []:
        known = {name: value for name, value in instance.items() if name in old["properties"]}
        assert Draft7Validator(old).is_valid(known) == Draft7Validator(new).is_valid(known)


def test_an_event_that_is_no_longer_published_is_a_broken_promise() -> None:
    assert broken_promises({"a.v1.json": a_schema()}, {"b.v1.json": a_schema()}) == ["a.v1.json: no longer published."]


def test_a_broken_promise_names_the_event_and_the_field() -> None:
    [said] = broken_promises({"a.v1.json": a_schema()}, {"a.v1.json": a_schema(reason=None)})

    assert said == "a.v1.json/reason: taken away; consumers may read it."


def test_what_is_published_is_what_is_read_as_released(tmp_path: Path) -> None:
    assert publish(tmp_path / "asyncapi.yaml", tmp_path) == []

    assert released(tmp_path) == schemas()
    assert (tmp_path / "asyncapi.yaml").read_text("utf-8").startswith("asyncapi: 3.0.0\n")


def test_nothing_is_published_that_breaks_a_promise(tmp_path: Path) -> None:
    gone = tmp_path / "partners.treaty.signed.v1.json"
    gone.write_text(json.dumps(a_schema()), "utf-8")

    [said, advice] = publish(tmp_path / "asyncapi.yaml", tmp_path)

    assert said == "partners.treaty.signed.v1.json: no longer published."
    assert "--unreleased" in advice
    assert list(tmp_path.iterdir()) == [gone]


def test_what_was_never_released_may_break(tmp_path: Path) -> None:
    (tmp_path / "partners.treaty.signed.v1.json").write_text(json.dumps(a_schema()), "utf-8")

    assert publish(tmp_path / "asyncapi.yaml", tmp_path, even_breaking=True) == []

    assert released(tmp_path) == schemas()


def test_todays_events_break_no_released_schema() -> None:
    assert broken_promises(released(), schemas()) == []


def test_every_event_and_every_field_of_it_is_released() -> None:
    assert released() == schemas(), "Run `python -m tests.contracts.papers`."
