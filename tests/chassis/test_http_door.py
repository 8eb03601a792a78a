"""The HTTP door: strict in, problem details out, rights by table, cause and version carried through."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from chassis.database import transaction
from chassis.http import create_app
from chassis.identifiers import new_id
from chassis.identity import Reach, Role
from chassis.observability import log_fault
from chassis.request import asked_because
from chassis.service import Service, serving
from chassis.testing_http import ApiClient, strangers_are_refused, walk_rights
from tests.chassis.bakery_door import RIGHTS, a_client, loaves

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def office(door: ApiClient) -> ApiClient:
    return door.as_(Role.PROGRAMME_OFFICE)


def problem_of(answer: TestResponse) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.data)
    assert problem["status"] == answer.status_code
    assert problem["correlation_id"] == answer.headers["X-Correlation-Id"]
    return problem


def send(client: ApiClient, body: bytes | str, content_type: str = "application/json") -> TestResponse:
    return client.post("/v1/loaves", data=body, content_type=content_type)


def test_a_refusal_says_what_is_wrong_and_what_to_do(office: ApiClient) -> None:
    answer = office.post("/v1/loaves", json={"name": "burnt"})

    assert problem_of(answer) == {
        "type": "urn:entente:problem:rule-broken",
        "title": "A rule forbids this",
        "status": 409,
        "detail": "It burnt: bake another one.",
        "instance": "/v1/loaves",
        "correlation_id": answer.headers["X-Correlation-Id"],
        "minutes": 5,
    }


def test_every_wrong_value_is_pointed_at(office: ApiClient) -> None:
    wrong = {"price": "12.345", "ovens": [{"heat": 200}, {"heat": "hot", "a/b~c": 1}]}

    answer = office.post("/v1/loaves", json=wrong)

    assert answer.status_code == 422
    assert {error["pointer"] for error in problem_of(answer)["errors"]} == {
        "/name",
        "/price",
        "/ovens/1/heat",
        "/ovens/1/a~1b~0c",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1,",
        b'{"price": NaN}',
        b'{"heat": Infinity}',
        b'{"heat": 1e999}',
        b'{"name": "a", "name": "b"}',
        b'{"name": "\\ud800"}',
        '{"name": "é"}'.encode("latin-1"),
        '{"name": "a"}'.encode("utf-16"),
        b"[" * 9_000,
    ],
)
def test_what_is_no_json_is_not_read(office: ApiClient, body: bytes) -> None:
    answer = send(office, body)

    assert problem_of(answer)["type"] == "urn:entente:problem:malformed"
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [b"null", b"[]", b'"a"', b"7"])
def test_json_that_is_no_object_is_invalid(office: ApiClient, body: bytes) -> None:
    assert problem_of(send(office, body))["status"] == 422


def test_an_escaped_pair_of_surrogates_is_a_character(office: ApiClient) -> None:
    answer = send(office, b'{"name": "\\ud83e\\udd56"}')

    assert json.loads(answer.data)["name"] == "🥖"
    assert "🥖".encode() in answer.data


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", ""])
def test_a_body_of_another_kind_is_refused(office: ApiClient, kind: str) -> None:
    assert problem_of(send(office, b'{"name": "rye"}', kind))["status"] == 415


@pytest.mark.parametrize("text", ['{"name": "nu\\u0000ll"}'])
def test_a_character_that_cannot_be_stored_is_the_callers_error(office: ApiClient, text: str) -> None:
    assert problem_of(send(office, text))["status"] == 422


@pytest.mark.parametrize("path", ["/v1/loaves/no%00thing", "/v1/loaves?cursor=%00"])
def test_a_null_character_in_an_address_is_refused(office: ApiClient, path: str) -> None:
    assert problem_of(office.get(path))["status"] == 400


def test_a_large_body_is_refused(office: ApiClient) -> None:
    assert problem_of(send(office, b'{"name": "' + b"a" * 20_000 + b'"}'))["status"] == 413


def test_a_body_that_hides_its_length_is_refused_rather_than_cut(office: ApiClient) -> None:
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}

    answer = office.post("/v1/loaves", data=b"a" * 20_000, content_type="application/json", environ_overrides=chunked)

    assert problem_of(answer)["status"] == 411


def test_what_is_not_there_is_not_found(office: ApiClient) -> None:
    assert problem_of(office.get("/v1/crumbs"))["status"] == 404
    assert problem_of(office.get("/v1/loaves/2"))["detail"] == "No such loaf."


def test_an_address_is_found_with_or_without_a_last_slash(office: ApiClient) -> None:
    assert office.get("/v1/loaves").status_code == office.get("/v1/loaves/").status_code == 200
    assert office.get("/v1/elsewhere/").status_code == 404


def test_another_method_says_which_are_allowed(office: ApiClient) -> None:
    answer = office.delete("/v1/loaves")

    assert problem_of(answer)["status"] == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_a_fault_tells_nothing_outside_and_everything_in_the_log(door: ApiClient) -> None:
    with capture_logs() as lines:
        answer = door.get("/v1/loaves/fall")

    fault = next(line for line in lines if line["event"] == "request failed")
    assert problem_of(answer)["status"] == 500
    assert b"recipe" not in answer.data
    assert fault["exc_info"] is True
    assert fault["correlation_id"] == answer.headers["X-Correlation-Id"]


def test_a_database_that_is_gone_is_said_as_such(bakery_for_a_file: tuple[Service, ApiClient]) -> None:
    service, _ = bakery_for_a_file
    nowhere = replace(service.settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    gone = a_client(Service.of("bakery", nowhere))

    answer = gone.as_(Role.AUDITOR).get("/v1/loaves")

    assert problem_of(answer)["status"] == 503
    assert answer.headers["Retry-After"] == "2"
    assert gone.get("/readyz").status_code == 503
    assert gone.get("/healthz").status_code == 200


def test_one_caller_may_not_ask_without_end(bakery_for_a_file: tuple[Service, ApiClient]) -> None:
    service, _ = bakery_for_a_file
    slow = a_client(replace(service, settings=replace(service.settings, requests_per_minute=3)))
    greedy, modest = slow.as_(Role.AUDITOR, subject="greedy"), slow.as_(Role.AUDITOR, subject="modest")

    answers = [greedy.get("/v1/loaves/1") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 21
    assert problem_of(answers[-1])["type"] == "urn:entente:problem:too-many-requests"
    assert modest.get("/v1/loaves/1").status_code == 200


def test_without_a_token_one_is_asked_for_it(door: ApiClient) -> None:
    answer = door.get("/v1/loaves/1")

    assert problem_of(answer)["status"] == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="entente"'


def test_a_crooked_token_is_said_to_be_one(door: ApiClient) -> None:
    answer = door.get("/v1/loaves/1", headers={"Authorization": "Bearer a.b.c"})

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_role_that_the_table_does_not_name_may_not(door: ApiClient) -> None:
    answer = door.as_(Role.AUDITOR).post("/v1/loaves", json={"name": "rye"})

    assert problem_of(answer)["type"] == "urn:entente:problem:forbidden"


def test_a_token_for_reading_does_not_write(office: ApiClient) -> None:
    reader = office.as_(Role.PROGRAMME_OFFICE, scopes=frozenset({"read"}))

    assert reader.get("/v1/loaves").status_code == 200
    assert reader.post("/v1/loaves", json={"name": "rye"}).status_code == 403


def test_a_view_knows_its_caller_and_how_far_the_right_goes(office: ApiClient) -> None:
    answer = office.as_(Role.PROGRAMME_OFFICE, subject="odile").get("/v1/loaves/1")

    assert answer.json == {"who": "odile", "reach": "all"}


def test_the_table_of_rights_holds_at_every_door(door: ApiClient) -> None:
    assert walk_rights(door) == [
        "loaves.fall as nobody: 500",
        *(f"loaves.fall as {role}: 500" for role in Role),
    ]


def test_a_hole_in_the_table_is_found_by_the_walk(door: ApiClient) -> None:
    table = door.app.extensions["rights"]
    promised = {**table, "loaves.show": {Role.AUDITOR: Reach.ALL}}

    door.app.extensions["rights"] = promised
    try:
        found = walk_rights(door)
    finally:
        door.app.extensions["rights"] = table

    assert "loaves.show as partner: 404" in found
    assert "loaves.show as auditor: 404" not in found


def test_a_stranger_gets_not_found_where_a_partner_sees_its_own(door: ApiClient) -> None:
    assert strangers_are_refused(door, {}) == ["loaves.show: no example"]
    assert strangers_are_refused(door, {"loaves.show": {"path": "/v1/loaves/1"}}) == []


@pytest.mark.parametrize("change", [{"loaves.show": None}, {"loaves.eat": {Role.AUDITOR: Reach.ALL}}])
def test_a_route_outside_the_table_does_not_start(door: ApiClient, change: dict[str, Any]) -> None:
    rights = {name: right for name, right in {**RIGHTS, **change}.items() if right}

    with pytest.raises(ValueError, match=next(iter(change))):
        create_app(door.service, title="Bakery", blueprints=[loaves], rights=rights)


def test_a_correlation_goes_through_or_is_given(door: ApiClient) -> None:
    mine = door.get("/v1/loaves/smell", headers={"X-Correlation-Id": "order-66"})
    crooked = door.get("/v1/loaves/smell", headers={"X-Correlation-Id": "a b"})

    assert mine.headers["X-Correlation-Id"] == "order-66"
    assert len(crooked.headers["X-Correlation-Id"]) == 36


@pytest.mark.parametrize(
    ("traceparent", "followed"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", True),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-what-comes-later", True),
        (f"00-{TRACE}-00f067aa0ba902b7-01-more", False),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", False),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        ("nonsense", False),
    ],
)
def test_a_well_formed_trace_is_followed_one_span_further(traceparent: str, followed: bool) -> None:
    given = asked_because({"HTTP_TRACEPARENT": traceparent}, "odile").traceparent

    version, trace, span, flags = given.split("-")
    assert (version, trace == TRACE) == ("00", followed)
    assert span != "00f067aa0ba902b7"
    assert len(flags) == 2


def test_a_statement_that_fails_leaves_no_value_of_it_in_the_log(door: ApiClient, logged: io.StringIO) -> None:
    said = {"address": "jeanne.martin@example.org"}
    with serving(door.service), transaction() as session:
        try:
            session.execute(text("SELECT CAST(:address AS text), 1 / 0"), said)
        except DataError:
            log_fault("request failed")

    assert "division by zero" in logged.getvalue()
    assert "jeanne" not in logged.getvalue()


def test_a_request_leaves_one_line_without_its_secrets(office: ApiClient, logged: io.StringIO) -> None:
    office.get("/v1/loaves?cursor=secret", headers={"X-Correlation-Id": "order-67"})

    (line,) = map(json.loads, logged.getvalue().splitlines())
    assert (line["service"], line["method"], line["status"], line["correlation_id"]) == (
        "bakery",
        "GET",
        422,
        "order-67",
    )
    assert line["actor"] == "test-programme_office"
    assert len(line["request_id"]) == 16
    assert "secret" not in logged.getvalue()
    assert "eyJ" not in logged.getvalue()


def test_every_answer_tells_browsers_to_be_careful(door: ApiClient) -> None:
    for path in ("/v1/loaves/smell", "/nowhere", "/docs", "/v1/loaves/fall"):
        headers = door.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"


def test_a_change_names_the_version_it_speaks_of(office: ApiClient) -> None:
    tag = office.get("/v1/loaves/1").headers["ETag"]
    statuses = {
        given: office.put("/v1/loaves/1", json={"name": "rye"}, headers=headers).status_code
        for given, headers in {
            "nothing": {},
            "this version": {"If-Match": tag},
            "one of several": {"If-Match": f'"3", {tag}'},
            "any": {"If-Match": "*"},
            "another version": {"If-Match": '"6"'},
            "a weak tag": {"If-Match": f"W/{tag}"},
        }.items()
    }

    assert statuses == {
        "nothing": 428,
        "this version": 200,
        "one of several": 200,
        "any": 200,
        "another version": 412,
        "a weak tag": 412,
    }


def test_somebody_unknown_is_nobody(door: ApiClient) -> None:
    stranger = door.as_(Role.PARTNER, new_id())

    assert problem_of(stranger.get("/v1/loaves/1"))["status"] == 404
