"""Every event has an example that is true: read, written again, and valid by the JSON Schema that others are given."""

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from chassis.events import CONTENT_TYPE, Event, decode
from contracts.publication import example_envelope
from contracts.schema import envelope_schema, published, state_name, state_schema

pytestmark = pytest.mark.unit

EVENTS = pytest.mark.parametrize("kind", published(), ids=lambda kind: kind.type)


def errors(schema: dict[str, Any], instance: Any) -> list[str]:
    Draft7Validator.check_schema(schema)
    return [error.message for error in Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(instance)]


@EVENTS
def test_an_example_comes_back_as_it_was_sent(kind: type[Event]) -> None:
    received = decode(example_envelope(kind).to_json().encode(), CONTENT_TYPE)

    assert type(received) is kind
    assert received.state() == kind.example


@EVENTS
def test_an_example_is_valid_by_its_schema(kind: type[Event]) -> None:
    assert errors(state_schema(kind), kind.example) == []


@EVENTS
def test_an_example_shows_every_field(kind: type[Event]) -> None:
    assert set(state_schema(kind)["properties"]) == set(kind.example)


@EVENTS
def test_an_example_of_an_envelope_is_valid_by_its_schema(kind: type[Event]) -> None:
    assert errors(envelope_schema(), json.loads(example_envelope(kind).to_json())) == []


@EVENTS
def test_a_schema_refuses_what_the_reader_refuses(kind: type[Event]) -> None:
    required = state_schema(kind)["required"][0]

    assert errors(state_schema(kind), {name: value for name, value in kind.example.items() if name != required})
    assert errors(state_schema(kind), {**kind.example, required: {}})


@EVENTS
def test_an_event_is_named_by_publisher_noun_past_participle_and_version(kind: type[Event]) -> None:
    publisher, noun, happened, version = kind.type.split(".")

    module = kind.__module__.split(".")[1]
    assert (publisher, version) == ({"amendments": "partners", "deadlines": "partners"}.get(module, module), "v1")
    assert kind.__name__.lower() == f"{noun}{happened}".replace("_", "")
    assert kind.subject_field in kind.example


def test_events_that_differ_only_in_what_happened_share_their_state() -> None:
    states = {state_name(kind) for kind in published() if kind.type.startswith("partners.convention.")}

    assert states == {"ConventionState"}


def test_money_leaves_with_two_decimals_as_a_string() -> None:
    kind = next(kind for kind in published() if kind.type == "budget.payment.recorded.v1")

    assert errors(state_schema(kind), {**kind.example, "amount": 30000.0})
    assert errors(state_schema(kind), {**kind.example, "amount": "30000.5"})
    assert errors(state_schema(kind), {**kind.example, "amount": "-30000.50"}) == []
