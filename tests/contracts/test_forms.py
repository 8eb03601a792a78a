"""A form takes and makes what its schema does, whatever comes: the quick way may only be quicker."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.events import Envelope, EnvelopeSchema, Event
from chassis.forms import Form, Unsure
from contracts.partners import ConventionEnteredIntoForce, ConventionState
from contracts.publication import example_envelope
from contracts.schema import published

pytestmark = pytest.mark.unit

KINDS = published()
ODD: list[Any] = [None, True, False, 0, 1, -1, 2017, 2.0, 2017.5, [], {}, [None], [{}], [[]]]
ODD += ["", " ", "2017", "12.5", "12.345", "١٢.00", "1e3", "true", "cash", "a\x00b", "\x85", "urn:uuid:x"]
ODD += ["2017-02-30", "20171114", "2017-W46-2", "2017-11-14T00:00:00", "2017-11-14T00:00:00Z"]
ODD += ["0198c9a000007000800000000000000a", "{0198c9a0-0000-7000-8000-00000000000a}"]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*at, key)
        yield from places(each, (*at, key))


def changed(value: Any, place: tuple[Any, ...], put: Any, drop: bool) -> Any:
    """The same value but for one place."""
    copied = copy.deepcopy(value)
    holder = copied
    for key in place[:-1]:
        holder = holder[key]
    if drop:
        del holder[place[-1]]
    else:
        holder[place[-1]] = put
    return copied


def outcome(load: Any, values: Any) -> Any:
    try:
        return load(values)
    except ma.ValidationError as error:
        return error.messages


def same(form: Form, values: Any) -> None:
    quick, slow = outcome(form.load, values), outcome(form.schema.load, values)

    assert quick == slow
    assert repr(quick) == repr(slow)  # 1 is not True


def form_of(kind: type[Event]) -> Form:
    return Form(kind.schema(), kind)


@given(some.data())
def test_a_form_reads_every_event_as_its_schema_does(data: some.DataObject) -> None:
    kind = data.draw(some.sampled_from(KINDS))
    state = {**kind.example, "sequence": 1, "envelope": None, "unknown": 1}
    place = data.draw(some.sampled_from(list(places(state))))

    same(form_of(kind), changed(state, place, data.draw(some.sampled_from(ODD)), data.draw(some.booleans())))


@given(some.data())
def test_a_form_reads_the_envelope_as_its_schema_does(data: some.DataObject) -> None:
    sent = {**_attributes(), "more": 1}
    place = data.draw(some.sampled_from(list(sent)))

    same(
        Form(EnvelopeSchema(), dict),
        changed(sent, (place,), data.draw(some.sampled_from(ODD)), data.draw(some.booleans())),
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_a_form_takes_the_quick_way_for_every_example_and_writes_it_back(kind: type[Event]) -> None:
    form = form_of(kind)

    event = form._read({**kind.example, "sequence": 1})

    assert event == kind.from_state(kind.example, sequence=1)
    assert type(event) is kind
    assert form.dump(event) == form.schema.dump(event) == kind.example


def test_the_quick_way_leaves_every_refusal_to_the_schema() -> None:
    form = form_of(ConventionEnteredIntoForce)
    state = {**ConventionEnteredIntoForce.example, "sequence": 1}

    crooked: Any
    for crooked in ({**state, "status": "signed"}, {**state, "lines": [None]}, {**state, "starts_on": "yesterday"}, []):
        with pytest.raises((Unsure, ValueError)):
            form._read(crooked)


def test_what_a_form_makes_is_as_frozen_as_any_event() -> None:
    event: ConventionState = form_of(ConventionEnteredIntoForce).load(
        {**ConventionEnteredIntoForce.example, "sequence": 1}
    )

    with pytest.raises(AttributeError):
        event.title = "another"  # type: ignore[misc]


def _attributes() -> dict[str, Any]:
    envelope: Envelope = example_envelope(ConventionEnteredIntoForce)
    attributes: dict[str, Any] = json.loads(envelope.to_json())
    return attributes
