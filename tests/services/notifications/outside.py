"""What is outside: a mail server and a webhook receiver, both real, that answer as they were told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller

from tests.ports import free_port


class MailServer:
    """Takes mails on a free port; each RCPT, then each DATA, is answered by the next line of its script, else 250."""

    def __init__(self) -> None:
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self.forget()

    def forget(self) -> None:
        self.mails: list[EmailMessage] = []
        self.senders: list[str] = []
        self.connections: set[Any] = set()
        self.to_recipients: list[str] = []
        self.to_contents: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  aiosmtpd calls it by this name
        answer = self.to_recipients.pop(0) if self.to_recipients else "250 2.1.5 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd calls it by this name
        answer = self.to_contents.pop(0) if self.to_contents else "250 2.0.0 OK"
        self.connections.add(session.peer)
        if answer.startswith("2"):
            self.senders.append(envelope.mail_from)
            self.mails.append(BytesParser(policy=default).parsebytes(envelope.content))
        return answer

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Takes webhooks on a free port; each is answered by the next of `answers`, else 200."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)

    def forget(self) -> None:
        self.answers.clear()
        self.got.clear()

    def then(self, *statuses: int, **headers: str) -> None:
        """Answer with these statuses next."""
        self.answers += [(status, headers) for status in statuses]

    def start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(b"seen")

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/entente"


def plain(words: str) -> str:
    """The same words, every run of spaces one plain space."""
    return re.sub(r"\s+", " ", words)


def bodies(mail: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML of a mail, every space a plain one."""
    return _body(mail, ("plain",)), _body(mail, ("html",))


def _body(mail: EmailMessage, preference: Iterable[str]) -> str:
    part = mail.get_body(tuple(preference))
    assert part is not None
    return plain(str(part.get_content()))
