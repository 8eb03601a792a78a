"""Credit: a reallocation is a movement that makes it available; committed to an action, it becomes secured."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import RuleBroken
from chassis.identifiers import new_id
from chassis.money import VatBasis
from contracts.budget import CreditCommitted, CreditReallocated
from contracts.partners import ContributionKind, Nature
from services.budget.domain.base import Base
from services.budget.domain.ledger import ZERO, CellKey, Labels, Measure, Place, Posting
from services.budget.domain.partner import Mandate
from services.budget.domain.programme import Action


@dataclass(frozen=True, kw_only=True)
class Move:
    """What moves: from a budget line to another, in euros, in one budget year."""

    from_line: str
    to_line: str
    year: int
    amount: Decimal


class CreditCommitment(Base):
    """Credit committed to an action; `entry_id` is its entry in the ledger, `reversed` says it was taken back."""

    __tablename__ = "credit_commitments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID]
    reallocation_id: Mapped[UUID]
    action_id: Mapped[UUID]
    nature: Mapped[Nature]
    amount: Mapped[Decimal]
    mandate_id: Mapped[UUID]
    mandate_number: Mapped[str]
    author: Mapped[str]
    recorded_at: Mapped[datetime]
    reversed: Mapped[bool] = mapped_column(default=False)


class Reallocation(Base):
    """Credit moved under a mandate; `committed` euros of it are given to actions, the rest is available."""

    __tablename__ = "reallocations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_code: Mapped[str]
    from_line: Mapped[str]
    to_line: Mapped[str]
    year: Mapped[int]
    amount: Mapped[Decimal]
    organisation_id: Mapped[UUID]
    organisation_name: Mapped[str]
    mandate_id: Mapped[UUID]
    mandate_number: Mapped[str]
    author: Mapped[str]
    recorded_at: Mapped[datetime]
    committed: Mapped[Decimal] = mapped_column(default=ZERO)

    @property
    def available(self) -> Decimal:
        """What may still be committed, in euros."""
        return self.amount - self.committed

    @classmethod
    def of(
        cls, move: Move, mandate: Mandate, *, programme_code: str, author: str, at: datetime
    ) -> tuple[Self, CreditReallocated]:
        """Give the reallocation that the mandate's organisation makes, and the event that says so."""
        reallocation = cls(
            id=new_id(),
            programme_code=programme_code,
            from_line=move.from_line,
            to_line=move.to_line,
            year=move.year,
            amount=move.amount,
            organisation_id=mandate.organisation_id,
            organisation_name=mandate.organisation_name,
            mandate_id=mandate.id,
            mandate_number=mandate.number,
            author=author,
            recorded_at=at,
        )
        return reallocation, CreditReallocated(
            reallocation_id=reallocation.id,
            programme_code=programme_code,
            from_line=move.from_line,
            to_line=move.to_line,
            year=move.year,
            amount=move.amount,
            organisation_id=mandate.organisation_id,
            mandate_id=mandate.id,
            mandate_number=mandate.number,
            sequence=1,
        )

    def commit_to(
        self, action: Action, amount: Decimal, nature: Nature, mandate: Mandate, *, author: str, at: datetime
    ) -> tuple[CreditCommitment, CreditCommitted]:
        """Give a part of the credit to an action; from then on it is secured.

        Raises RuleBroken for more than is available, another programme's action, or another organisation's mandate.
        """
        if action.programme_code != self.programme_code:
            raise RuleBroken(f"This credit is for {self.programme_code}: choose one of its actions.")
        if mandate.organisation_id != self.organisation_id:
            raise RuleBroken(f"Mandate {mandate.number} is not of {self.organisation_name}, whose credit this is.")
        if amount > self.available:
            raise RuleBroken(f"Of this credit {self.available} € are available: commit at most that.")
        self.committed += amount
        commitment = CreditCommitment(
            id=new_id(),
            entry_id=new_id(),
            reallocation_id=self.id,
            action_id=action.id,
            nature=nature,
            amount=amount,
            mandate_id=mandate.id,
            mandate_number=mandate.number,
            author=author,
            recorded_at=at,
        )
        return commitment, CreditCommitted(
            credit_commitment_id=commitment.id,
            reallocation_id=self.id,
            programme_code=self.programme_code,
            action_id=action.id,
            action_code=action.code,
            funder_id=self.organisation_id,
            year=self.year,
            nature=nature,
            amount=amount,
            mandate_id=mandate.id,
            mandate_number=mandate.number,
            sequence=1,
        )

    def posting(self, commitment: CreditCommitment, action: Action, vat_basis: VatBasis) -> Posting:
        """Give the secured entry of a commitment: cash in the programme's VAT basis, in the credit's year."""
        cell = CellKey(
            self.programme_code,
            action.axis_code,
            action.id,
            self.organisation_id,
            self.year,
            commitment.nature,
            ContributionKind.CASH,
            vat_basis,
        )
        labels = Labels(action.code, self.organisation_name, None, commitment.mandate_number)
        return Posting(Place(cell, Measure.SECURED, credit_commitment_id=commitment.id), commitment.amount, labels)

    def take_back(self, commitment: CreditCommitment) -> None:
        """Make the credit of a reversed commitment available again.

        Raises RuleBroken when it is already.
        """
        if commitment.reversed:
            raise RuleBroken("This commitment was reversed already: a mistake is taken back once.")
        commitment.reversed = True
        self.committed -= commitment.amount
