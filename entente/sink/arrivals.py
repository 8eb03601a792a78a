"""What arrived at the sink: mails as they came over SMTP, webhooks with the outcome of their signature's check."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

KEPT = 5_000
"""Mails, and webhooks, kept; older ones leave, since all of it is in memory."""


@dataclass(frozen=True)
class Mail:
    """One mail to one or more recipients; `text` and `html` are its two forms, None where it lacks one."""

    number: int
    arrived_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Hook:
    """One webhook call; `verified` tells whether its Standard Webhooks signature held, `why` what was wrong with it."""

    number: int
    arrived_at: datetime
    name: str
    identifier: str | None
    body: str
    verified: bool
    why: str | None


@dataclass
class Arrivals:
    """Everything that arrived so far, in order; threads of both doors write into it."""

    mails: list[Mail] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _numbers: Any = field(default_factory=lambda: itertools.count(1), repr=False)

    def take_mail(self, content: bytes, sender: str, recipients: list[str]) -> Mail:
        """Keep a mail as it came over SMTP."""
        message = message_from_bytes(content, policy=policy.default)
        mail = Mail(
            number=next(self._numbers),
            arrived_at=datetime.now(UTC),
            sender=sender,
            recipients=tuple(recipients),
            subject=str(message["subject"] or ""),
            text=_form(message, "plain"),
            html=_form(message, "html"),
            headers={name: str(value) for name, value in message.items()},
        )
        self._keep(self.mails, mail)
        return mail

    def take_hook(self, name: str, body: bytes, headers: Mapping[str, str]) -> Hook:
        """Check a webhook's signature against the secret expected under `name`, and keep it either way."""
        why = self._objection(name, body, headers)
        hook = Hook(
            number=next(self._numbers),
            arrived_at=datetime.now(UTC),
            name=name,
            identifier=headers.get("webhook-id"),
            body=body.decode("utf-8", "replace"),
            verified=why is None,
            why=why,
        )
        self._keep(self.hooks, hook)
        return hook

    def _objection(self, name: str, body: bytes, headers: Mapping[str, str]) -> str | None:
        secret = self.secrets.get(name)
        if secret is None:
            return "No secret was given for this name."
        try:
            Webhook(secret).verify(body, dict(headers))
        except WebhookVerificationError as error:
            return str(error)
        except Exception as error:  # the library crashes on some crooked signatures instead of refusing them
            return f"Unreadable signature: {error!r}"
        return None

    def _keep(self, kept: list[Any], arrival: Any) -> None:
        with self._lock:
            kept.append(arrival)
            del kept[:-KEPT]


def _form(message: EmailMessage, subtype: str) -> str | None:
    part = message.get_body((subtype,))
    return part.get_content() if part is not None else None
