"""The texts that were ever put before the parties, kept as they were signed: nothing rewrites them."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.domain.base import Base
from services.partners.domain.convention import Convention


class ConventionText(Base):
    """One text of a convention, as canonical JSON; the database checks its fingerprint and refuses any change.

    `amended_on` is the day since which it binds, where an amendment made it.
    """

    __tablename__ = "convention_texts"
    __table_args__ = (
        CheckConstraint("fingerprint = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="convention_texts_hold"),
    )

    convention_id: Mapped[UUID] = mapped_column(ForeignKey("conventions.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    fingerprint: Mapped[str]
    text: Mapped[str]
    party_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    amendment_number: Mapped[int | None]
    amended_on: Mapped[date | None]

    @classmethod
    def of(cls, convention: Convention) -> "ConventionText":
        """Keep a convention's present text."""
        return cls(
            convention_id=convention.id,
            revision=convention.revision,
            version=convention.version,
            fingerprint=convention.fingerprint,
            text=convention.terms().text,
            party_ids=[party.organisation_id for party in convention.parties if party.left_on is None],
            amendment_number=convention.amendment_number,
            amended_on=convention.amended_on,
        )
