"""Reversals: a mistake is mended by an entry of the opposite amount, with a reason and an author."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import NotFound, RuleBroken
from chassis.identifiers import new_id
from chassis.outbox import announce
from services.budget.domain.convention import Convention, Terms
from services.budget.domain.credit import CreditCommitment, Reallocation
from services.budget.domain.ledger import CauseKind, First, LedgerEntry, Movement, Posting
from services.budget.domain.settlement import Actions, differences, promised
from services.budget.use_cases import holdings, origins
from services.budget.use_cases.booking import book, lock_actions
from services.budget.use_cases.commitments import actions_of, terms_of


def reverse_entry(session: Session, entry_id: UUID, *, reason: str, author: str, at: datetime) -> LedgerEntry:
    """Take back the entry of a payment or of a credit commitment, once; give the reversing entry.

    A reversed payment settles its convention again, reversed credit is available again.
    Raises NotFound, or RuleBroken for an entry that follows from something else or was reversed already.
    """
    entry = session.get(LedgerEntry, entry_id)
    if entry is None:
        raise NotFound(f"No entry has the id {entry_id}.")
    terms = _locked_terms(session, entry)
    _give_credit_back(session, entry)
    actions = lock_actions(session, {entry.action_id} | (actions_of(session, [terms]) if terms else set()))
    opposite = entry.opposite(actions[entry.action_id].axis_code)
    _refuse_second(session, entry)
    first = First(new_id(), entry.id)
    [event_id] = announce(session, entry.reversed_by(opposite, first.entry_id, reason=reason, author=author))
    origin = origins.from_act(
        CauseKind.REVERSAL, event_id, because=entry.because, author=author, at=at, cause_id=entry.id, reason=reason
    )
    postings = [opposite, *(_consequences(session, terms, actions, opposite) if terms else [])]
    book(session, [Movement(origin=origin, postings=postings, first=first)], actions)
    return session.get_one(LedgerEntry, first.entry_id)


def _locked_terms(session: Session, entry: LedgerEntry) -> Terms | None:
    """Give the terms of the entry's convention, if it has one, to one writer at a time."""
    if entry.convention_id is None:
        return None
    return terms_of(session, session.get_one(Convention, entry.convention_id, with_for_update=True))


def _give_credit_back(session: Session, entry: LedgerEntry) -> None:
    """Make the credit of a commitment's entry available again."""
    if entry.credit_commitment_id is not None:
        commitment = session.get_one(CreditCommitment, entry.credit_commitment_id)
        reallocation = session.get_one(Reallocation, commitment.reallocation_id, with_for_update=True)
        session.refresh(commitment)
        reallocation.take_back(commitment)


def _refuse_second(session: Session, entry: LedgerEntry) -> None:
    if session.scalar(select(LedgerEntry.id).where(LedgerEntry.reverses == entry.id)) is not None:
        raise RuleBroken("This entry was reversed already: a mistake is taken back once.")


def _consequences(session: Session, terms: Terms, actions: Actions, opposite: Posting) -> list[Posting]:
    """Give what else must follow in the ledger once a payment is taken back."""
    held = [*holdings.of_conventions(session, [terms.convention_id])[terms.convention_id], opposite]
    return differences(held, promised(terms, actions, held))
