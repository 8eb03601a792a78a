"""Give somebody a secret address of their deadlines, renew it, end it; read by it.

Secrets live in real time, whatever the programme's clock says: hence `datetime.now`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chassis.errors import NotFound, RuleBroken, Unauthenticated
from chassis.identity import Caller
from services.partners.domain.deadline_feed import DeadlineFeed
from services.partners.domain.person import Person
from services.partners.domain.secret import digest, new_secret
from services.partners.use_cases.tokens import identifier_in


@dataclass(frozen=True, kw_only=True)
class NewFeed:
    """A feed and its secret, which is not kept and cannot be shown again."""

    feed: DeadlineFeed
    secret: str


def feed_of(session: Session, *, subject: str) -> DeadlineFeed:
    """Give the feed of the person that a token speaks for.

    Raises NotFound.
    """
    person_id = identifier_in(subject)
    feed = session.get(DeadlineFeed, person_id) if person_id else None
    if feed is None:
        raise NotFound("You have no secret address of your deadlines: make one first.")
    return feed


def renew_feed(session: Session, *, subject: str) -> NewFeed:
    """Give a person a new secret; the former one opens nothing from then on.

    Raises RuleBroken for a program, which asks with its own token.
    """
    person_id = identifier_in(subject)
    person = session.get(Person, person_id, with_for_update=True) if person_id else None
    if person is None:
        raise RuleBroken("A secret address is for somebody's calendar: a program lists deadlines with its own token.")
    secret, now = new_secret(), datetime.now(UTC)
    if feed := session.get(DeadlineFeed, person.id):
        feed.renew(secret, at=now)
    else:
        feed = DeadlineFeed(person_id=person.id, secret_digest=digest(secret), created_at=now)
        session.add(feed)
    return NewFeed(feed=feed, secret=secret)


def end_feed(session: Session, *, subject: str) -> None:
    """Let the secret address of a person open nothing any more.

    Raises NotFound.
    """
    session.delete(feed_of(session, subject=subject))


def reader_of(session: Session, *, secret: str) -> Caller:
    """Give for whom a secret address reads, as that person is today, and note that it was read.

    Raises Unauthenticated.
    """
    statement = (
        select(DeadlineFeed)
        .where(DeadlineFeed.secret_digest == digest(secret))
        .options(joinedload(DeadlineFeed.person))
        .with_for_update(of=DeadlineFeed)
    )
    feed = session.scalar(statement)
    if feed is None:
        raise Unauthenticated("This address opens nothing: it was renewed or ended, or never was one of ours.")
    feed.read_at = datetime.now(UTC)
    return feed.person.caller()
