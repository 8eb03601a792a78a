"""The envelope: CloudEvents 1.0 for others, and for us nothing less than what the standard says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as some

from chassis.events import CONTENT_TYPE, Event, Unreadable, decode, encode
from contracts.partners import CharterSigned
from contracts.publication import example_envelope
from contracts.schema import published

pytestmark = pytest.mark.unit

GOOD: dict[str, Any] = json.loads(example_envelope(CharterSigned).to_json())
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=8,
)


def read(envelope: Any) -> Event:
    return decode(json.dumps(envelope).encode(), CONTENT_TYPE)


def is_event_or_unreadable(body: bytes, content_type: str | None = CONTENT_TYPE) -> bool:
    try:
        return isinstance(decode(body, content_type), Event)
    except Unreadable as refused:
        return bool(str(refused))


@pytest.mark.parametrize("kind", published(), ids=lambda kind: kind.type)
def test_the_cloudevents_library_reads_every_event(kind: type[Event]) -> None:
    sent = encode(kind.from_state(kind.example, sequence=7), time=datetime(2017, 11, 14, 9, 30, tzinfo=UTC))

    read = JSONFormat().read(None, sent.to_json())

    assert (read.get_specversion(), read.get_id(), read.get_type()) == ("1.0", str(sent.id), kind.type)
    assert (read.get_source(), read.get_subject(), read.get_time()) == (f"/{kind.publisher()}", sent.subject, sent.time)
    assert (read.get_extension("sequence"), read.get_extension("correlationid")) == (7, sent.correlation_id)
    assert read.get_data() == kind.example


def test_an_envelope_comes_back_as_it_was_sent() -> None:
    sent = example_envelope(CharterSigned)

    assert read(json.loads(sent.to_json())).received == sent


@pytest.mark.parametrize(
    "attribute",
    [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "sequence",
        "correlationid",
        "actor",
        "traceparent",
        "data",
    ],
)
def test_an_envelope_without_an_attribute_is_unreadable(attribute: str) -> None:
    with pytest.raises(Unreadable, match=attribute):
        read({name: value for name, value in GOOD.items() if name != attribute})


@pytest.mark.parametrize(
    ("attribute", "wrong"),
    [
        ("specversion", "0.3"),
        ("id", ""),
        ("id", 7),
        ("type", "partners.charter.forged.v1"),
        ("type", None),
        ("subject", ""),
        ("subject", "a\0b"),
        ("correlationid", "a\nb"),
        ("time", "2017-11-14T09:30:00"),
        ("time", "yesterday"),
        ("sequence", 0),
        ("sequence", "1"),
        ("sequence", 1.5),
        ("sequence", 2**31),
        ("traceparent", "00-zz-00-01"),
        ("traceparent", GOOD["traceparent"] + "\n"),
        ("datacontenttype", "text/xml"),
        ("data", "text"),
        ("data", None),
        ("data", {}),
        ("data", {**GOOD["data"], "signed_on": "12/09/2017"}),
        ("data", {**GOOD["data"], "organisation_id": "Région"}),
    ],
)
def test_a_wrong_attribute_is_unreadable(attribute: str, wrong: Any) -> None:
    with pytest.raises(Unreadable):
        read({**GOOD, attribute: wrong})


@pytest.mark.parametrize("content_type", [None, "", "application/json", "text/plain", "application/cloudevents+avro"])
def test_another_content_type_is_unreadable(content_type: str | None) -> None:
    with pytest.raises(Unreadable, match="Content type"):
        decode(json.dumps(GOOD).encode(), content_type)


def test_a_content_type_may_say_its_character_set() -> None:
    assert decode(json.dumps(GOOD).encode(), "application/cloudevents+json; charset=UTF-8")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"NaN",
        json.dumps({**GOOD, "more": float("nan")}).encode(),
        json.dumps({**GOOD, "more": "\ud800"}).encode(),
        b'{"id": "1", "id": "2"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_object_by_the_standard_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body, CONTENT_TYPE)


def test_a_readable_envelope_around_wrong_data_is_told_with_the_refusal() -> None:
    with pytest.raises(Unreadable) as refused:
        read({**GOOD, "data": {}})

    assert refused.value.envelope is not None
    assert refused.value.envelope.type == CharterSigned.type


def test_attributes_and_fields_that_nobody_knows_are_ignored() -> None:
    later = {**GOOD, "dataschema": "urn:later", "comingextension": "x", "data": {**GOOD["data"], "coming_field": [1]}}

    assert read(later).state() == GOOD["data"]


@given(cut=some.integers(0, len(json.dumps(GOOD)) - 1))
def test_a_truncated_event_is_unreadable(cut: int) -> None:
    with pytest.raises(Unreadable):
        decode(json.dumps(GOOD).encode()[:cut], CONTENT_TYPE)


@given(body=some.binary(), content_type=some.sampled_from([CONTENT_TYPE, "text/plain", None]))
def test_any_bytes_are_an_event_or_unreadable(body: bytes, content_type: str | None) -> None:
    assert is_event_or_unreadable(body, content_type)


@given(body=JSON)
def test_any_json_is_an_event_or_unreadable(body: Any) -> None:
    assert is_event_or_unreadable(json.dumps(body).encode())


@given(attribute=some.sampled_from(sorted(GOOD)), value=JSON)
def test_any_attribute_is_taken_or_unreadable(attribute: str, value: Any) -> None:
    assert is_event_or_unreadable(json.dumps({**GOOD, attribute: value}).encode())


@given(kind=some.sampled_from(published()), value=JSON, draw=some.data())
def test_any_value_of_any_field_is_taken_or_unreadable(kind: type[Event], value: Any, draw: some.DataObject) -> None:
    field = draw.draw(some.sampled_from(sorted(kind.example)))
    envelope = json.loads(example_envelope(kind).to_json())

    assert is_event_or_unreadable(json.dumps({**envelope, "data": {**envelope["data"], field: value}}).encode())
