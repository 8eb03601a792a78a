"""A light HTTP client: kept connections, requests made beforehand, so that it takes little of what it measures."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

CLIENTS = 8


@dataclass
class Answers:
    """How many answers of each status came, how long each took, and how long all did, in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.took) / self.seconds


def a_request(method: str, path: str, token: str, body: bytes = b"", **headers: str) -> bytes:
    """Write a request down."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(port: int, requests: Sequence[bytes], clients: int = CLIENTS) -> Answers:
    """Send every request once, several clients at a time."""
    answers, left = Answers(), iter(requests)
    lock = threading.Lock()
    threads = [threading.Thread(target=_client, args=(port, left, lock, answers)) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.seconds = time.perf_counter() - began
    return answers


def all_well(answers: Answers) -> Answers:
    """Give the answers; raises AssertionError where one of them was not 200."""
    if set(answers.statuses) != {200}:
        raise AssertionError(f"Not every answer was good: {answers.statuses}")
    return answers


def _client(port: int, left: Iterator[bytes], lock: Any, answers: Answers) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            with lock:
                request = next(left, None)
            if request is None:
                return
            began = time.perf_counter()
            connection.sendall(request)
            status = _read(connection)
            with lock:
                answers.took.append(time.perf_counter() - began)
                answers.statuses[status] += 1


def _read(connection: socket.socket) -> int:
    """Read one answer to its end; give its status."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += _some(connection)
    return int(head[9:12])


def _some(connection: socket.socket) -> bytes:
    if not (got := connection.recv(65536)):
        raise ConnectionError("The server hung up.")
    return got
