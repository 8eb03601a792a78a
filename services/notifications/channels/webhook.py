"""Webhooks: one signed POST to one checked address; nothing is followed, little is read, and it ends in time."""

import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urlsplit

from standardwebhooks import Webhook

from chassis.events import CONTENT_TYPE
from services.notifications.channels.address import Address, is_public, resolve
from services.notifications.domain.delivery import Answer, Verdict

CONNECT_SECONDS, SILENCE_SECONDS, DEADLINE_SECONDS = 5.0, 15.0, 20.0
READ_BYTES = 2_000
"""Of the answer's body, for the log; receivers say little."""

_TLS = ssl.create_default_context()
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """The address is not one we may call."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What to send where; `id` is the same at each attempt, so that receivers can drop repeats."""

    url: str
    id: str
    body: str
    traceparent: str
    secret: str = field(repr=False)


def send(call: Call, *, private_addresses: bool) -> Answer:
    """POST a call, signed as of now in real time, and judge the answer; never raises for what the other side does."""
    try:
        with _Line(urlsplit(call.url), private_addresses=private_addresses) as line:
            return judge(line.post(call.body.encode(), _headers(call)))
    except Refused as refusal:
        return Answer(verdict=Verdict.REFUSED, error=str(refusal))
    except (OSError, HTTPException, ValueError) as error:
        return Answer(verdict=Verdict.LATER, error=f"{type(error).__name__}: {error}")


def judge(response: HTTPResponse) -> Answer:
    """Read what an answer means: 2xx takes it, 410 wants no more, anything else is tried again (Standard Webhooks)."""
    status = str(response.status)
    if 200 <= response.status < 300:
        return Answer(verdict=Verdict.ACCEPTED, answer=status)
    said = response.read(READ_BYTES).decode(errors="replace").strip()
    if 300 <= response.status < 400:
        said = f"Redirects are not followed: give the endpoint its new address. {response.headers.get('Location', '')}"
    verdict = Verdict.GONE if response.status == 410 else Verdict.LATER
    asked = _asked_delay(response.headers.get("Retry-After"))
    return Answer(verdict=verdict, answer=status, error=said.replace("\0", "") or response.reason, asked_delay=asked)


def _headers(call: Call) -> Mapping[str, str]:
    moment = datetime.now(UTC)  # real time, whatever the programme's clock says: receivers check the age
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": "Entente-Webhooks/1",
        "webhook-id": call.id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(call.secret).sign(call.id, moment, call.body),
        "traceparent": call.traceparent,
    }


class _Line:
    """A connection to the one address that was checked: the name is not resolved a second time."""

    def __init__(self, url: SplitResult, *, private_addresses: bool) -> None:
        self._url, self._host = url, url.hostname or ""
        self._port = url.port or _DEFAULT_PORTS[url.scheme]
        self._private_addresses, self._was_cut = private_addresses, False

    def __enter__(self) -> "_Line":
        self._socket = self._connect()
        self._watch = threading.Timer(DEADLINE_SECONDS, self._cut)
        self._watch.daemon = True
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.cancel()
        self._socket.close()

    def post(self, body: bytes, headers: Mapping[str, str]) -> HTTPResponse:
        """Send a request and read the head of its answer."""
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        if self._url.scheme == "https":
            self._socket = _TLS.wrap_socket(self._socket, server_hostname=self._host)
        connection = HTTPConnection(self._host, self._port)
        connection.sock = self._socket
        connection.default_port = _DEFAULT_PORTS[self._url.scheme]
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        if self._was_cut:
            raise TimeoutError(f"The answer did not come whole in {DEADLINE_SECONDS:g} seconds.")
        return response

    def _connect(self) -> socket.socket:
        failure: OSError = OSError(f"{self._host} has no address.")
        for address in self._addresses():
            try:
                line = socket.create_connection((str(address), self._port), timeout=CONNECT_SECONDS)
            except OSError as error:
                failure = error
            else:
                line.settimeout(SILENCE_SECONDS)
                return line
        raise failure

    def _addresses(self) -> list[Address]:
        addresses = resolve(self._host, self._port)
        inner = [address for address in addresses if not is_public(address)]
        if inner and not self._private_addresses:
            raise Refused(f"{self._host} leads to {inner[0]}, which is not a public address: nothing was sent.")
        return addresses

    def _cut(self) -> None:
        """End a call that drips: each byte comes in time, the answer never."""
        self._was_cut = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _asked_delay(retry_after: str | None) -> timedelta | None:
    """Read Retry-After (RFC 9110, section 10.2.3): seconds, or a date."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdecimal():
        return timedelta(seconds=min(int(retry_after[:9]), 86_400))
    try:
        return max(parsedate_to_datetime(retry_after) - datetime.now(UTC), timedelta(0))
    except (ValueError, TypeError):
        return None
