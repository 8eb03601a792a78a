"""Put amendments in force on their day, and end them with their convention."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from chassis.errors import InvalidInput
from chassis.outbox import announce
from contracts.amendments import AmendmentStatus
from services.partners.domain.amendment import CONVENTION_ENDED, OPEN, WHOLE, Amendment
from services.partners.domain.amendment_changes import amended
from services.partners.domain.convention import WHOLE as CONVENTION_WHOLE
from services.partners.domain.convention import Convention
from services.partners.domain.convention_text import ConventionText
from services.partners.use_cases.known import known_of
from services.partners.use_cases.mandates import give_back

AT_ONCE = 50
"""Amendments put in force in one round."""


def awaiting(today: date) -> ColumnElement[bool]:
    """Say which amendments all have signed and have their day by `today`."""
    return (Amendment.status == AmendmentStatus.SIGNED) & (Amendment.effective_on <= today)


def open_amendment_of(session: Session, convention: Convention) -> Amendment | None:
    """Give the amendment of a convention that may still take effect, if there is one; the convention is locked."""
    statement = select(Amendment).where(Amendment.convention_id == convention.id, Amendment.status.in_(OPEN))
    return session.scalar(statement.options(*WHOLE))


def due_amendments(session: Session, *, today: date) -> list[UUID]:
    """Give the conventions which an amendment should have changed by today."""
    statement = select(Amendment.convention_id).where(awaiting(today)).order_by(Amendment.effective_on, Amendment.id)
    return list(session.scalars(statement.limit(AT_ONCE)))


def take_effect(session: Session, amendment: Amendment, *, today: date) -> bool:
    """Put an amendment in force if all have signed and its day has come; tell whether it is so.

    The convention is locked, so that it happens once whoever else does the same. Its new text is kept beside the old.
    """
    if not amendment.due(today):
        return False
    convention = amendment.convention
    after = amended(convention.terms(), amendment.changes, on=amendment.effective_on)
    known = known_of(session, after, convention_id=convention.id)
    announce(session, *amendment.take_effect(known))
    session.add(ConventionText.of(convention))
    return True


def take_effect_of(session: Session, convention_id: UUID, *, today: date) -> bool:
    """Put the due amendment of a convention in force, unless somebody else did; tell whether it is so."""
    statement = select(Convention).where(Convention.id == convention_id).options(*CONVENTION_WHOLE)
    convention = session.scalar(statement.with_for_update(of=Convention))
    amendment = open_amendment_of(session, convention) if convention else None
    return amendment is not None and take_effect(session, amendment, today=today)


def end_with(session: Session, convention: Convention, *, on: date, today: date) -> None:
    """Settle what is open of a convention before it ends on a day: what is due takes effect, the rest expires.

    The convention is locked. What an amendment drew of mandates and never took effect is given back.
    Raises InvalidInput where all have signed one whose day is still to come before that end: its money would be lost.
    """
    amendment = open_amendment_of(session, convention)
    if amendment and amendment.status is AmendmentStatus.SIGNED and today < amendment.effective_on <= on:
        too_early = (
            f"{amendment.name} is signed and takes effect on {amendment.effective_on}: "
            f"say then that the convention ends on {on}, or let it end before."
        )
        raise InvalidInput(too_early, {"/terminated_on": [too_early]})
    if amendment is None or (amendment.effective_on <= on and take_effect(session, amendment, today=today)):
        return
    expired = amendment.expire(on=on)
    if expired:
        announce(session, expired)
    give_back(session, [amendment.id], on=today, because=CONVENTION_ENDED)
