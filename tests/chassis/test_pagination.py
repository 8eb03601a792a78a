"""Long lists come in pages: nothing is skipped, nothing shown twice, whatever happens in between."""

from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Date, DateTime, Numeric, Uuid, column, select, values

from chassis.database import transaction
from chassis.errors import InvalidInput
from chassis.identity import Role
from chassis.inbox import Decision
from chassis.pagination import PageQuery, page_schema, paginate
from chassis.testing_http import ApiClient
from tests.chassis.bakery_door import Loaf


@pytest.fixture
def auditor(door: ApiClient) -> ApiClient:
    return door.as_(Role.AUDITOR)


def given_loaves(*names: str) -> None:
    with transaction() as session:
        session.add_all(Decision(arrival_id=0, action=name, who="", why="") for name in names)


def walk(client: ApiClient, limit: int) -> list[str]:
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        page: Any = client.get("/v1/loaves", query_string=query).json
        names += [loaf["name"] for loaf in page["items"]]
        assert len(page["items"]) == limit or page["next"] is None
        cursor = page["next"]
    return names


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7, 200])
def test_pages_follow_each_other_without_gap_or_overlap(auditor: ApiClient, limit: int) -> None:
    given_loaves("rye", "épeautre", "rye", "spelt", "a", "rye")

    assert walk(auditor, limit) == ["a", "rye", "rye", "rye", "spelt", "épeautre"]


def test_what_comes_in_between_moves_nothing(auditor: ApiClient) -> None:
    given_loaves("b", "d")
    first: Any = auditor.get("/v1/loaves?limit=1").json

    given_loaves("a", "c")

    second: Any = auditor.get("/v1/loaves", query_string={"limit": 5, "cursor": first["next"]}).json
    assert [loaf["name"] for loaf in second["items"]] == ["c", "d"]


def test_the_next_page_stands_in_the_link_header(auditor: ApiClient) -> None:
    given_loaves("a", "b")

    link = auditor.get("/v1/loaves?limit=1").headers["Link"]

    address, _, relation = link.partition("; ")
    assert relation == 'rel="next"'
    following = auditor.get(address.strip("<>"))
    assert [loaf["name"] for loaf in following.get_json()["items"]] == ["b"]
    assert "Link" not in following.headers


def test_an_empty_list_is_a_page(auditor: ApiClient) -> None:
    assert auditor.get("/v1/loaves").json == {"items": [], "next": None}


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "%%%", "a" * 3000]
    + [
        encoded(text)
        for text in ("{}", "[]", '["a"]', '["a", "b", "c"]', "[1, 2]", '["a", "b"]', '["a", "99999999999999999999"]')
    ]
    + [encoded('["\\u0000", "1"]'), encoded('["\\ud800", "1"]'), encoded("[" * 5000)],
)
def test_a_cursor_that_is_not_ours_is_the_callers_error(auditor: ApiClient, cursor: str) -> None:
    answer = auditor.get("/v1/loaves", query_string={"cursor": cursor})

    assert answer.status_code == 422
    assert "cursor" in answer.text or "too large" in answer.text


@pytest.mark.parametrize("limit", ["0", "201", "many", "-1"])
def test_a_limit_outside_its_bounds_is_pointed_at(auditor: ApiClient, limit: str) -> None:
    answer: Any = auditor.get(f"/v1/loaves?limit={limit}").json

    assert [error["pointer"] for error in answer["errors"]] == ["/limit"]


ROWS = [
    (
        datetime(2018, 3, number + 1, 10, 30, 0, number, tzinfo=UTC),
        date(2018, 3, number + 1),
        Decimal(number) / 4,
        UUID(int=number),
    )
    for number in range(5)
]
KINDS = values(
    column("moment", DateTime(timezone=True)),
    column("day", Date),
    column("amount", Numeric(14, 2)),
    column("id", Uuid),
    name="kinds",
).data(ROWS)


@pytest.mark.parametrize("key", ["moment", "day", "amount", "id"])
@pytest.mark.parametrize("descending", [False, True])
def test_any_kind_of_column_orders_pages_in_both_directions(door: ApiClient, key: str, descending: bool) -> None:
    order = KINDS.c[key].desc() if descending else KINDS.c[key]
    seen: list[Any] = []
    cursor = None
    with transaction() as session:
        for _ in ROWS:
            page = paginate(session, select(KINDS), order, page={"limit": 1, "cursor": cursor})
            seen += [row.id.int for row in page["items"]]
            cursor = page["next"]

    assert cursor is None
    assert seen == ([4, 3, 2, 1, 0] if descending else [0, 1, 2, 3, 4])


def test_keys_that_rise_and_fall_are_a_mistake_of_ours(door: ApiClient) -> None:
    with transaction() as session, pytest.raises(ValueError, match="all ascending"):
        paginate(session, select(KINDS), KINDS.c.day, KINDS.c.id.desc(), page={"limit": 1, "cursor": None})


def test_a_cursor_of_another_list_is_refused(door: ApiClient) -> None:
    cursor = encoded('["not a number"]')

    with transaction() as session, pytest.raises(InvalidInput):
        paginate(session, select(Decision), Decision.id, page={"limit": 1, "cursor": cursor})


def test_one_schema_has_one_page_schema() -> None:
    assert page_schema(Loaf) is page_schema(Loaf)
    assert page_schema(Loaf).__name__ == "LoafPage"
    assert PageQuery().load({}) == {"limit": 50, "cursor": None}
