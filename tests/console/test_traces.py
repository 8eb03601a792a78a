import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from chassis.context import Cause, new_traceparent
from chassis.events import Event, encode
from chassis.settings import Settings
from console.app import create_console
from console.traces import Knot, Trace, read_trace
from contracts.actions import SeatOpened
from contracts.budget import ProjectionChanged
from contracts.partners import ConventionEnteredIntoForce, ConventionSigned

pytestmark = pytest.mark.unit

BEGAN = datetime(2017, 11, 14, 8, 38, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def console() -> Flask:
    return create_console(Settings())


@pytest.fixture(autouse=True)
def a_request(console: Flask) -> Iterator[None]:
    with console.test_request_context("/?lang=fr"):
        yield


def announced(kind: type[Event], after_ms: int, cause: str | None = None, sequence: int = 1) -> dict[str, Any]:
    because = Cause("a-correlation", cause, "person:1", new_traceparent())
    envelope = encode(kind.from_state(kind.example, sequence=sequence), time=BEGAN, cause=because)
    at = (BEGAN + timedelta(milliseconds=after_ms)).isoformat()
    return {"event": json.loads(envelope.to_json()), "recorded_at": at, "published_at": at}


def arrived(event_id: str, status: str, after_ms: int = 20, **more: Any) -> dict[str, Any]:
    at = (BEGAN + timedelta(milliseconds=after_ms)).isoformat()
    base: dict[str, Any] = {
        "id": 1,
        "subscription": "budget.record_commitment",
        "event_id": event_id,
        "status": status,
        "attempts": 1,
    }
    return {
        **base,
        "received_at": at,
        "finished_at": at,
        "error_message": None,
        "error_class": None,
        "next_attempt_at": None,
        **more,
    }


def of(service: str, announced: list[dict[str, Any]], arrived: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"service": service, "announced": announced, "arrived": arrived or [], "complete": True}


def a_delivery(event_id: str, status: str, **more: Any) -> dict[str, Any]:
    at = (BEGAN + timedelta(seconds=5)).isoformat()
    base: dict[str, Any] = {
        "id": str(uuid4()),
        "channel": "webhook",
        "recipient_name": "Système de la Région",
        "event_id": event_id,
    }
    base |= {"status": status, "about": "SUN-2017-014", "attempts": 2, "answer": "500"}
    return {**base, "created_at": at, "finished_at": None, "due_at": None, **more}


def read(*traces: dict[str, Any], deliveries: list[dict[str, Any]] | None = None) -> Trace:
    trace = read_trace(traces, deliveries or [])
    assert trace is not None
    return trace


def outline(knots: list[Knot]) -> list[Any]:
    titles = [(knot, knot.title.replace("\N{NO-BREAK SPACE}", " ")) for knot in knots]
    return [(title, outline(knot.children)) if knot.children else title for knot, title in titles]


def test_a_last_signature_is_one_tree_from_signature_to_projection_and_seat() -> None:
    signed = announced(ConventionSigned, 0, sequence=3)
    in_force = announced(ConventionEnteredIntoForce, 0, sequence=4)
    cause = in_force["event"]["id"]

    trace = read(
        of("partners", [signed, in_force]),
        of("budget", [announced(ProjectionChanged, 11, cause)]),
        of("actions", [announced(SeatOpened, 14, cause)]),
    )

    moved = "Acquis + 80 000 € et sollicité − 80 000 €, action 2.1"
    seat = "Siège ouvert, instance de pilotage de l’action 2.1"
    effects = ("Convention en vigueur, SUN-2017-014", [moved, seat])
    assert outline(trace.roots) == [("Convention signée, SUN-2017-014", [effects])]
    assert trace.state == "tout est arrivé"


def test_each_fact_says_how_long_after_the_beginning_it_came() -> None:
    signed = announced(ConventionSigned, 0)
    trace = read(of("partners", [signed]), of("budget", [announced(ProjectionChanged, 11, signed["event"]["id"])]))

    assert [knot.took.replace("\N{NO-BREAK SPACE}", " ") for knot in (trace.roots[0], *trace.roots[0].children)] == [
        "+ 0 ms",
        "+ 11 ms",
    ]


def test_who_took_an_event_in_is_named_beside_it() -> None:
    signed = announced(ConventionSigned, 0)
    trace = read(of("partners", [signed]), of("budget", [], [arrived(signed["event"]["id"], "applied")]))

    assert trace.roots[0].taken.startswith("Pris en compte par budget.record_commitment + 20")


@pytest.mark.parametrize(
    ("status", "state"), [("retrying", "waiting"), ("quarantined", "failed"), ("dropped", "quiet")]
)
def test_an_event_that_was_not_taken_in_hangs_from_it_with_its_error(status: str, state: str) -> None:
    signed = announced(ConventionSigned, 0)
    row = arrived(signed["event"]["id"], status, error_message="La tranche est inconnue.")
    (failing,) = read(of("partners", [signed]), of("budget", [], [row])).roots[0].children

    assert (failing.state, failing.detail) == (state, "La tranche est inconnue.")


@pytest.mark.parametrize(
    ("status", "state"), [("accepted", "done"), ("waiting", "waiting"), ("retrying", "failed"), ("failed", "failed")]
)
def test_a_delivery_hangs_from_the_event_it_tells_of(status: str, state: str) -> None:
    signed = announced(ConventionSigned, 0)
    (sent,) = read(of("partners", [signed]), deliveries=[a_delivery(signed["event"]["id"], status)]).roots[0].children

    assert (sent.title, sent.state) == ("Webhook, Système de la Région", state)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "Things have changed since: this is no longer true.",
            "Les choses ont changé depuis\u00a0: ce n’est plus vrai.",
        ),
        ("The address was refused: 550 No such user", "L’adresse a été refusée\u00a0: 550 No such user"),
        ("550 No such user", "550 No such user"),
    ],
)
def test_why_nothing_was_sent_is_said_in_the_page_s_language(written: str, said: str) -> None:
    signed = announced(ConventionSigned, 0)
    unsent = a_delivery(signed["event"]["id"], "superseded", answer=written)

    assert read(of("partners", [signed]), deliveries=[unsent]).roots[0].children[0].detail == said


def test_an_unpublished_event_waits() -> None:
    trace = read(of("partners", [{**announced(ConventionSigned, 0), "published_at": None}]))

    assert (trace.roots[0].state, trace.state) == ("waiting", "une suite est attendue")


def test_what_could_not_be_read_stands_on_its_own() -> None:
    trace = read(of("budget", [], [arrived("sha256:0", "quarantined", error_message="The body is not JSON")]))

    assert [(knot.title, knot.state) for knot in trace.roots] == [("budget.record_commitment", "failed")]


def test_nothing_known_makes_no_tree() -> None:
    assert read_trace([of("partners", [])], []) is None
