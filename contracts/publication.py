"""Writes the published language down for others: `docs/asyncapi.yaml`, and the released JSON Schemas.

Run `python -m contracts.publication` after a change of `contracts/`; it refuses what would break readers within a
version. Nothing at run time needs it.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from inspect import getdoc
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from chassis.events import CONTENT_TYPE, Envelope, Event
from contracts.compatibility import breaking_changes
from contracts.schema import (
    ENVELOPE,
    PUBLISHERS,
    REFERENCE,
    definitions,
    envelope_schema,
    published,
    state_name,
    state_schema,
)

SCHEMAS = Path(__file__).parent / "schemas"
ASYNCAPI = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"

UNRELEASED = "--unreleased"
"""The word that lets a schema break which nobody has been given yet."""

ABOUT = """\
What Entente's services tell each other by RabbitMQ, where only they and systems of the authority's own read: it carries
what concerns any partner. A partner's webhooks carry, in the same form, what that partner is party to.
Each event carries the full state of its subject and a `sequence` that counts the subject's changes: apply an event only
if it is newer than what you hold, and neither order nor repetition matters. Ignore fields that you do not know: adding
an optional one is not a new version. Money is a string in euros with two decimals, always beside its VAT basis.
"""


def example_envelope(kind: type[Event]) -> Envelope:
    """Put an event's example into an envelope, the same each time."""
    return Envelope(
        id=UUID("0198c9a0-0000-7000-8000-0000000000ff"),
        source=f"/{kind.publisher()}",
        type=kind.type,
        subject=str(kind.example[kind.subject_field]),
        time=datetime(2017, 11, 14, 9, 30, tzinfo=UTC),
        sequence=1,
        correlation_id="0198c9a0-0000-7000-8000-0000000000fe",
        causation_id=None,
        actor="person:0198c9a0-0000-7000-8000-000000000040",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        data=kind.example,
    )


def asyncapi() -> dict[str, Any]:
    """Give the AsyncAPI 3.0 document of the published language."""
    events = published()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Entente's events",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "EUPL-1.2", "url": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12"},
            "tags": [{"name": name, "description": getdoc(module)} for name, module in PUBLISHERS.items()],
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {kind.type: _channel(kind) for kind in events},
        "operations": dict(operation for kind in events for operation in _operations(kind)),
        "components": {"messages": {kind.__name__: _message(kind) for kind in events}, "schemas": definitions()},
    }


def _channel(kind: type[Event]) -> dict[str, Any]:
    exchange = {"name": f"{kind.publisher()}.events", "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": kind.type,
        "title": kind.__name__,
        "description": f"Routing key on the topic exchange {exchange['name']}.",
        "tags": [{"name": kind.publisher()}],
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operations(kind: type[Event]) -> list[tuple[str, dict[str, Any]]]:
    """Give the publisher's sending, and any subscriber's receiving; who does is in docs/topology.txt."""
    place = {
        "channel": {"$ref": f"#/channels/{kind.type}"},
        "messages": [{"$ref": f"#/channels/{kind.type}/messages/{kind.__name__}"}],
    }
    announce = {
        "action": "send",
        "summary": f"{kind.publisher()} alone announces it.",
        **place,
        "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": "0.3.0"}},
    }
    follow = {
        "action": "receive",
        "summary": "A subscriber takes it from a durable queue of its own and acknowledges what it has stored.",
        **place,
        "bindings": {"amqp": {"ack": True, "bindingVersion": "0.3.0"}},
    }
    return [(f"announce_{kind.__name__}", announce), (f"follow_{kind.__name__}", follow)]


def _message(kind: type[Event]) -> dict[str, Any]:
    narrowed = {
        "type": {"const": kind.type},
        "source": {"const": f"/{kind.publisher()}"},
        "data": {"$ref": f"{REFERENCE}{state_name(kind)}"},
    }
    return {
        "name": kind.type,
        "title": kind.__name__,
        "summary": getdoc(kind),
        "description": f"Its subject is `{kind.subject_field}`.",
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlationid"},
        "tags": [{"name": kind.publisher()}],
        "payload": {"allOf": [{"$ref": f"{REFERENCE}{ENVELOPE}"}, {"type": "object", "properties": narrowed}]},
        "examples": [{"name": kind.__name__, "payload": json.loads(example_envelope(kind).to_json())}],
    }


def schemas() -> dict[str, Any]:
    """Give today's JSON Schemas by the name of their file."""
    return {
        **{f"{kind.type}.json": state_schema(kind) for kind in published()},
        "envelope.json": envelope_schema(),
    }


def released(folder: Path = SCHEMAS) -> dict[str, Any]:
    """Read the JSON Schemas as released, by the name of their file."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def broken_promises(promised: Mapping[str, Any], todays: Mapping[str, Any]) -> list[str]:
    """Say what today's schemas break of the released ones, one sentence each."""
    gone = [f"{name}: no longer published." for name in sorted(promised.keys() - todays.keys())]
    return gone + [
        f"{name}{sentence}"
        for name in sorted(promised.keys() & todays.keys())
        for sentence in breaking_changes(promised[name], todays[name])
    ]


def written(document: Mapping[str, Any]) -> str:
    """Write a document as YAML, in its own order, each thing written out where it stands."""
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


class _Plain(yaml.SafeDumper):
    """Writes for people: no anchors, paragraphs as paragraphs."""

    def ignore_aliases(self, data: Any) -> bool:
        """Repeat rather than refer."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)


def publish(document: Path = ASYNCAPI, folder: Path = SCHEMAS, *, even_breaking: bool = False) -> list[str]:
    """Write the document and the schemas; give what forbids it, in which case nothing is written."""
    promised, todays = released(folder), schemas()
    broken = broken_promises(promised, todays)
    if broken and not even_breaking:
        return [*broken, f"Publish a new version of the event instead; what was never released: {UNRELEASED}."]
    document.write_text(written(asyncapi()), "utf-8")
    for name in promised.keys() - todays.keys():
        (folder / name).unlink()
    for name, schema in todays.items():
        (folder / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return []


if __name__ == "__main__":
    sys.exit("\n".join(publish(even_breaking=UNRELEASED in sys.argv[1:])) or 0)
