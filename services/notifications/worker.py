"""The event and timer door: what others announce becomes deliveries, and what is due is sent."""

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context

from sqlalchemy.orm import Session

from chassis.database import transaction
from chassis.events import Event
from chassis.messaging import Worker, every, subscribe
from chassis.service import current
from contracts.notifications import Channel
from services.notifications.channels import email, webhook
from services.notifications.domain.audience import EVENTS
from services.notifications.domain.delivery import Answer
from services.notifications.use_cases import sending, telling

LANES = 8
"""Webhooks called at once by a process: a slow receiver keeps one lane, not the others."""

ROUND_SECONDS = 3.0
"""How long a round takes up new work, so that it ends soon when the process must."""


class NotificationsWorker(Worker):
    """What notifications does when others speak, and twice a second."""

    name = "notifications"

    @subscribe(*EVENTS, queue="notifications.tell_those_concerned", supersede=False, batch=True)
    def tell_those_concerned(self, session: Session, events: Sequence[Event]) -> None:
        """Whoever is concerned by an event, and wants to be, gets an e-mail or a webhook."""
        telling.tell_those_concerned(session, events)

    @every(0.5)
    def send_emails(self) -> None:
        """Hand over the e-mails that are due, one after the other on one connection."""
        until = time.monotonic() + ROUND_SECONDS
        with email.Postman(current().settings.smtp_url) as postman:
            while time.monotonic() < until and (claimed := _claim(Channel.EMAIL, limit=1)):
                _record(claimed[0], postman.send(claimed[0].content))

    @every(0.5)
    def send_webhooks(self) -> None:
        """Make the calls that are due, several at once."""
        until = time.monotonic() + ROUND_SECONDS
        calling: set[Future[None]] = set()
        with ThreadPoolExecutor(LANES) as lanes:
            while True:
                if time.monotonic() < until:
                    claimed = _claim(Channel.WEBHOOK, limit=LANES - len(calling))
                    calling |= {lanes.submit(copy_context().run, _call, each) for each in claimed}
                if not calling:
                    return
                _, calling = wait(calling, timeout=0.2, return_when=FIRST_COMPLETED)


def _call(claimed: sending.Claim) -> None:
    private_addresses = current().settings.webhook_private_addresses
    _record(claimed, webhook.send(claimed.content, private_addresses=private_addresses))


def _claim(channel: Channel, *, limit: int) -> Sequence[sending.Claim]:
    with transaction() as session:
        return sending.claim(session, channel, limit=limit)


def _record(claimed: sending.Claim, answer: Answer) -> None:
    with transaction() as session:
        sending.record(session, claimed, answer)
