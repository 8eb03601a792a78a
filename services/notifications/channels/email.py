"""E-mail: a letter as a message, and a postman who hands several over on one connection to the mail server."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from uuid import UUID

from services.notifications.channels.letter import Letter, one_line
from services.notifications.domain.delivery import Answer, Verdict

TIMEOUT_SECONDS = 20.0

_ADDRESS_AT_FAULT = frozenset({550, 551, 553})
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message with its envelope."""

    sender: str
    recipient: str
    message: EmailMessage


def write_mail(letter: Letter, *, delivery_id: UUID, sender: str, name: str, address: str) -> Mail:
    """Make the message of a letter; its Message-ID follows from the delivery, so repeats can be recognised.

    Headers hold one line each, whatever the facts hold (RFC 5322); the mail says that a machine sent it (RFC 3834) and
    how to have no more of them (RFC 2369, one click: RFC 8058).
    """
    sender_name, sender_address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(datetime.now(UTC))  # real time: mail servers look at it
    message["From"] = Address(one_line(sender_name), addr_spec=sender_address)
    message["To"] = Address(one_line(name), addr_spec=address)
    message["Subject"] = one_line(letter.subject)
    message["Message-ID"] = f"<{delivery_id}@{sender_address.rpartition('@')[2]}>"
    message["Content-Language"] = letter.language.value
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text(), cte="quoted-printable")
    message.add_alternative(letter.html(), subtype="html", cte="quoted-printable")
    return Mail(sender=sender_address, recipient=address, message=message)


class Postman:
    """Hands mails over, on one connection as long as it lasts; a server that is not there is asked once per round."""

    def __init__(self, smtp_url: str) -> None:
        self._server = urlsplit(smtp_url)
        self._connection: smtplib.SMTP | None = None
        self._unreachable: Answer | None = None

    def __enter__(self) -> "Postman":
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def send(self, mail: Mail) -> Answer:
        """Hand a mail over and judge the answer; never raises for what the server does."""
        if self._unreachable:
            return self._unreachable
        if self._connection is None:
            try:
                self._connection = self._connect()
            except (OSError, smtplib.SMTPException) as error:
                self._unreachable = _later(f"The mail server did not let us in: {_said_by(error)}")
                return self._unreachable
        try:
            return self._hand_over(self._connection, mail)
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return _later(_said_by(error))

    def _connect(self) -> smtplib.SMTP:
        host, implicit = self._server.hostname or "", self._server.scheme == "smtps"
        port = self._server.port or (465 if implicit else 25)
        tls = _tls(host)
        if implicit:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=tls)
        else:
            connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        connection.ehlo()
        if not implicit and connection.has_extn("starttls"):
            connection.starttls(context=tls)
            connection.ehlo()
        if self._server.username:
            connection.login(unquote(self._server.username), unquote(self._server.password or ""))
        return connection

    def _hand_over(self, connection: smtplib.SMTP, mail: Mail) -> Answer:
        """Go through MAIL, RCPT and DATA; a 5xx to MAIL blames our own settings, so it is tried again once mended."""
        answer = judge(*connection.mail(mail.sender), sender=True)
        answer = answer or judge(*connection.rcpt(mail.recipient))
        answer = answer or self._hand_over_content(connection, mail)
        if answer.verdict is not Verdict.ACCEPTED:
            connection.rset()
        return answer

    def _hand_over_content(self, connection: smtplib.SMTP, mail: Mail) -> Answer:
        try:
            code, said = connection.data(mail.message.as_bytes())
        except smtplib.SMTPDataError as error:
            code, said = error.smtp_code, _bytes(error.smtp_error)
        return judge(code, said) or Answer(verdict=Verdict.ACCEPTED, answer=_answer(code, said))

    def _hang_up(self) -> None:
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._connection.close()
            self._connection = None


def judge(code: int, said: bytes, *, sender: bool = False) -> Answer | None:
    """Read what an SMTP answer means (RFC 5321, section 4.2.1): None for 2xx, later for 4xx, refused for 5xx.

    It blames the address when its enhanced code does (5.1.x, 5.2.1: RFC 3463), or without one by 550, 551 or 553.
    """
    if 200 <= code < 300:
        return None
    answer = _answer(code, said)
    if code < 500 or sender:
        return Answer(verdict=Verdict.LATER, answer=answer)
    enhanced = _ENHANCED.search(answer)
    blamed = enhanced[0].startswith(("5.1.", "5.2.1")) if enhanced else code in _ADDRESS_AT_FAULT
    return Answer(verdict=Verdict.GONE if blamed else Verdict.REFUSED, answer=answer)


def _later(error: str) -> Answer:
    return Answer(verdict=Verdict.LATER, error=error)


def _answer(code: int, said: bytes) -> str:
    return one_line(f"{code} {said.decode(errors='replace')}")[:500]


def _said_by(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, _bytes(error.smtp_error))
    return one_line(f"{type(error).__name__}: {error}")[:500]


def _bytes(said: bytes | str) -> bytes:
    return said.encode() if isinstance(said, str) else said


@cache
def _tls(host: str) -> ssl.SSLContext:
    """Give how to encrypt; only a mail server on this very machine may show a certificate that nobody signed."""
    context = ssl.create_default_context()
    if _is_this_machine(host):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
