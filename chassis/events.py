"""The grammar of the published language: events are frozen dataclasses, enveloped as CloudEvents 1.0 (JSON)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform
from uuid import UUID

import marshmallow as ma
from marshmallow_dataclass import class_schema

from chassis import strict_json
from chassis.context import Cause, child_of, current_cause
from chassis.forms import Form
from chassis.identifiers import new_id
from chassis.money import Money, VatBasis

__all__ = [
    "CONTENT_TYPE",
    "Envelope",
    "Event",
    "Money",
    "Unreadable",
    "VatBasis",
    "decode",
    "encode",
    "event",
    "registry",
]

CONTENT_TYPE = "application/cloudevents+json"


class Unreadable(Exception):
    """These bytes are no event of ours; the message says why, `envelope` is there when that much could be read."""

    def __init__(self, message: str, envelope: "Envelope | None" = None) -> None:
        super().__init__(message)
        self.envelope = envelope


class StateSchema(ma.Schema):
    """Reads what it knows and ignores the rest: adding an optional field is compatible."""

    TYPE_MAPPING = {Decimal: Money}

    class Meta:
        unknown = ma.EXCLUDE


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A CloudEvents 1.0 event as sent; `data` is the event's state as plain JSON values."""

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    correlation_id: str
    causation_id: str | None
    actor: str
    traceparent: str
    data: Mapping[str, Any]

    def cause(self) -> Cause:
        """Give the cause of whatever this event brings about."""
        return Cause(self.correlation_id, str(self.id), self.actor, child_of(self.traceparent))

    def to_json(self) -> str:
        """Write the structured JSON form, with our extensions (CloudEvents 1.0, JSON format 1.0.2)."""
        attributes = {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "sequence": self.sequence,
            "correlationid": self.correlation_id,
            "actor": self.actor,
            "traceparent": self.traceparent,
            "data": self.data,
        }
        if self.causation_id is not None:
            attributes["causationid"] = self.causation_id
        return json.dumps(attributes, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _without_controls(text: str) -> None:
    """Refuse what a CloudEvents string may not hold, and a database not store (CloudEvents 1.0, type system)."""
    if _CONTROLS.search(text):
        raise ma.ValidationError("Control characters are not allowed.")


_TEXT: list[Callable[[str], Any]] = [ma.validate.Length(min=1), _without_controls]
_INTEGER_MAXIMUM = 2**31 - 1
"""The largest CloudEvents integer."""


class EnvelopeSchema(ma.Schema):
    """What the standard and our extensions demand; unknown extensions are allowed, and ignored."""

    specversion = ma.fields.String(required=True, validate=ma.validate.Equal("1.0"))
    id = ma.fields.UUID(required=True)
    source = ma.fields.String(required=True, validate=_TEXT)
    type = ma.fields.String(required=True, validate=_TEXT)
    subject = ma.fields.String(required=True, validate=_TEXT)
    time = ma.fields.AwareDateTime(required=True)
    datacontenttype = ma.fields.String(load_default="application/json", validate=ma.validate.Equal("application/json"))
    sequence = ma.fields.Integer(required=True, strict=True, validate=ma.validate.Range(1, _INTEGER_MAXIMUM))
    correlation_id = ma.fields.String(
        required=True, data_key="correlationid", validate=[ma.validate.Length(1, 100), _without_controls]
    )
    causation_id = ma.fields.String(load_default=None, data_key="causationid", validate=_TEXT)
    actor = ma.fields.String(required=True, validate=_TEXT)
    traceparent = ma.fields.String(
        required=True,
        validate=[ma.validate.Regexp(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"), _without_controls],
    )
    data = ma.fields.Dict(required=True)

    class Meta:
        unknown = ma.EXCLUDE


_ENVELOPE = Form(EnvelopeSchema(), dict)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact with the full state of its subject; `sequence` counts the subject's changes from 1."""

    type: ClassVar[str]
    subject_field: ClassVar[str]
    example: ClassVar[Mapping[str, Any]]

    sequence: int = field(metadata={"load_only": True, "strict": True})
    envelope: Envelope | None = field(
        default=None,
        repr=False,
        compare=False,
        metadata={"marshmallow_field": ma.fields.Raw(load_only=True, load_default=None)},
    )

    @property
    def subject(self) -> str:
        """What the event is about: the value of its subject field."""
        return str(getattr(self, self.subject_field))

    @property
    def received(self) -> Envelope:
        """The envelope it came in.

        Raises ValueError on an event that was not received.
        """
        if self.envelope is None:
            raise ValueError(f"{self.type} has not been announced yet.")
        return self.envelope

    @classmethod
    def publisher(cls) -> str:
        """Give the service that alone may announce it."""
        return cls.type.split(".", 1)[0]

    @classmethod
    def schema(cls) -> ma.Schema:
        """Give the marshmallow schema of its state."""
        return _forms[cls].schema

    def state(self) -> dict[str, Any]:
        """Give the state as plain JSON values."""
        return _forms[type(self)].dump(self)

    @classmethod
    def from_state(cls, data: Mapping[str, Any], *, sequence: int, envelope: Envelope | None = None) -> Self:
        """Read the state.

        Raises marshmallow.ValidationError.
        """
        return cast(Self, _forms[cls].load({**data, "sequence": sequence, "envelope": envelope}))


registry: dict[str, type[Event]] = {}
_forms: dict[type[Event], Form] = {}

E = TypeVar("E", bound=Event)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(wire_name: str, *, subject: str, example: Mapping[str, Any]) -> Callable[[type[E]], type[E]]:
    """Publish a class as an event under its wire name: `publisher.noun.past_participle.version`."""

    def publish(cls: type[E]) -> type[E]:
        published = dataclass(frozen=True, kw_only=True)(cls)
        published.type, published.subject_field, published.example = wire_name, subject, example
        registry[wire_name] = published
        _forms[published] = Form(class_schema(published, base_schema=StateSchema)(), published)
        return published

    return publish


def encode(fact: Event, *, time: datetime, cause: Cause | None = None) -> Envelope:
    """Put a fact into its envelope, answering to `cause` or to the one in force."""
    why = cause or current_cause()
    return Envelope(
        id=new_id(),
        source=f"/{fact.publisher()}",
        type=fact.type,
        subject=fact.subject,
        time=time,
        sequence=fact.sequence,
        correlation_id=why.correlation_id,
        causation_id=why.causation_id,
        actor=why.actor,
        traceparent=why.traceparent,
        data=fact.state(),
    )


def decode(body: bytes, content_type: str | None) -> Event:
    """Read an event as it came from the wire, envelope included.

    Raises Unreadable, whose message says what is wrong, for anything that is not a valid event of a known type.
    """
    if (content_type or "").split(";")[0].strip().lower() != CONTENT_TYPE:
        raise Unreadable(f"Content type {content_type!r} is not {CONTENT_TYPE}.")
    try:
        attributes = strict_json.loads(body)
    except ValueError as error:
        raise Unreadable(f"The body is not JSON: {error}") from error
    try:
        loaded = _ENVELOPE.load(attributes)
        del loaded["specversion"], loaded["datacontenttype"]
        envelope = Envelope(**loaded)
    except ma.ValidationError as error:
        raise Unreadable(f"The envelope is invalid: {error.messages}") from error
    return _open(envelope)


def _open(envelope: Envelope) -> Event:
    kind = registry.get(envelope.type)
    if kind is None:
        raise Unreadable(f"The event type {envelope.type!r} is unknown.", envelope)
    try:
        return kind.from_state(envelope.data, sequence=envelope.sequence, envelope=envelope)
    except ma.ValidationError as error:
        raise Unreadable(f"The data of {envelope.type} is invalid: {error.messages}", envelope) from error
