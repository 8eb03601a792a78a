"""What operators ask and do: events by cursor and as they come, traces, failures mended, health, measures."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, text

from chassis import observability, outbox, stream
from chassis.context import Cause, acting, new_traceparent
from chassis.database import transaction
from chassis.health import readiness
from chassis.identity import Role
from chassis.inbox import Arrival, Decision, Status
from chassis.outbox import announce
from chassis.service import serving
from chassis.testing import history
from chassis.testing_http import ApiClient
from tests.chassis.bakery import LoafBaked, a_loaf
from tests.chassis.bakery_door import a_client


@pytest.fixture
def operator(door: ApiClient) -> ApiClient:
    return door.as_(Role.OPERATOR, subject="omar")


def given_announced(*names: str, correlation_id: str = "order-1", settled: bool = True) -> None:
    with acting(Cause(correlation_id, None, "odile", new_traceparent())):
        for name in names:
            with transaction() as session:
                announce(session, a_loaf(name))
    while settled and not _all_visible():
        time.sleep(0.02)


def _all_visible() -> bool:
    """Tell whether the horizon is past all that was announced; any open transaction of the server holds it back."""
    with transaction() as session:
        return len(outbox.read(session, limit=200).rows) == len(history(session))


def given_failed(*subscriptions: str, status: Status = Status.QUARANTINED, **facts: Any) -> list[int]:
    with transaction() as session:
        known = {"error_class": "KeyError", "error_message": "no oven", "body": b"{}\xff", "content_type": "x"}
        failed = [
            Arrival(subscription=each, event_key=f"{each}-{number}-{status}", status=status, **{**known, **facts})
            for number, each in enumerate(subscriptions)
        ]
        session.add_all(failed)
        session.flush()
        return [each.id for each in failed]


def status_of(number: int) -> str:
    with transaction() as session:
        return session.get_one(Arrival, number).status


def names(answer: Any) -> list[str]:
    return [item["event"]["data"]["name"] for item in answer.json["items"]]


def test_what_was_announced_is_read_page_by_page(operator: ApiClient) -> None:
    given_announced("rye", "spelt", "wheat")

    first: Any = operator.get("/v1/events?limit=2")
    second: Any = operator.get("/v1/events", query_string={"limit": 2, "cursor": first.json["next"]})

    assert (names(first), names(second)) == (["rye", "spelt"], ["wheat"])
    assert second.json["next"] is None
    assert first.json["items"][0]["event"]["actor"] == "odile"
    assert first.json["items"][0]["published_at"] is None
    assert first.headers["Link"].startswith("</v1/events?limit=2&cursor=")


def test_events_are_found_by_type_and_by_correlation(operator: ApiClient) -> None:
    given_announced("rye")
    given_announced("spelt", correlation_id="order-2")

    assert names(operator.get("/v1/events?correlation_id=order-2")) == ["spelt"]
    assert names(operator.get(f"/v1/events?type={LoafBaked.type}")) == ["rye", "spelt"]
    assert names(operator.get("/v1/events?type=bakery.loaf.eaten.v1")) == []


def test_the_live_list_begins_with_the_newest(operator: ApiClient) -> None:
    given_announced("rye", "spelt", "wheat")

    assert names(operator.get("/v1/events?newest=true&limit=2")) == ["spelt", "wheat"]


def test_an_open_transaction_hides_what_is_younger_and_tells_its_age(operator: ApiClient) -> None:
    with operator.service.engine.begin() as writing:
        writing.execute(text("SELECT pg_current_xact_id()"))
        given_announced("rye", settled=False)
        hidden: Any = operator.get("/v1/events").json

    assert hidden["items"] == []
    assert hidden["horizon_seconds"] > 0
    given_announced("spelt")
    assert names(operator.get("/v1/events")) == ["rye", "spelt"]


@pytest.mark.parametrize("cursor", ["x", "1", "1-2-3", "-1-2", "1-99999999999999999999"])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/stream"])
def test_a_cursor_that_is_not_ours_is_refused(operator: ApiClient, path: str, cursor: str) -> None:
    assert operator.get(path, query_string={"cursor": cursor}).status_code == 422


@pytest.fixture
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFETIME", 0.6)
    monkeypatch.setattr(stream, "LOOK_EVERY", 0.02)


def messages(client: ApiClient, path: str = "/v1/events/stream", **headers: str) -> Iterator[dict[str, str]]:
    answer = client.get(path, headers=headers)
    assert answer.content_type == "text/event-stream"
    for block in answer.text.split("\n\n"):
        yield dict(line.split(": ", 1) for line in block.splitlines())


@pytest.mark.usefixtures("short_streams")
def test_events_come_as_they_are_announced(operator: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFETIME", 60.0)  # an event shows once whatever writes on the same server is over
    given_announced("before")
    later = threading.Timer(0.2, _announce_in, (operator, "rye", "wheat"))
    later.start()

    answer = operator.get("/v1/events/stream", buffered=False)
    heard: list[bytes] = []
    for piece in answer.iter_encoded():  # what one look found: an event or both, or that the stream is still there
        heard += re.findall(rb'"name":"(\w+)"', piece)
        if b"wheat" in heard:
            break
    answer.close()

    later.join()
    assert heard == [b"rye", b"wheat"]


def _announce_in(client: ApiClient, *names: str) -> None:
    with serving(client.service):
        given_announced(*names)


@pytest.mark.usefixtures("short_streams")
def test_a_stream_goes_on_after_the_last_event_seen(operator: ApiClient) -> None:
    given_announced("rye", "spelt", "wheat")
    first = operator.get("/v1/events?limit=1").get_json()["items"][0]

    came = [message for message in messages(operator, **{"Last-Event-ID": first["cursor"]}) if "data" in message]

    assert len(came) == 2
    following: Any = operator.get("/v1/events", query_string={"cursor": came[0]["id"]})
    assert names(following) == ["wheat"]


@pytest.mark.usefixtures("short_streams")
def test_a_stream_of_one_correlation_shows_no_other(operator: ApiClient) -> None:
    given_announced("rye", "spelt")
    given_announced("wheat", correlation_id="order-2")

    path = "/v1/events/stream?cursor=0-0&correlation_id=order-2"
    came = [message for message in messages(operator, path) if "data" in message]

    assert ['"name":"wheat"' in message["data"] for message in came] == [True]


@pytest.mark.usefixtures("short_streams")
def test_a_quiet_stream_shows_that_it_lives(operator: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT_EVERY", 0.1)

    assert operator.get("/v1/events/stream").text.count(": still here\n\n") >= 2


@pytest.mark.usefixtures("short_streams")
def test_a_stream_holds_no_connection_between_two_looks(operator: ApiClient) -> None:
    pool: Any = operator.service.engine.pool
    answer = operator.get("/v1/events/stream", buffered=False)
    pieces = iter(answer.response)
    next(pieces)

    assert pool.checkedout() == 0
    answer.close()


def test_a_trace_shows_what_was_announced_and_what_arrived(operator: ApiClient) -> None:
    given_announced("rye", "spelt")
    given_announced("wheat", correlation_id="order-2")
    given_failed("bakery.sell_loaf", correlation_id="order-1", error_message="fell")

    trace: Any = operator.get("/v1/traces/order-1").json

    assert [each["event"]["data"]["name"] for each in trace["announced"]] == ["rye", "spelt"]
    assert [(each["subscription"], each["status"], each["error_message"]) for each in trace["arrived"]] == [
        ("bakery.sell_loaf", "quarantined", "fell")
    ]
    assert (trace["service"], trace["complete"]) == ("bakery", True)


def test_failures_are_listed_newest_first_and_by_group(operator: ApiClient) -> None:
    first, second = given_failed("bakery.sell_loaf", "bakery.count_loaves")
    (third,) = given_failed("bakery.sell_loaf", status=Status.RETRYING, error_class="ValueError")

    def listed(query: str = "") -> list[int]:
        answer: Any = operator.get(f"/v1/failures{query}").json
        return [each["id"] for each in answer["items"]]

    assert listed() == [third, second, first]
    assert listed("?status=retrying") == [third]
    assert listed("?group=bakery.sell_loaf|KeyError") == [first]


def test_groups_tell_how_many_fail_for_the_same_reason(operator: ApiClient) -> None:
    given_failed("bakery.sell_loaf", "bakery.sell_loaf", "bakery.count_loaves")

    groups: Any = operator.get("/v1/failures/groups").json

    assert [(each["key"], each["quarantined"], each["retrying"]) for each in groups["items"]] == [
        ("bakery.sell_loaf|KeyError", 2, 0),
        ("bakery.count_loaves|KeyError", 1, 0),
    ]


def test_a_failure_is_shown_whole(operator: ApiClient) -> None:
    (number,) = given_failed("bakery.sell_loaf", error_trace="line 1")

    shown: Any = operator.get(f"/v1/failures/{number}").json

    assert (shown["body"], shown["error_trace"], shown["decisions"]) == ("{}\\xff", "line 1", [])
    assert shown["group"] == "bakery.sell_loaf|KeyError"
    assert operator.get("/v1/failures/999999").status_code == 404
    assert operator.get("/v1/failures/99999999999999999999").status_code in (404, 422)


def test_a_retry_keeps_who_and_why(operator: ApiClient) -> None:
    (number,) = given_failed("bakery.sell_loaf")

    answer = operator.post("/v1/failures/retry", json={"failures": [number], "reason": "The oven is there now."})

    assert (answer.status_code, answer.json) == (200, {"count": 1})
    assert status_of(number) == Status.RETRYING
    (decision,) = operator.get(f"/v1/failures/{number}").get_json()["decisions"]
    assert (decision["action"], decision["who"], decision["why"]) == ("retry", "omar", "The oven is there now.")


def test_a_retry_is_refused_while_one_is_pending(operator: ApiClient) -> None:
    (number,) = given_failed("bakery.sell_loaf", status=Status.RETRYING)

    answer = operator.post("/v1/failures/retry", json={"failures": [number], "reason": "Faster!"})

    assert answer.status_code == 409
    with transaction() as session:
        assert session.scalars(select(Decision)).all() == []


def test_a_group_is_dropped_with_a_reason(operator: ApiClient) -> None:
    first, second, other = given_failed("bakery.sell_loaf", "bakery.sell_loaf", "bakery.count_loaves")

    answer = operator.post("/v1/failures/drop", json={"group": "bakery.sell_loaf|KeyError", "reason": "A test."})

    assert answer.json == {"count": 2}
    assert [status_of(each) for each in (first, second, other)] == ["dropped", "dropped", "quarantined"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "Why not."},
        {"failures": [1]},
        {"failures": [1], "reason": ""},
        {"failures": [1], "reason": "   "},
        {"failures": ["1"], "reason": "Why not."},
        {"failures": [1], "group": "a|b", "reason": "Why not."},
    ],
    ids=str,
)
def test_what_to_mend_and_why_must_be_clear(operator: ApiClient, body: dict[str, Any]) -> None:
    assert operator.post("/v1/failures/drop", json=body).status_code == 422


@pytest.mark.parametrize("role", [Role.PROGRAMME_OFFICE, Role.AUDITOR, Role.PARTNER])
def test_only_operators_mend(door: ApiClient, role: Role) -> None:
    (number,) = given_failed("bakery.sell_loaf")

    answer = door.as_(role).post("/v1/failures/retry", json={"failures": [number], "reason": "Please."})

    assert answer.status_code == 403
    assert status_of(number) == Status.QUARANTINED


def test_the_status_counts_what_waits(operator: ApiClient) -> None:
    given_announced("rye", "spelt")
    given_failed("bakery.sell_loaf", "bakery.sell_loaf")
    given_failed("bakery.count_loaves", status=Status.RETRYING)

    status: Any = operator.get("/v1/status").json

    assert (status["service"], status["outbox_rows"], status["quarantined"], status["retrying"]) == ("bakery", 2, 2, 1)
    assert 0 < status["outbox_lag_seconds"] < 60
    assert status["horizon_seconds"] >= 0


def test_measures_are_those_of_this_moment(door: ApiClient) -> None:
    given_announced("rye", "spelt")
    observability.metrics("bakery").consumed.labels("bakery.sell_loaf").inc(3)
    door.get("/v1/loaves/smell")

    families = {each.name: each for each in text_string_to_metric_families(door.get("/metrics").text)}

    def value(family: str, **labels: str) -> float:
        return next(
            each.value
            for each in families[family].samples
            if labels.items() <= each.labels.items() and not each.name.endswith(("_bucket", "_created", "_sum"))
        )

    assert value("entente_outbox_rows") == 2
    assert value("entente_outbox_lag_seconds") > 0
    assert value("entente_events_consumed", subscription="bakery.sell_loaf") >= 3
    assert value("entente_request_seconds", endpoint="loaves.smell", status="200") >= 1


def test_two_services_of_a_process_count_apart() -> None:
    observability.metrics("left").published.inc(2)

    assert observability.metrics("right").registry.get_sample_value("entente_events_published_total") == 0
    assert observability.metrics("left").registry.get_sample_value("entente_events_published_total") == 2


def test_a_service_is_ready_with_its_database_and_migrations(door: ApiClient) -> None:
    assert door.get("/readyz").json == {"status": "ready", "database": "ok", "migrations": "ok", "broker": "embedded"}


def test_without_its_broker_the_http_door_is_degraded_and_the_event_door_is_not_ready(door: ApiClient) -> None:
    settings = replace(door.service.settings, amqp_url="amqp://guest@127.0.0.1:1//")
    lonely = a_client(replace(door.service, settings=settings))

    answer = lonely.get("/readyz")

    assert answer.status_code == 200
    assert answer.get_json()["status"] == "degraded"
    assert readiness(lonely.service, broker_needed=True)[0] is False


def test_a_consumer_that_lost_its_broker_is_seen(door: ApiClient) -> None:
    tired = replace(door.service, probes={"consumer": lambda: False})

    able, report = readiness(tired)

    assert (able, report["status"], report["consumer"]) == (True, "degraded", "not connected")
    assert readiness(tired, broker_needed=True)[0] is False


def test_a_service_with_migrations_missing_is_not_ready(door: ApiClient) -> None:
    with door.service.engine.begin() as connection:
        applied = connection.execute(text("SELECT version_num FROM chassis_version")).scalar_one()
        connection.execute(text("UPDATE chassis_version SET version_num = '0000_older'"))
    try:
        answer = door.get("/readyz")
    finally:
        with door.service.engine.begin() as connection:
            connection.execute(text("UPDATE chassis_version SET version_num = :it"), {"it": applied})

    assert answer.status_code == 503
    assert "entente migrate" in answer.get_json()["migrations"]
