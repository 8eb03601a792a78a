"""Ports for servers that a test starts: none that the kernel gives away, and none that another test has."""

import secrets
import socket
from collections.abc import Sequence
from contextlib import ExitStack

_PORTS = range(20_000, 32_000)
_claims = ExitStack()
"""Held until this process ends: who looks for a port before the server of another test listens finds another one."""


def free_port() -> int:
    """Give a port on which nobody listens."""
    return first_free_port(1)


def first_free_port(count: int = 5) -> int:
    """Give the first of so many neighbouring ports on which nobody listens."""
    while True:
        first = secrets.choice(_PORTS)
        ports = range(first, first + count)
        if not any(map(_listens, ports)) and _claim(ports):
            return first


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _claim(ports: Sequence[int]) -> bool:
    """Take names that only one process can have, and that go with it (unix(7), abstract sockets); all or none."""
    with ExitStack() as taken:
        for port in ports:
            claim = taken.enter_context(socket.socket(socket.AF_UNIX))
            try:
                claim.bind(f"\0entente-test-port-{port}")
            except OSError:
                return False
        _claims.push(taken.pop_all())
    return True
