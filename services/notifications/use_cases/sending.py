"""Sending: what is due is claimed, the channel calls with no session open, and the answer is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from chassis.context import acting
from chassis.errors import NotFound
from chassis.outbox import announce
from contracts.notifications import Channel, DeliveryAccepted, DeliveryFailed
from services.notifications.domain.delivery import PENDING, Answer, Attempt, Delivery, Verdict
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.fact import Fact
from services.notifications.domain.stakeholder import Stakeholder
from services.notifications.use_cases.content import NothingToSay, cause_of, content_of


@dataclass(frozen=True)
class Claim:
    """An attempt that is ours for the time of its lease; `content` is a Mail or a Call, as its channel sends."""

    delivery_id: UUID
    number: int
    content: Any


def claim(session: Session, channel: Channel, *, limit: int) -> Sequence[Claim]:
    """Take what is due, at most `limit`, the longest waiting first; no other worker takes it during its lease.

    What has nothing to say any more ends here; what cannot be made (a lost key) is noted as a failed attempt.
    """
    now = _now(session)
    due = (
        select(Delivery)
        .where(
            Delivery.channel == channel,
            Delivery.status.in_(PENDING),
            Delivery.due_at <= now,
            or_(Delivery.leased_until.is_(None), Delivery.leased_until < now),
        )
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    while found := session.scalars(due).all():
        claims = [claimed for delivery in found if (claimed := _take(session, delivery, now))]
        if claims:
            return claims
    return []


def record(session: Session, claimed: Claim, answer: Answer) -> None:
    """Note the answer to an attempt, and follow from it."""
    delivery = session.get_one(Delivery, claimed.delivery_id, with_for_update=True)
    attempt = session.get_one(Attempt, (claimed.delivery_id, claimed.number))
    _follow(session, delivery, attempt, answer)


def retry(session: Session, delivery_id: UUID, *, by: str) -> Delivery:
    """Start a delivery that ended again, at once.

    Raises NotFound, and RuleBroken while it is pending or when nothing is left to tell.
    """
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None:
        raise NotFound("There is no such delivery.")
    delivery.retry(by=by, at=_now(session))
    return delivery


def _take(session: Session, delivery: Delivery, now: datetime) -> Claim | None:
    try:
        content = content_of(session, delivery)
    except Exception as error:  # one that cannot be made must not keep the others waiting
        attempt = _begin(session, delivery, now)
        _follow(session, delivery, attempt, Answer(verdict=Verdict.LATER, error=f"{type(error).__name__}: {error}"))
        return None
    if isinstance(content, NothingToSay):
        delivery.let_go(content.status, content.because, now)
        return None
    return Claim(delivery.id, _begin(session, delivery, now).number, content)


def _begin(session: Session, delivery: Delivery, now: datetime) -> Attempt:
    attempt = delivery.begin(now)
    session.add(attempt)
    return attempt


def _follow(session: Session, delivery: Delivery, attempt: Attempt, answer: Answer) -> None:
    now = _now(session)
    attempt.finish(answer, now)
    if answer.verdict is Verdict.GONE:
        _give_up_recipient(session, delivery, answer.answer or "")
    outcome = delivery.end(attempt, now)
    if outcome:
        _announce(session, delivery, outcome)


def _give_up_recipient(session: Session, delivery: Delivery, answer: str) -> None:
    if delivery.channel is Channel.EMAIL:
        person = session.get(Stakeholder, delivery.recipient_id)
        if person:
            person.suppress(answer)
    else:
        endpoint = session.get(Endpoint, delivery.recipient_id)
        if endpoint:
            endpoint.disable(f"It answered {answer}.")


def _announce(session: Session, delivery: Delivery, outcome: DeliveryAccepted | DeliveryFailed) -> None:
    """Announce how it ended, in the cause of the event that it tells of."""
    fact = session.get_one(Fact, delivery.fact_id)
    with acting(cause_of(fact)):
        announce(session, outcome)


def _now(session: Session) -> datetime:
    """Give the database's own time: real, whatever the programme's clock says, and one for all workers."""
    return session.scalars(select(func.clock_timestamp())).one()
