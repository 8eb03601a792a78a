"""Frames over the wire: whole however they come, together where they are gathered."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from amqp.exceptions import UnexpectedFrame

from chassis.messaging.wire import CHUNK, GatheringTransport

pytestmark = pytest.mark.unit

Wire = tuple[GatheringTransport, socket.socket]


def a_frame(payload: bytes, end: int = 0xCE) -> bytes:
    return bytes([1, 0, 7]) + len(payload).to_bytes(4) + payload + bytes([end])


@pytest.fixture
def wire() -> Iterator[Wire]:
    ours, brokers = socket.socketpair()
    with ours, brokers:
        transport = GatheringTransport("127.0.0.1:5672")
        transport.sock, transport.connected = ours, True
        transport._setup_transport()
        ours.settimeout(0.05)
        brokers.settimeout(0.05)
        yield transport, brokers


def test_frames_that_come_together_are_read_one_by_one(wire: Wire) -> None:
    transport, broker = wire
    broker.sendall(a_frame(b"one") + a_frame(b"") + a_frame(b"three"))

    assert [transport.read_frame() for _ in range(3)] == [(1, 7, b"one"), (1, 7, b""), (1, 7, b"three")]


@pytest.mark.parametrize("cut", range(1, len(a_frame(b"in two"))))
def test_a_frame_that_comes_in_two_pieces_is_waited_for_and_loses_nothing(wire: Wire, cut: int) -> None:
    transport, broker = wire
    frame = a_frame(b"in two")
    broker.sendall(frame[:cut])
    with pytest.raises(TimeoutError):
        transport.read_frame()

    broker.sendall(frame[cut:])

    assert transport.read_frame() == (1, 7, b"in two")


def test_with_nothing_there_a_look_that_does_not_wait_ends_at_once(wire: Wire) -> None:
    transport, _ = wire
    transport.sock.settimeout(0)

    with pytest.raises(TimeoutError):
        transport.read_frame()
    assert transport.connected


def test_a_connection_closed_by_the_broker_is_lost(wire: Wire) -> None:
    transport, broker = wire
    broker.close()

    with pytest.raises(OSError, match="closed"):
        transport.read_frame()
    assert not transport.connected


def test_a_frame_with_another_end_is_refused(wire: Wire) -> None:
    transport, broker = wire
    broker.sendall(a_frame(b"odd", end=0))

    with pytest.raises(UnexpectedFrame):
        transport.read_frame()


def test_gathered_frames_leave_together_at_the_end(wire: Wire) -> None:
    transport, broker = wire
    with transport.gathering():
        transport.write(memoryview(b"one"))
        transport.write(b"two")
        with pytest.raises(TimeoutError):
            broker.recv(100)

    assert broker.recv(100) == b"onetwo"


def test_more_than_a_chunk_does_not_wait_for_the_end(wire: Wire) -> None:
    transport, broker = wire
    with transport.gathering():
        transport.write(b"x" * CHUNK)

        assert len(broker.recv(CHUNK)) > 0


def test_what_was_gathered_before_an_exception_is_not_sent(wire: Wire) -> None:
    transport, broker = wire
    with suppress(ZeroDivisionError), transport.gathering():
        transport.write(b"half of it")
        raise ZeroDivisionError

    transport.write(b"afterwards")

    assert broker.recv(100) == b"afterwards"
