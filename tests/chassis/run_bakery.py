"""The bakery as a process of its own: what the tests start, harm and stop."""

from chassis.green import make_green

make_green()

import os
from collections.abc import Callable, Iterator
from typing import Any

import eventlet

from chassis.process import Runnable, run
from chassis.service import Service
from chassis.settings import Settings
from tests.chassis.bakery import BakeryWorker


def app(environment: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    """Answer each request with a word, after a moment; at /stream the answer then goes on and on."""
    eventlet.sleep(float(environment.get("QUERY_STRING") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"bread"
    if environment["PATH_INFO"] == "/stream":
        eventlet.sleep(60)


if __name__ == "__main__":
    service = Service.of("bakery", Settings.from_environment())
    run([Runnable("bakery", service, BakeryWorker, app, port=int(os.environ["BAKERY_PORT"]))])
