"""The bakery as a process of its own: what the tests start, harm and stop."""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402  the patch comes before any other import

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

from chassis.process import Runnable, run  # noqa: E402
from chassis.service import Service  # noqa: E402
from chassis.settings import Settings  # noqa: E402
from tests.chassis.bakery import BakeryWorker  # noqa: E402


def app(environment: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer each request with a word, after a moment."""
    eventlet.sleep(float(environment.get("QUERY_STRING") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"bread"]


if __name__ == "__main__":
    service = Service.of("bakery", Settings.from_environment())
    run([Runnable("bakery", service, BakeryWorker, app, port=int(os.environ["BAKERY_PORT"]))])
