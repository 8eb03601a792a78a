"""Know what tranches received, so that no amendment promises less."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.errors import NotYetKnown
from contracts.budget import EntryReversed, PaymentRecorded
from services.partners.domain.payment import KnownPayment


def know_payment(session: Session, done: PaymentRecorded | EntryReversed) -> None:
    """Keep a payment, or that it was taken back.

    Raises NotYetKnown where one is taken back that was not heard of yet.
    """
    if isinstance(done, PaymentRecorded):
        session.merge(KnownPayment(id=done.payment_id, tranche_id=done.tranche_id, amount=done.amount))
    elif done.payment_id is not None:
        payment = session.get(KnownPayment, done.payment_id)
        if payment is None:
            raise NotYetKnown(f"Payment {done.payment_id} is not known here yet.")
        payment.taken_back = True


def received_by(session: Session, tranche_ids: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """Give what tranches received as far as it is known here, in euros."""
    statement = select(KnownPayment.tranche_id, func.sum(KnownPayment.amount)).where(
        KnownPayment.tranche_id.in_(tranche_ids), KnownPayment.taken_back.is_(False)
    )
    return dict(session.execute(statement.group_by(KnownPayment.tranche_id)).tuples().all())
