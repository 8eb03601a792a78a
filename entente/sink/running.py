"""A sink at work beside this program: where it listens, and what it says arrived."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from entente.exits import Unreachable


@dataclass(frozen=True)
class Sink:
    """Where a running sink listens."""

    host: str
    smtp_port: int
    http_port: int
    http: httpx.Client

    @property
    def smtp_url(self) -> str:
        """Address for the `ENTENTE_SMTP_URL` setting."""
        return f"smtp://{self.host}:{self.smtp_port}"

    @property
    def page(self) -> str:
        """Address of the page that shows what arrived."""
        return f"http://{self.host}:{self.http_port}/sink"

    def webhook_url(self, name: str) -> str:
        """Give the address at which webhooks for `name` are received."""
        return f"http://{self.host}:{self.http_port}/webhooks/{name}"

    def expect(self, name: str, secret: str) -> None:
        """Check the webhooks for `name` against this secret from now on."""
        self.http.put(f"/secrets/{name}", json={"secret": secret}).raise_for_status()

    def counts(self) -> dict[str, int]:
        """Count what arrived: `mails`, `hooks`, and `verified` ones among these."""
        counts: dict[str, int] = self.http.get("/counts.json").raise_for_status().json()
        return counts

    def arrivals(self) -> dict[str, list[dict[str, Any]]]:
        """Give all that arrived, as `mails` and `hooks`."""
        arrivals: dict[str, list[dict[str, Any]]] = self.http.get("/arrivals.json").raise_for_status().json()
        return arrivals


@contextmanager
def running_sink(host: str = "127.0.0.1", smtp_port: int = 0, http_port: int = 0) -> Iterator[Sink]:
    """Start a sink in a process of its own, and end it at the end.

    Raises Unreachable when it cannot listen.
    """
    command = [sys.executable, "-m", "entente.sink", "--host", host]
    command += ["--smtp-port", str(smtp_port), "--http-port", str(http_port)]
    # A terminal's Ctrl-C goes to every process of the group: in a session of its own the sink outlives the last mail.
    process = subprocess.Popen(  # noqa: S603  our own module, our own arguments
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True, env=dict(os.environ)
    )
    try:
        ports = json.loads(_first_line(process))
        with httpx.Client(base_url=f"http://{host}:{ports['http_port']}", timeout=10, trust_env=False) as http:
            yield Sink(host, ports["smtp_port"], ports["http_port"], http)
    finally:
        _end(process)


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # noqa: S101  given above
    line = process.stdout.readline()
    if not line:
        raise Unreachable("The mail and webhook sink could not start: give it free ports.")
    return line


def _end(process: subprocess.Popen[str]) -> None:
    """Close its input, which ends it, and its output."""
    with process:
        assert process.stdin is not None  # noqa: S101  given above
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
