"""What operators ask and do, the same in every service: events, traces, failures, health, metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import health, inbox, observability, outbox, stream
from chassis.database import transaction
from chassis.errors import NotFound
from chassis.identity import PUBLIC, Reach, Rights, Role
from chassis.inbox import Arrival
from chassis.outbox import Outgoing
from chassis.pagination import link_next, page_schema, paginate
from chassis.request import caller
from chassis.routes import Blueprint, answers
from chassis.schemas import (
    ArrivalSummary,
    EventFilter,
    EventPage,
    EventQuery,
    Failure,
    FailureGroups,
    FailureQuery,
    Mended,
    Mending,
    ServiceStatus,
    Trace,
)
from chassis.service import current

TRACE_LIMIT = 1000

_WATCH = {Role.OPERATOR: Reach.ALL, Role.PROGRAMME_OFFICE: Reach.ALL, Role.AUDITOR: Reach.ALL}
_MEND = {Role.OPERATOR: Reach.ALL}
RIGHTS: Rights = {
    "operations.list_events": _WATCH,
    "operations.follow_events": _WATCH,
    "operations.trace": _WATCH,
    "operations.list_failures": _WATCH,
    "operations.list_failure_groups": _WATCH,
    "operations.show_failure": _WATCH,
    "operations.retry_failures": _MEND,
    "operations.drop_failures": _MEND,
    "operations.show_status": _WATCH,
    "operations.alive": PUBLIC,
    "operations.ready": PUBLIC,
    "operations.measures": PUBLIC,
}

blueprint = Blueprint("operations", __name__, description="What operators watch and mend.")


@blueprint.route("/v1/events")
@blueprint.arguments(EventQuery, location="query")
@blueprint.response(200, EventPage)
def list_events(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read what this service announced, in an order that skips nothing."""
    with transaction() as session:
        found = outbox.read(session, **wanted)
    full = len(found.rows) == wanted["limit"] and not wanted["newest"]
    if full and found.cursor:
        link_next(found.cursor)
    return {"items": found.rows, "next": found.cursor if full else None, "horizon_seconds": found.horizon_seconds}


@blueprint.route("/v1/events/stream")
@blueprint.arguments(EventFilter, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/event-stream")
def follow_events(wanted: Mapping[str, Any]) -> Response:
    """Follow what this service announces, from `Last-Event-ID`, `cursor` or now; it ends now and then: come again."""
    cursor = request.headers.get("Last-Event-ID") or wanted["cursor"]
    messages = stream.follow(current(), cursor, type=wanted["type"], correlation_id=wanted["correlation_id"])
    return Response(messages, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@blueprint.route("/v1/traces/<correlation_id>")
@blueprint.response(200, Trace)
def trace(correlation_id: str) -> Mapping[str, Any]:
    """Show what happened here under one correlation."""
    with transaction() as session:
        announced = _of_correlation(session, Outgoing, correlation_id)
        arrived = _of_correlation(session, Arrival, correlation_id)
    complete = max(len(announced), len(arrived)) <= TRACE_LIMIT
    shown = {"announced": announced[:TRACE_LIMIT], "arrived": arrived[:TRACE_LIMIT]}
    return {"service": current().name, "complete": complete, **shown}


@blueprint.route("/v1/failures")
@blueprint.arguments(FailureQuery, location="query")
@blueprint.response(200, page_schema(ArrivalSummary))
def list_failures(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """List the events that fail here, the newest first."""
    with transaction() as session:
        return paginate(session, inbox.failures(wanted["status"], wanted["group"]), Arrival.id.desc(), page=wanted)


@blueprint.route("/v1/failures/groups")
@blueprint.response(200, FailureGroups)
def list_failure_groups() -> Mapping[str, Any]:
    """Group the failing events by subscription and class of error."""
    with transaction() as session:
        return {"items": inbox.groups(session)}


@blueprint.route("/v1/failures/<int:number>")
@blueprint.response(200, Failure)
def show_failure(number: int) -> Arrival:
    """Show one event that failed, with its message as it came and what was decided."""
    with transaction() as session:
        arrival = session.get(Arrival, number)
        if arrival is None or arrival.body is None:
            raise NotFound("No event of that number failed here.")
        arrival.decisions = inbox.decisions(session, number)  # type: ignore[attr-defined]
    return arrival


@blueprint.route("/v1/failures/retry", methods=["POST"])
@answers(404)
@blueprint.arguments(Mending)
@blueprint.response(200, Mended)
def retry_failures(wanted: Mapping[str, Any]) -> Mapping[str, int]:
    """Try quarantined events again, at once; refused while one of them is being retried."""
    with transaction() as session:
        return {"count": inbox.retry(session, **_decision(wanted))}


@blueprint.route("/v1/failures/drop", methods=["POST"])
@answers(404)
@blueprint.arguments(Mending)
@blueprint.response(200, Mended)
def drop_failures(wanted: Mapping[str, Any]) -> Mapping[str, int]:
    """Give quarantined events up; the reason is kept."""
    with transaction() as session:
        return {"count": inbox.drop(session, **_decision(wanted))}


@blueprint.route("/v1/status")
@blueprint.response(200, ServiceStatus)
def show_status() -> Mapping[str, Any]:
    """Show how the event door stands."""
    with transaction() as session:
        rows, seconds = outbox.lag(session)
        horizon = outbox.horizon_seconds(session)
        waiting = {"outbox_rows": rows, "outbox_lag_seconds": seconds, "horizon_seconds": horizon}
        return {"service": current().name, **waiting, **inbox.counts(session)}


@blueprint.route("/healthz")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def alive() -> Response:
    """Tell that this program lives."""
    return Response("alive\n", content_type="text/plain; charset=utf-8")


@blueprint.route("/readyz")
@blueprint.response(200, {"type": "object", "additionalProperties": {"type": "string"}})
def ready() -> Response:
    """Tell whether this service can work; without a broker it can (`degraded`), since the outbox keeps the events."""
    able, report = health.readiness(current(), broker_needed=current_app.config["BROKER_NEEDED"])
    answer = jsonify(report)
    answer.status_code = 200 if able else 503
    return answer


@blueprint.route("/metrics")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def measures() -> Response:
    """Give the measures for Prometheus; the outbox is measured at this moment."""
    metrics = observability.metrics(current().name)
    with transaction() as session:
        rows, seconds = outbox.lag(session)
    metrics.outbox_rows.set(rows)
    metrics.outbox_lag_seconds.set(seconds)
    return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _of_correlation(session: Session, table: type[Outgoing] | type[Arrival], correlation_id: str) -> Sequence[Any]:
    statement = select(table).where(table.correlation_id == correlation_id)
    return session.scalars(statement.order_by(table.id).limit(TRACE_LIMIT + 1)).all()


def _decision(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {"who": caller().subject, "why": wanted["reason"], "ids": wanted["failures"], "group": wanted["group"]}
