"""Payments: what a tranche of a convention received, never more than is secured of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.outbox import announce
from services.budget.domain.convention import Convention, Tranche
from services.budget.domain.ledger import CauseKind, First, Movement
from services.budget.domain.payment import Payment, Receipt
from services.budget.domain.settlement import pay
from services.budget.use_cases import holdings, origins
from services.budget.use_cases.booking import book, lock_actions
from services.budget.use_cases.commitments import actions_of, terms_of


def record_payment(session: Session, receipt: Receipt, *, author: str, at: datetime, today: date) -> Payment:
    """Record that a tranche, or a part of it, was paid.

    Raises NotFound for an unknown tranche, RuleBroken for more than is secured and not yet received.
    """
    convention, tranche = _locked(session, receipt.tranche_id)
    payment = Payment.of(receipt, tranche, convention.reference, author=author, at=at, today=today)
    terms = terms_of(session, convention)
    actions = lock_actions(session, actions_of(session, [terms]))
    held = holdings.of_conventions(session, [convention.id])[convention.id]
    posting = pay(terms, tranche.id, receipt.amount, actions, held)
    session.add(payment)
    [event_id] = announce(session, payment.recorded(posting.place.cell.programme_code))
    origin = origins.from_act(
        CauseKind.PAYMENT,
        event_id,
        because=payment.reference or convention.reference,
        author=author,
        at=at,
        cause_id=payment.id,
    )
    book(session, [Movement(origin=origin, postings=[posting], first=First(payment.entry_id))], actions)
    return payment


def _locked(session: Session, tranche_id: UUID) -> tuple[Convention, Tranche]:
    """Give a tranche and its convention to one writer at a time."""
    convention_id = session.scalar(select(Tranche.convention_id).where(Tranche.id == tranche_id))
    if convention_id is not None:
        convention = session.get_one(Convention, convention_id, with_for_update=True)
        tranche = session.get(Tranche, tranche_id)
        if tranche is not None:
            return convention, tranche
    raise NotFound(f"No convention has a tranche with the id {tranche_id}.")
