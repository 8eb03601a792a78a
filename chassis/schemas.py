"""What operators send and see, in every service."""

import json
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from chassis import inbox, stream
from chassis.pagination import PageQuery, page_schema

_count = ma.fields.Integer
_moment = ma.fields.AwareDateTime
_text = ma.fields.String


class EventFilter(ma.Schema):
    """Which events are wanted."""

    type = _text(load_default=None, metadata={"example": "partners.convention.signed.v1"})
    correlation_id = _text(load_default=None)
    cursor = _text(load_default=None, metadata={"description": "The `next` or `cursor` to go on after."})


class EventQuery(EventFilter, PageQuery):
    """Which page of the events is wanted."""

    newest = ma.fields.Boolean(load_default=False, metadata={"description": "The last ones, still in order."})


class RecordedEvent(ma.Schema):
    """An announced event: its envelope as published (CloudEvents 1.0), and when."""

    cursor = ma.fields.Function(stream.position, metadata={"type": "string"})
    event = ma.fields.Function(lambda row: json.loads(row.body), metadata={"type": "object"})
    recorded_at = _moment()
    published_at = _moment(allow_none=True)


class EventPage(page_schema(RecordedEvent)):  # type: ignore[misc]
    """A page of events; `horizon_seconds` is the age of the oldest open transaction, which hides younger events."""

    horizon_seconds = ma.fields.Float(required=True)


class ArrivalSummary(ma.Schema):
    """An event that came to a subscription, and how it ended."""

    id = _count()
    subscription = _text()
    event_id = _text(attribute="event_key")
    type = _text(allow_none=True)
    subject = _text(allow_none=True)
    sequence = _count(allow_none=True)
    correlation_id = _text(allow_none=True)
    causation_id = _text(allow_none=True)
    status = _text(validate=ma.validate.OneOf(list(inbox.Status)))
    attempts = _count()
    next_attempt_at = _moment(allow_none=True)
    error_class = _text(allow_none=True)
    error_message = _text(allow_none=True)
    received_at = _moment()
    finished_at = _moment(allow_none=True)


class DecisionOut(ma.Schema):
    """What an operator decided: who, when, why."""

    action = _text()
    who = _text()
    why = _text()
    decided_at = _moment()


class Failure(ArrivalSummary):
    """A failing event whole: its trace, its message as it came, and what was decided of it."""

    group = _text()
    error_trace = _text(allow_none=True)
    content_type = _text(allow_none=True)
    body = ma.fields.Function(
        lambda arrival: (arrival.body or b"").decode("utf-8", "backslashreplace"),
        metadata={"type": "string", "description": "As it came; bytes that are not UTF-8 as \\xNN."},
    )
    decisions = ma.fields.List(ma.fields.Nested(DecisionOut))


class Trace(ma.Schema):
    """What this service announced and received under one correlation; `complete` is false if there is more."""

    service = _text()
    announced = ma.fields.List(ma.fields.Nested(RecordedEvent))
    arrived = ma.fields.List(ma.fields.Nested(ArrivalSummary))
    complete = ma.fields.Boolean()


class FailureQuery(PageQuery):
    """Which failing events are wanted."""

    status = ma.fields.Enum(inbox.Status, by_value=True, load_default=None)
    group = _text(load_default=None)


class FailureGroup(ma.Schema):
    """Failing events of one subscription with one class of error."""

    key = _text()
    subscription = _text()
    error_class = _text(allow_none=True)
    error_message = _text(allow_none=True)
    retrying = _count()
    quarantined = _count()
    since = _moment()


class FailureGroups(ma.Schema):
    """All groups, the largest first."""

    items = ma.fields.List(ma.fields.Nested(FailureGroup))


class Mending(ma.Schema):
    """Which failing events, by number or by group, and why."""

    failures = ma.fields.List(_count(strict=True), load_default=list, validate=ma.validate.Length(max=1000))
    group = _text(load_default=None)
    reason = _text(required=True, validate=ma.validate.Length(1, 1000), metadata={"example": "The line exists now."})

    @ma.validates_schema
    def one_of_both(self, mending: Mapping[str, Any], **_: Any) -> None:
        """Refuse both and neither."""
        if bool(mending["failures"]) == bool(mending["group"]):
            raise ma.ValidationError("Name either `failures`, a list of numbers, or one `group`.")


class Mended(ma.Schema):
    """How many events it was done to."""

    count = _count()


class ServiceStatus(ma.Schema):
    """How the event door of this service stands; durations in seconds."""

    service = _text()
    outbox_rows = _count(metadata={"description": "Events not yet published."})
    outbox_lag_seconds = ma.fields.Float(metadata={"description": "Age of the oldest of them."})
    horizon_seconds = ma.fields.Float(metadata={"description": "Age of the oldest open transaction."})
    retrying = _count()
    quarantined = _count()
