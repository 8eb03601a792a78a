"""AMQP over TCP with as few calls to the system as may be: many frames are read, or written, by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amqp.exceptions import UnexpectedFrame
from amqp.transport import TCPTransport
from kombu import Connection
from kombu.transport import pyamqp

CHUNK = 131_072
"""Bytes read at once at most, and gathered at most before they are written."""
HEADER, END = 7, 0xCE
"""A frame is a header of seven octets (type, channel, size), the payload, and an end octet (AMQP 0-9-1, 2.3.5)."""


class GatheringTransport(TCPTransport):  # type: ignore[misc]
    """Reads what is there rather than what is asked for, and writes nothing while frames are gathered."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._read_so_far = bytearray()
        self._to_write: bytearray | None = None

    def read_frame(self, *_: Any) -> tuple[int, int, bytes]:
        """Give the next frame as (type, channel, payload).

        Raises TimeoutError with nothing lost, OSError when the connection is.
        """
        held = self._read_so_far
        if self._to_write is not None and not held:
            raise TimeoutError("While frames are gathered nobody waits for the broker.")
        while len(held) < HEADER or len(held) <= HEADER + int.from_bytes(held[3:HEADER]):
            self._read_more()
        last = HEADER + int.from_bytes(held[3:HEADER])
        kind, channel, payload, end = held[0], int.from_bytes(held[1:3]), bytes(held[HEADER:last]), held[last]
        del held[: last + 1]
        if end != END:
            raise UnexpectedFrame(f"A frame ends with {end:#04x}.")
        return kind, channel, payload

    def _read_more(self) -> None:
        try:
            read = self.sock.recv(CHUNK)
        except TimeoutError:
            raise
        except BlockingIOError as error:
            raise TimeoutError("Nothing is there to read.") from error
        except OSError:
            self.connected = False
            raise
        if not read:
            self.connected = False
            raise OSError("The broker closed the connection.")
        self._read_so_far += read

    def write(self, frame: bytes | memoryview) -> None:
        """Send a frame, or keep it with those that are gathered."""
        if self._to_write is None:
            super().write(frame)
            return
        self._to_write += frame
        if len(self._to_write) >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        if self._to_write:
            written, self._to_write = self._to_write, bytearray()
            super().write(written)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Gather the frames written inside; they are on their way at the end, but not after an exception."""
        self._to_write = bytearray()
        try:
            yield
            self._flush()
        finally:
            self._to_write = None


class _Connection(pyamqp.Connection):
    def Transport(self, host: str, connect_timeout: float | None, ssl: Any = False, *more: Any, **named: Any) -> Any:  # noqa: N802  py-amqp's name
        """Give what carries the frames; one over TLS is py-amqp's own."""
        if ssl:
            return super().Transport(host, connect_timeout, ssl, *more, **named)
        return GatheringTransport(host, connect_timeout, *more, **named)


class Transport(pyamqp.Transport):
    """kombu's transport, over ours."""

    Connection = _Connection


@contextmanager
def gathering(connection: Connection) -> Iterator[None]:
    """Send what is published inside in as few pieces as may be, where the connection can."""
    wire = None if connection.transport.driver_type == "memory" else connection.connection.transport
    if isinstance(wire, GatheringTransport):
        with wire.gathering():
            yield
    else:
        yield
