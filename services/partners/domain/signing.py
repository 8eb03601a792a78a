"""How a signature was given: who, in what capacity, on which day, on which text, with what proof."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from chassis.errors import InvalidInput
from contracts.partners import SignatureLevel


@dataclass(frozen=True, kw_only=True)
class Signing:
    """The facts of a signature; two equal ones are the same signature said twice.

    `fingerprint` is that of the text signed, `evidence` says where the proof is kept. It records and does not pretend
    to be a qualified signature service.
    """

    signed_on: date
    signatory_name: str
    capacity: str
    level: SignatureLevel
    fingerprint: str
    evidence: str | None = None
    mandate_id: UUID | None = None
    mandate_number: str | None = None

    def ensure_it_fits(self, *, fingerprint: str, today: date) -> None:
        """Refuse a signature of another text, or of a day to come.

        Raises InvalidInput.
        """
        if self.fingerprint != fingerprint:
            raise InvalidInput(
                f"Another text was signed: this one's fingerprint is {fingerprint}.",
                {"/fingerprint": ["It is not the fingerprint of this text."]},
            )
        if self.signed_on > today:
            raise InvalidInput(
                f"Nobody has signed on {self.signed_on} yet: today is {today}.",
                {"/signed_on": ["It lies in the future."]},
            )

    def columns(self) -> dict[str, Any]:
        """Give the facts by column of `SigningColumns`."""
        return asdict(self)


class SigningColumns(MappedAsDataclass, kw_only=True):
    """The columns of a table of signatures."""

    signed_on: Mapped[date]
    signatory_name: Mapped[str]
    capacity: Mapped[str]
    level: Mapped[SignatureLevel]
    fingerprint: Mapped[str]
    evidence: Mapped[str | None]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandates.id"))
    mandate_number: Mapped[str | None]
    recorded_by: Mapped[str]

    @property
    def signing(self) -> Signing:
        """The facts of this signature."""
        return Signing(**{each.name: getattr(self, each.name) for each in fields(Signing)})
