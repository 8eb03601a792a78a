"""Envelopes: what an axis is estimated to get over the whole programme, replaced by version and never adjusted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import stable_id
from chassis.money import VatBasis
from contracts.budget import EnvelopeRevised
from services.budget.domain.base import Base


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What one says of an axis's envelope, in euros; both the reason and the mandate may be missing."""

    amount: Decimal
    mandate_number: str | None = None
    reason: str | None = None


class Envelope(Base):
    """One version of an axis's envelope; the highest version holds."""

    __tablename__ = "envelopes"

    envelope_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    programme_code: Mapped[str]
    axis_code: Mapped[str]
    amount: Mapped[Decimal]
    vat_basis: Mapped[VatBasis]
    mandate_number: Mapped[str | None]
    reason: Mapped[str | None]
    author: Mapped[str]
    recorded_at: Mapped[datetime]

    @classmethod
    def first(
        cls, axis: tuple[str, str], estimate: Estimate, *, vat_basis: VatBasis, author: str, at: datetime
    ) -> tuple[Self, EnvelopeRevised]:
        """Give the first version of an axis's envelope, and the event that says so."""
        envelope = cls(
            envelope_id=stable_id("envelope", *axis),
            version=1,
            programme_code=axis[0],
            axis_code=axis[1],
            amount=estimate.amount,
            vat_basis=vat_basis,
            mandate_number=estimate.mandate_number,
            reason=estimate.reason,
            author=author,
            recorded_at=at,
        )
        return envelope, envelope._announcing()

    def revise(
        self, estimate: Estimate, *, vat_basis: VatBasis, author: str, at: datetime
    ) -> tuple["Envelope", EnvelopeRevised]:
        """Give the version that replaces this one, and the event that says so."""
        envelope, _ = Envelope.first(
            (self.programme_code, self.axis_code), estimate, vat_basis=vat_basis, author=author, at=at
        )
        envelope.version = self.version + 1
        return envelope, envelope._announcing()

    def estimate(self) -> Estimate:
        """Give what this version says."""
        return Estimate(amount=self.amount, mandate_number=self.mandate_number, reason=self.reason)

    def _announcing(self) -> EnvelopeRevised:
        return EnvelopeRevised(
            envelope_id=self.envelope_id,
            programme_code=self.programme_code,
            axis_code=self.axis_code,
            version=self.version,
            amount=self.amount,
            vat_basis=self.vat_basis,
            mandate_number=self.mandate_number,
            reason=self.reason,
            sequence=self.version,
        )
