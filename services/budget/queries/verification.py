"""Does everything still add up? Each check gives a sentence for whatever does not."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from sqlalchemy import Text, and_, cast, func, literal, not_, select
from sqlalchemy.orm import Session

from chassis.inbox import Arrival, Status
from chassis.outbox import Outgoing
from services.budget.domain.convention import Convention
from services.budget.domain.credit import CreditCommitment, Reallocation
from services.budget.domain.ledger import ZERO, LedgerEntry, Measure
from services.budget.domain.programme import Action
from services.budget.domain.reconciliation import Difference, Sums, all_actions, compared, sides
from services.budget.domain.settlement import differences, promised
from services.budget.queries.holdings import held_for, terms_of
from services.budget.queries.scope import at_one_moment

BOOKING = ("budget.record_commitment", "budget.record_need", "budget.record_programme")
"""The queues whose events make entries."""


def verify(session: Session) -> list[str]:
    """Give every discrepancy between ledger, projection, promises, credit and events; none is as it should be.

    Looks at one moment if it is the first to use the session, so that what is booked meanwhile is no discrepancy.
    """
    at_one_moment(session)
    checks = (_cells, _events, _received, _promises, _credit)
    return [sentence for check in checks for sentence in check(session)]


def _cells(session: Session) -> Iterator[str]:
    """The entries of each cell add up to the cell."""
    for cell, ledger, projected in cell_differences(session, session.scalars(all_actions()).all()):
        yield f"Cell {'/'.join(map(str, cell))} shows {_plain(projected)}, its entries make {_plain(ledger)}."


def cell_differences(session: Session, action_ids: Collection[UUID]) -> list[Difference]:
    """Give the cells of these actions whose entries make something else than the projection shows."""
    return compared(*(session.execute(side) for side in sides(action_ids)))


def projected_actions(session: Session) -> Sequence[UUID]:
    """Give every action that has entries or cells, all at one moment if it is the first to use the session."""
    at_one_moment(session)
    return session.scalars(all_actions()).all()


def _plain(amounts: Sums | None) -> str:
    return "nothing" if amounts is None else ", ".join(map(str, amounts))


def _events(session: Session) -> Iterator[str]:
    """Each entry names an event that arrived here and was applied, or that was announced here."""
    applied = select(Arrival.event_key).where(Arrival.status == Status.APPLIED, Arrival.subscription.in_(BOOKING))
    announced = select(cast(Outgoing.event_id, Text))
    unexplained = select(cast(LedgerEntry.event_id, Text)).except_(applied, announced)
    for event_id in session.scalars(unexplained):
        yield f"Entries name event {event_id}, which is neither applied nor announced here."


def _received(session: Session) -> Iterator[str]:
    """No tranche received more than is secured of it, and none a negative amount of anything."""
    sought, secured, received = (
        func.coalesce(func.sum(LedgerEntry.amount).filter(LedgerEntry.measure == measure), ZERO)
        for measure in (Measure.SOUGHT, Measure.SECURED, Measure.RECEIVED)
    )
    statement = (
        select(LedgerEntry.tranche_id, sought, secured, received)
        .where(LedgerEntry.tranche_id.is_not(None))
        .group_by(LedgerEntry.tranche_id)
        .having(not_(and_(sought >= 0, received.between(0, secured))))
    )
    for row in session.execute(statement):
        yield "Tranche {}: sought {}, secured {}, received {}.".format(*row)


def _promises(session: Session) -> Iterator[str]:
    """The ledger holds for each convention what its present state promises."""
    actions = {action.id: action for action in session.scalars(select(Action))}
    conventions = session.scalars(select(Convention).order_by(Convention.reference)).all()
    promises, held = terms_of(session, conventions), held_for(session, [each.id for each in conventions])
    for each in conventions:
        wanted = promised(promises[each.id], actions, held[each.id])
        for place, amount, _ in differences(held[each.id], wanted):
            yield f"Convention {each.reference} lacks {amount} € {place.measure} for tranche {place.tranche_id}."


def _credit(session: Session) -> Iterator[str]:
    """What is committed of a credit is what its commitments, and the ledger's secured entries, make."""
    committed = (
        select(func.coalesce(func.sum(CreditCommitment.amount), ZERO))
        .where(CreditCommitment.reallocation_id == Reallocation.id, CreditCommitment.reversed.is_(False))
        .scalar_subquery()
    )
    booked = (
        select(func.coalesce(func.sum(LedgerEntry.amount), ZERO))
        .join(CreditCommitment, CreditCommitment.id == LedgerEntry.credit_commitment_id)
        .where(and_(CreditCommitment.reallocation_id == Reallocation.id, LedgerEntry.measure == literal("secured")))
        .scalar_subquery()
    )
    for reallocation, given, entered in session.execute(select(Reallocation, committed, booked)):
        if not reallocation.committed == given == entered:
            yield (
                f"Credit {reallocation.id} shows {reallocation.committed} € committed, its commitments make {given} €, "
                f"its entries {entered} €."
            )
