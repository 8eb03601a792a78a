"""Payments: the fact that a tranche, or a part of it, was paid."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import RuleBroken
from chassis.identifiers import new_id
from contracts.budget import PaymentRecorded
from services.budget.domain.base import Base
from services.budget.domain.convention import Tranche


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What one says of a payment: euros, the day, and the payment order's reference."""

    tranche_id: UUID
    amount: Decimal
    paid_on: date
    reference: str | None = None


class Payment(Base):
    """A payment as it was recorded; `entry_id` is its entry in the ledger."""

    __tablename__ = "payments"
    __table_args__ = (Index("payments_tranche_id", "tranche_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID]
    tranche_id: Mapped[UUID]
    convention_id: Mapped[UUID]
    convention_reference: Mapped[str]
    funder_id: Mapped[UUID]
    action_id: Mapped[UUID]
    amount: Mapped[Decimal]
    paid_on: Mapped[date]
    reference: Mapped[str | None]
    author: Mapped[str]
    recorded_at: Mapped[datetime]

    @classmethod
    def of(
        cls, receipt: Receipt, tranche: Tranche, convention_reference: str, *, author: str, at: datetime, today: date
    ) -> Self:
        """Give the payment of a tranche.

        Raises RuleBroken for a day that is yet to come.
        """
        if receipt.paid_on > today:
            raise RuleBroken(f"A payment is a fact: {receipt.paid_on} is yet to come, record it then.")
        return cls(
            id=new_id(),
            entry_id=new_id(),
            tranche_id=tranche.id,
            convention_id=tranche.convention_id,
            convention_reference=convention_reference,
            funder_id=tranche.funder_id,
            action_id=tranche.action_id,
            amount=receipt.amount,
            paid_on=receipt.paid_on,
            reference=receipt.reference,
            author=author,
            recorded_at=at,
        )

    def recorded(self, programme_code: str) -> PaymentRecorded:
        """Give the event that says so."""
        return PaymentRecorded(
            payment_id=self.id,
            programme_code=programme_code,
            convention_id=self.convention_id,
            convention_reference=self.convention_reference,
            tranche_id=self.tranche_id,
            funder_id=self.funder_id,
            action_id=self.action_id,
            amount=self.amount,
            paid_on=self.paid_on,
            reference=self.reference,
            sequence=1,
        )
