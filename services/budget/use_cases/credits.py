"""Credit: moved under a mandate, then committed to actions, never more than there is."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound, NotYetKnown, RuleBroken
from chassis.outbox import announce
from contracts.partners import Nature
from services.budget.domain.credit import CreditCommitment, Move, Reallocation
from services.budget.domain.ledger import CauseKind, First, Movement
from services.budget.domain.partner import Act, Mandate
from services.budget.use_cases import origins
from services.budget.use_cases.booking import basis_of, book, lock_actions


def reallocate_credit(
    session: Session,
    *,
    programme_code: str,
    move: Move,
    mandate_id: UUID,
    author: str,
    at: datetime,
    today: date,
) -> Reallocation:
    """Move credit from a budget line to another: it is available from now on, and not yet secured.

    Raises NotFound or NotYetKnown for what is not known here, RuleBroken past what the mandate authorises.
    """
    basis_of(session, programme_code)
    mandate = _locked_mandate(session, mandate_id)
    moved = select(func.coalesce(func.sum(Reallocation.amount), 0)).where(Reallocation.mandate_id == mandate_id)
    mandate.authorise(Act.REALLOCATE_CREDIT, move.amount, already=session.execute(moved).scalar_one(), on=today)
    reallocation, reallocated = Reallocation.of(move, mandate, programme_code=programme_code, author=author, at=at)
    session.add(reallocation)
    announce(session, reallocated)
    return reallocation


def commit_credit(
    session: Session,
    *,
    reallocation_id: UUID,
    action_id: UUID,
    amount: Decimal,
    nature: Nature,
    year: int | None,
    mandate_id: UUID,
    author: str,
    at: datetime,
    today: date,
) -> CreditCommitment:
    """Commit available credit to an action: secured from now on, its funder is whose credit it is.

    Raises NotFound or NotYetKnown for what is not known here, RuleBroken for more than is available or authorised, or
    in another year than the credit's.
    """
    mandate = _locked_mandate(session, mandate_id)
    reallocation = session.get(Reallocation, reallocation_id, with_for_update=True)
    if reallocation is None:
        raise NotFound(f"No reallocation has the id {reallocation_id}.")
    if year not in (None, reallocation.year):
        raise RuleBroken(f"This credit is of {reallocation.year}: commit it in that budget year.")
    _authorise_commitment(session, mandate, amount, on=today)
    basis = basis_of(session, reallocation.programme_code)
    actions = lock_actions(session, [action_id])
    commitment, committed = reallocation.commit_to(actions[action_id], amount, nature, mandate, author=author, at=at)
    session.add(commitment)
    [event_id] = announce(session, committed)
    posting = reallocation.posting(commitment, actions[action_id], basis)
    origin = origins.from_act(
        CauseKind.CREDIT_COMMITMENT,
        event_id,
        because=f"{reallocation.to_line} {reallocation.year}",
        author=author,
        at=at,
        cause_id=commitment.id,
    )
    book(session, [Movement(origin=origin, postings=[posting], first=First(commitment.entry_id))], actions)
    return commitment


def _authorise_commitment(session: Session, mandate: Mandate, amount: Decimal, *, on: date) -> None:
    committed = select(func.coalesce(func.sum(CreditCommitment.amount), 0)).where(
        CreditCommitment.mandate_id == mandate.id, CreditCommitment.reversed.is_(False)
    )
    mandate.authorise(Act.COMMIT_CREDIT, amount, already=session.execute(committed).scalar_one(), on=on)


def _locked_mandate(session: Session, mandate_id: UUID) -> Mandate:
    mandate = session.get(Mandate, mandate_id, with_for_update=True)
    if mandate is None:
        raise NotYetKnown(f"Budget has not heard of mandate {mandate_id} yet: record it, or try again in a moment.")
    return mandate
