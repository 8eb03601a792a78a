"""The description of the HTTP door: complete, valid, and readable without asking any other host."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from chassis.testing_http import ApiClient


@pytest.fixture
def document(door: ApiClient) -> dict[str, Any]:
    answer: dict[str, Any] = door.get("/openapi.json").get_json()
    return answer


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        below = [found for each in node.values() for found in references(each)]
        return [node["$ref"], *below] if "$ref" in node else below
    return [found for each in node for found in references(each)] if isinstance(node, list) else []


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert references(document)
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_each_route_is_described_once_with_those_who_may(document: dict[str, Any], door: ApiClient) -> None:
    described = [
        each["operationId"] for path in document["paths"].values() for each in path.values() if "responses" in each
    ]

    assert sorted(described) == sorted(door.app.extensions["rights"])
    assert document["paths"]["/v1/loaves"]["post"]["x-roles"] == {"programme_office": "all"}
    assert document["paths"]["/v1/loaves"]["get"]["x-roles"]["partner"] == "own"
    assert document["paths"]["/v1/loaves/smell"]["get"]["security"] == []


def test_a_repeatable_post_asks_for_its_key(document: dict[str, Any]) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}

    assert key in document["paths"]["/v1/loaves"]["post"]["parameters"]
    assert key not in document["paths"]["/v1/failures/retry"]["post"]["parameters"]


def test_every_failure_is_described_as_problem_details(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/loaves"]["post"]["responses"]

    assert responses["422"] == responses["default"] == {"$ref": "#/components/responses/Problem"}
    assert list(document["components"]["responses"]["Problem"]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("call", "gives", "never"),
    [
        (("/v1/loaves", "post"), {"400", "401", "403", "409", "413", "415", "422", "429", "503"}, {"412", "428"}),
        (("/v1/loaves", "get"), {"401", "403", "422"}, {"404", "409", "413", "415"}),
        (("/v1/loaves/smell", "get"), {"429", "503"}, {"401", "403", "404", "409", "422"}),
        (("/healthz", "get"), {"429"}, {"401", "503"}),
        (("/v1/failures/{number}", "get"), {"404", "422"}, {"409", "428"}),
    ],
)
def test_each_call_is_described_with_the_errors_that_it_can_give(
    document: dict[str, Any], call: tuple[str, str], gives: set[str], never: set[str]
) -> None:
    described = set(document["paths"][call[0]][call[1]]["responses"])

    assert gives - described == set()
    assert never & described == set()


def test_an_amount_is_described_as_a_string_with_its_pattern(document: dict[str, Any]) -> None:
    price = document["components"]["schemas"]["Loaf"]["properties"]["price"]

    assert (price["type"], price["example"]) == (["string", "null"], "12000.00")
    assert re.match(price["pattern"], "12.34")
    assert not re.match(price["pattern"], "12.345")


class Page(HTMLParser):
    """What a page asks of hosts, and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.asked += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_shows_every_call_and_asks_no_other_host(door: ApiClient) -> None:
    answer = door.get("/docs")
    page = Page(answer.text)

    assert answer.status_code == 200
    assert [address for address in page.asked if not address.startswith(("#", "/openapi.json"))] == []
    assert "script" not in page.tags
    assert "url(" not in answer.text
    for shown in (
        "POST /v1/loaves",
        "GET /v1/events/stream",
        "Idempotency-Key",
        "programme_office",
        "partner (its own only)",
    ):
        assert shown in answer.text


def test_the_page_gives_an_example_of_each_body(door: ApiClient) -> None:
    blocks = re.findall(r"<pre><code>(.*?)</code></pre>", door.get("/docs").text, re.DOTALL)

    assert {"name": "…", "price": "12000.00", "ovens": [{"heat": 1}]} in [json.loads(unescape(each)) for each in blocks]


def test_the_pages_own_style_is_the_only_one_allowed(door: ApiClient) -> None:
    answer = door.get("/docs")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)

    assert style
    allowed = b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{allowed}'" in answer.headers["Content-Security-Policy"]
