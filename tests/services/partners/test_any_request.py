"""Whatever is asked of the door of partners, by whomever: no server error, and no answer that its description lacks."""

import os
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.testing_http import ApiClient

pytestmark = pytest.mark.needs_postgresql

EXAMPLES = int(os.environ.get("ANY_REQUEST_EXAMPLES", "12"))
"""Requests to each operation, by callers of every kind in turn; by hand, ask for hundreds."""


def test_no_request_breaks_the_door_and_every_status_is_described(door: ApiClient) -> None:
    callers = [door, *(door.as_(role, new_id() if role is Role.PARTNER else None) for role in Role)]
    schema = schemathesis.openapi.from_dict(door.get("/openapi.json").get_json())
    wrong: set[str] = set()

    for each in schema.get_all_operations():
        operation = cast("Any", each).ok()

        @seed(20171020)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), caller=st.sampled_from(callers), key=st.uuids())
        def ask(case: schemathesis.Case, caller: ApiClient, key: object) -> None:
            wrong.update(complaints(caller, case, str(key)))

        ask()

    assert wrong == set()


def complaints(client: ApiClient, case: schemathesis.Case, key: str) -> list[str]:
    """Call as the case says; give what is wrong with the answer."""
    headers: dict[str, Any] = {**dict(case.headers or {}), "Idempotency-Key": key, "If-Match": '"1"'}
    sent = case.as_transport_kwargs(headers=headers)
    headers = {name: str(value) for name, value in sent["headers"].items() if name.lower() != "authorization"}
    body = {"json": sent["json"]} if sent.get("json") is not None else {"data": sent.get("data")}
    answer = client.call(case.method, case.formatted_path, headers=headers, query_string=case.query, **body)
    described = case.operation.definition.raw["responses"]
    place = f"{case.method} {case.path}: {answer.status_code}"
    return [place] if answer.status_code >= 500 or str(answer.status_code) not in described else []
