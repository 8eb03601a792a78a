"""docs/asyncapi.yaml: today's, valid for the reference parser, and true of its own examples."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, FormatChecker

from contracts import publication

READER = Path(__file__).parents[1] / "javascript" / "read-asyncapi.mjs"
DOCUMENT: dict[str, Any] = yaml.load(publication.ASYNCAPI.read_text("utf-8"), yaml.CSafeLoader)


def read_by_the_reference_parser(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", str(READER), str(path)], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.unit
def test_the_document_is_todays() -> None:
    todays = publication.written(publication.asyncapi())

    assert publication.ASYNCAPI.read_text("utf-8") == todays, "Run `python -m tests.contracts.papers`."


@pytest.mark.unit
def test_the_document_says_the_same_in_yaml() -> None:
    assert publication.asyncapi() == DOCUMENT


@pytest.mark.needs_node
def test_the_reference_parser_reads_the_document() -> None:
    result = read_by_the_reference_parser(publication.ASYNCAPI)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{len(DOCUMENT['channels'])} messages in {len(DOCUMENT['channels'])} channels\n"


@pytest.mark.needs_node
def test_the_reference_parser_refuses_a_broken_document(tmp_path: Path) -> None:
    broken = {
        "asyncapi": "3.0.0",
        "info": {"title": "An operation without a channel", "version": "1"},
        "operations": {"announce": {"action": "shout", "channel": {"$ref": "#/channels/nowhere"}}},
    }
    (tmp_path / "asyncapi.yaml").write_text(publication.written(broken), "utf-8")

    result = read_by_the_reference_parser(tmp_path / "asyncapi.yaml")

    assert result.returncode == 1
    assert "operations/announce" in result.stderr


@pytest.mark.unit
@pytest.mark.parametrize("message", DOCUMENT["components"]["messages"].values(), ids=lambda message: message["name"])
def test_every_message_shows_an_example_that_its_payload_allows(message: dict[str, Any]) -> None:
    payload = {**message["payload"], "components": DOCUMENT["components"]}

    validator = Draft7Validator(payload, format_checker=FormatChecker())

    assert [error.message for error in validator.iter_errors(message["examples"][0]["payload"])] == []
    assert not validator.is_valid({**message["examples"][0]["payload"], "type": "another"})


@pytest.mark.unit
def test_every_channel_is_its_publishers_topic_exchange() -> None:
    for address, channel in DOCUMENT["channels"].items():
        amqp = channel["bindings"]["amqp"]
        assert (channel["address"], amqp["is"]) == (address, "routingKey")
        assert (amqp["exchange"]["name"], amqp["exchange"]["type"]) == (f"{address.split('.')[0]}.events", "topic")
        assert [operation["action"] for operation in _operations(address)] == ["send", "receive"]


def _operations(address: str) -> list[dict[str, Any]]:
    reference = {"$ref": f"#/channels/{address}"}
    return [operation for operation in DOCUMENT["operations"].values() if operation["channel"] == reference]
