"""What operators see of a running service: one JSON line per request and per event, and Prometheus metrics."""

import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from chassis.events import Envelope

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, eq=False)
class Metrics:
    """The measures of one service, in a registry of its own since several services live in one process.

    `published` counts events confirmed by the broker; the counters of events carry the subscription, `requests` the
    method, endpoint and status. Durations are in seconds.
    """

    registry: CollectorRegistry
    published: Counter
    consumed: Counter
    superseded: Counter
    retried: Counter
    quarantined: Counter
    outbox_rows: Gauge
    outbox_lag_seconds: Gauge
    handler_seconds: Histogram
    request_seconds: Histogram


@cache
def metrics(service_name: str) -> Metrics:
    """Give the metrics of a service, the same ones at each call."""
    registry = CollectorRegistry()
    Info("entente_service", "Whose measures these are.", registry=registry).info({"name": service_name})

    def counter(name: str, about: str, *labels: str) -> Counter:
        return Counter(f"entente_events_{name}", about, labels, registry=registry)

    def durations(name: str, about: str, *labels: str) -> Histogram:
        return Histogram(f"entente_{name}_seconds", about, labels, registry=registry, buckets=SECONDS)

    return Metrics(
        registry=registry,
        published=counter("published", "Events that the broker confirmed."),
        consumed=counter("consumed", "Events applied.", "subscription"),
        superseded=counter("superseded", "Events that came after a newer one.", "subscription"),
        retried=counter("retried", "Attempts that failed and were put off.", "subscription"),
        quarantined=counter("quarantined", "Events given to the operators.", "subscription"),
        outbox_rows=Gauge("entente_outbox_rows", "Events not yet published.", registry=registry),
        outbox_lag_seconds=Gauge("entente_outbox_lag_seconds", "Age of the oldest of them.", registry=registry),
        handler_seconds=durations("handler", "Duration of one batch of events.", "subscription"),
        request_seconds=durations("request", "Duration of one request.", "method", "endpoint", "status"),
    )


_log: structlog.typing.FilteringBoundLogger = structlog.get_logger("entente")


def log_request(**facts: Any) -> None:
    """Write the line of one request. Never a body, a query or a header: secrets live there."""
    _log.info("request", **facts)


def log_fault(message: str, **facts: Any) -> None:
    """Write the line of something that should not have happened, with the trace of the exception in hand."""
    _log.exception(message, **facts)


def log_batch_failed(service_name: str, subscription: str, events: int, error: Exception) -> None:
    """Write the line of a batch that was rolled back: its events are taken one by one, to find the failing one."""
    said = (str(error) or type(error).__name__).partition("\n")[0]
    facts = {"service": service_name, "subscription": subscription, "events": events, "error": said}
    _log.warning("batch.failed", **facts, then="takes its events one by one")


def log_events(service_name: str, subscription: str, end: str, events: Iterable[Envelope], seconds: float) -> None:
    """Write one line per event that ended at a subscription; `seconds` is the duration of their batch."""
    for event in events:
        _log.info(
            "event",
            service=service_name,
            subscription=subscription,
            end=end,
            event_id=str(event.id),
            type=event.type,
            subject=event.subject,
            sequence=event.sequence,
            correlation_id=event.correlation_id,
            duration=round(seconds, 4),
        )


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Write the logs of this process, those of its libraries too, as JSON lines; `level` is a setting.

    They go to `stream`, or to standard error.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    _write_lines(number, stream)
    lines = logging.StreamHandler(stream)
    lines.setFormatter(structlog.stdlib.ProcessorFormatter(processor=_RENDERED, foreign_pre_chain=_SHARED))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[lines], force=True)


_SHARED: list[structlog.typing.Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
_WRITER = json.JSONEncoder(ensure_ascii=False, default=str)
_RENDERED = structlog.processors.JSONRenderer(lambda facts, **_: _WRITER.encode(facts))


def _write_lines(number: int, stream: TextIO | None) -> None:
    structlog.configure(
        processors=[*_SHARED, _RENDERED],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


# Until a program says otherwise; the library's own default would print every local variable, secrets too.
_write_lines(logging.WARNING, None)
