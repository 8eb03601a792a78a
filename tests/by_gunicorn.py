"""A pytest plugin, `-p tests.by_gunicorn`: tests of HTTP doors ask them under gunicorn's threads, without eventlet.

Each service that a test opens is served by a process of its own, on the test's database and by the test's clock; tokens
are those that the test signs. What a test changes in its own process does not reach it: such a test is `in_process`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import urllib3
from werkzeug.test import EnvironBuilder, TestResponse

from chassis import clock, testing_http
from chassis.identity import public_key
from chassis.service import Service
from chassis.settings import Settings, variable
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
NOBODY = "http://127.0.0.1:1"
READY_WITHIN = 60.0
FOLDER = Path(tempfile.mkdtemp(prefix="entente-gunicorn-"))
HTTP = urllib3.PoolManager(maxsize=32, retries=False, timeout=60)

_doors: dict[tuple[tuple[str, str], ...], tuple[str, subprocess.Popen[bytes]]] = {}


def pytest_configure() -> None:
    """Let every client of a door ask a server, and every clock be one."""
    testing_http.ApiClient.send = _send  # type: ignore[method-assign]
    clock.share(FOLDER / "clock")
    clock.travel_back = lambda: clock.travel_to(datetime.now(UTC))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what changes its own process."""
    items[:] = [item for item in items if not item.get_closest_marker("in_process")]


def pytest_unconfigure() -> None:
    """End the servers."""
    for _, process in _doors.values():
        process.terminate()
    for _, process in _doors.values():
        process.wait(15)


def _send(self: testing_http.ApiClient, path: str, **options: Any) -> TestResponse:
    builder = EnvironBuilder(path=path, base_url=_door(self.service), **options)
    request = builder.get_request()
    answer = HTTP.request(
        request.method,
        request.url,
        body=request.get_data(),
        headers=dict(request.headers.items()),
        preload_content=False,
        redirect=False,
        decode_content=False,
    )
    streams = answer.headers.get("Content-Type", "").startswith("text/event-stream")
    body = _stream(answer) if streams else [answer.data]
    return TestResponse(body, f"{answer.status} {answer.reason}", _headers(answer), request)


def _stream(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from answer.stream(2**16, decode_content=False)
    finally:
        answer.close()


def _headers(answer: urllib3.BaseHTTPResponse) -> Any:
    return [(name, value) for name, value in answer.headers.items() if name.lower() != "transfer-encoding"]


def _door(service: Service) -> str:
    """Give the address of a service's door; the first to ask starts it."""
    environment = _environment(service)
    key = (("service", service.name), *sorted(environment.items()))
    if key not in _doors:
        _doors[key] = _started(service, environment)
    return _doors[key][0]


def _started(service: Service, environment: dict[str, str]) -> tuple[str, subprocess.Popen[bytes]]:
    keys = service.settings.state_directory / "jwks.json"
    keys.write_text(json.dumps({"keys": [public_key(testing_http._KEY)]}))
    keys.chmod(0o600)
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "16", "--bind", address]
    with (FOLDER / "gunicorn.log").open("ab") as log:
        door = f"entente.wsgi:door('{service.name}')"
        process = subprocess.Popen([*command, door], env=environment, cwd=ROOT, stdout=log, stderr=log)
    until = time.monotonic() + READY_WITHIN
    while not _answers(address):
        said = (FOLDER / "gunicorn.log").read_text()[-2000:]
        assert process.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.05)
    return f"http://{address}", process


def _answers(address: str) -> bool:
    try:
        return HTTP.request("GET", f"http://{address}/healthz").status < 500
    except urllib3.exceptions.HTTPError:
        return False


def _environment(service: Service) -> dict[str, str]:
    given = {each.name: getattr(service.settings, each.name) for each in fields(Settings)}
    given |= {"clock_file": FOLDER / "clock", "partners_url": NOBODY, "requests_per_minute": 1_000_000}
    changed = {variable(name): str(value) for name, value in given.items() if value != getattr(Settings(), name)}
    return {"PATH": os.environ["PATH"], "HOME": str(FOLDER), **changed}
