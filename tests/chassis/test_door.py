"""The HTTP door as connections meet it."""

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
import urllib3

from chassis.process import HttpDoor, Runnable


def tells_its_socket(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with whether this connection sends what is short without waiting (TCP_NODELAY)."""
    connection = environ["eventlet.input"].get_socket()
    start_response("200 OK", [])
    return [str(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)).encode()]


def test_the_end_of_an_answer_waits_for_no_acknowledgement() -> None:
    door = HttpDoor(Runnable("bakery", app=tells_its_socket))
    door.listen()
    door.start()
    said: list[bytes] = []

    def read() -> None:
        said.append(urllib3.request("GET", f"http://127.0.0.1:{door.port}/", retries=False, timeout=10).data)

    reader = threading.Thread(target=read)
    reader.start()
    while reader.is_alive():
        eventlet.sleep(0.01)
    door.stop()

    assert said == [b"1"]
