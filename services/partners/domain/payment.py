"""What partners knows of payments: how much each tranche received, from budget's events."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.partners.domain.base import Base


class KnownPayment(Base):
    """A payment of a tranche, in euros; one that was recorded by mistake was taken back."""

    __tablename__ = "known_payments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tranche_id: Mapped[UUID] = mapped_column(index=True)
    amount: Mapped[Decimal]
    taken_back: Mapped[bool] = mapped_column(default=False)
