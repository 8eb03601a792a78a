"""A POST that is repeated has its effect once, and its answer each time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from chassis import idempotency
from chassis.database import transaction
from chassis.idempotency import IdempotencyKey, purge
from chassis.identity import Role
from chassis.inbox import Decision
from chassis.testing_http import ApiClient
from tests.chassis import bakery_door

KEY = "a-key-of-the-callers-own"


@pytest.fixture
def office(door: ApiClient) -> ApiClient:
    return door.as_(Role.PROGRAMME_OFFICE)


def bake(client: ApiClient, name: str = "rye", **options: Any) -> Any:
    return client.post("/v1/loaves", json={"name": name}, **{"idempotency_key": KEY, **options})


def count(table: type[Decision] | type[IdempotencyKey]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_call_has_one_effect_and_the_same_answer(office: ApiClient) -> None:
    first, again = bake(office), bake(office)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert {name: again.headers[name] for name in ("Content-Type", "ETag", "Location")} == {
        "Content-Type": "application/json",
        "ETag": '"1"',
        "Location": f"/v1/loaves/{first.json['id']}",
    }
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count(Decision) == 1


def test_a_replay_answers_to_its_own_correlation(office: ApiClient) -> None:
    bake(office, headers={"X-Correlation-Id": "first"})

    assert bake(office, headers={"X-Correlation-Id": "second"}).headers["X-Correlation-Id"] == "second"


def test_another_body_under_the_same_key_is_refused(office: ApiClient) -> None:
    bake(office, "rye")

    answer = bake(office, "spelt")

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "urn:entente:problem:idempotency-key-reused"
    assert count(Decision) == 1


def test_a_key_belongs_to_its_caller(door: ApiClient) -> None:
    bake(door.as_(Role.PROGRAMME_OFFICE, subject="odile"))

    assert "Idempotency-Replayed" not in bake(door.as_(Role.PROGRAMME_OFFICE, subject="omar"), "spelt").headers
    assert count(Decision) == 2


@pytest.mark.parametrize("key", [None, "short", "é" * 8, "a" * 256, "with spaces in it"])
def test_without_a_usable_key_one_is_told_what_to_send(office: ApiClient, key: str | None) -> None:
    headers = {"Idempotency-Key": key.encode().decode("latin-1")} if key else {}

    answer = office.post("/v1/loaves", json={"name": "rye"}, idempotency_key=None, headers=headers)

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.get_json()["detail"]
    assert count(Decision) == 0


def test_a_failed_call_leaves_nothing_and_may_be_repeated(office: ApiClient) -> None:
    assert bake(office, "burnt").status_code == 409
    assert (count(Decision), count(IdempotencyKey)) == (0, 0)

    assert bake(office, "rye").status_code == 201


@pytest.fixture
def slow_oven(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """An oven that says when a loaf is in it, and waits to be opened."""
    inside, opened = threading.Event(), threading.Event()

    def wait(sequence: int) -> None:
        inside.set()
        assert opened.wait(10)

    monkeypatch.setattr(bakery_door, "entity_tag", wait)
    yield inside, opened
    opened.set()


def test_the_same_call_at_the_same_moment_is_refused(
    office: ApiClient, slow_oven: tuple[threading.Event, threading.Event]
) -> None:
    inside, opened = slow_oven
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bake, office)
        assert inside.wait(10)
        second = bake(office)
        opened.set()

    assert second.status_code == 409
    assert second.get_json()["type"] == "urn:entente:problem:still-being-answered"
    assert second.headers["Retry-After"] == "1"
    assert first.result().status_code == 201
    assert count(Decision) == 1


def test_a_kept_answer_cannot_be_read_without_the_callers_key(office: ApiClient) -> None:
    bake(office, "a secret recipe")

    with transaction() as session:
        (kept,) = session.scalars(select(IdempotencyKey))
        stored = b"".join((kept.name, kept.fingerprint, kept.answer))
    assert b"recipe" not in stored
    assert KEY.encode() not in stored


def test_answers_are_forgotten_after_a_week(office: ApiClient) -> None:
    bake(office, idempotency_key="an-older-call")
    bake(office, idempotency_key="a-newer-call")
    with transaction() as session:
        first = select(IdempotencyKey.name).order_by(IdempotencyKey.kept_at).limit(1).scalar_subquery()
        age = IdempotencyKey.kept_at - timedelta(days=7, minutes=1)
        session.execute(update(IdempotencyKey).where(IdempotencyKey.name == first).values(kept_at=age))

    with transaction() as session:
        purge(session)

    assert count(IdempotencyKey) == 1


def test_old_answers_leave_by_themselves_as_new_ones_come(office: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_next_purge", {})
    with transaction() as session:
        session.add(IdempotencyKey(name=b"old", fingerprint=b"", answer=b""))
        session.flush()
        session.execute(text("UPDATE idempotency_keys SET kept_at = now() - interval '8 days'"))

    bake(office)

    assert count(IdempotencyKey) == 1
