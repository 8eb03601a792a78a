"""Announce deadlines when their day has come."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.outbox import announce
from services.partners.domain.charter import CharterSignature
from services.partners.domain.convention import Convention
from services.partners.domain.convention_parts import ConventionParty
from services.partners.domain.deadline import (
    DEADLINES,
    AnnouncedDeadline,
    DeadlineWatch,
    concerned,
    reached,
    was_announced,
)

AT_ONCE = 200
"""Deadlines announced in one transaction."""


def announce_deadlines(session: Session, *, today: date, at: datetime) -> int:
    """Announce what fell due by today and was not announced, each once whoever else does the same; give how many.

    The first time, only what falls due that day: what a programme had paid and done before Entente kept it is no news.

    Looks again once conventions and adherences are held still, so that one which ended meanwhile announces nothing.
    """
    due = select(DEADLINES).where(DEADLINES.c.due_on.between(_watched_since(session, today), today), ~was_announced())
    found = session.execute(due.order_by(DEADLINES.c.due_on, DEADLINES.c.subject_id).limit(AT_ONCE)).all()
    if found:
        _hold(session, found)
        subjects = [row.subject_id for row in found]
        still = session.execute(due.where(DEADLINES.c.subject_id.in_(subjects)).order_by(DEADLINES.c.due_on)).all()
        fresh = _note(session, still, at=at)
        parties = _parties(session, subjects)
        announce(
            session, *(reached(row, [row.organisation_id] if row.charter_id else parties[_key(row)]) for row in fresh)
        )
    return len(found)


def _watched_since(session: Session, today: date) -> date:
    """Give the day since which deadlines are kept: today where nobody kept any before, or the clock was set back."""
    since = session.scalar(select(func.min(DeadlineWatch.since)))
    if since is None or today < since:
        session.execute(insert(DeadlineWatch).values(since=today).on_conflict_do_nothing())
        since = today
    return since


def _hold(session: Session, found: Sequence[Any]) -> None:
    conventions = sorted({row.convention_id for row in found if row.convention_id})
    adherences = sorted({row.subject_id for row in found if row.charter_id})
    for kind, ids in ((Convention, conventions), (CharterSignature, adherences)):
        session.execute(select(kind.id).where(kind.id.in_(ids)).order_by(kind.id).with_for_update(read=True))


def _note(session: Session, rows: Sequence[Any], *, at: datetime) -> list[Any]:
    """Note deadlines as announced; give those that nobody else noted first."""
    key = (AnnouncedDeadline.kind, AnnouncedDeadline.subject_id, AnnouncedDeadline.due_on)
    if not rows:
        return []
    values = [
        {"kind": row.kind, "subject_id": row.subject_id, "due_on": row.due_on, "announced_at": at}
        for row in sorted(rows, key=lambda row: (row.kind.value, str(row.subject_id), row.due_on))
    ]
    noted = session.execute(insert(AnnouncedDeadline).values(values).on_conflict_do_nothing().returning(*key))
    fresh = {tuple(row) for row in noted}
    return [row for row in rows if _key(row) in fresh]


def _parties(session: Session, subjects: Sequence[UUID]) -> Mapping[tuple[Any, ...], list[UUID]]:
    """Give the parties that each deadline of these subjects concerns, by its kind, subject and day."""
    columns = DEADLINES.c
    statement = select(columns.kind, columns.subject_id, columns.due_on, ConventionParty.organisation_id)
    named = statement.join(ConventionParty, concerned(DEADLINES)).where(columns.subject_id.in_(subjects))
    parties = defaultdict(list)
    for row in session.execute(named.order_by(ConventionParty.organisation_id)):
        parties[_key(row)].append(row.organisation_id)
    return parties


def _key(row: Any) -> tuple[Any, ...]:
    return row.kind, row.subject_id, row.due_on
