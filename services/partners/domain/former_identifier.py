"""Identifiers that an organisation no longer has: whoever still writes them finds it all the same."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.domain.base import Base


class IdentifierKind(StrEnum):
    """Which register a number is of."""

    SIREN = "siren"
    SIRET = "siret"
    RNA = "rna"


class FormerIdentifier(Base):
    """A number that was the organisation's from one day (None: not known) until another."""

    __tablename__ = "former_identifiers"
    __table_args__ = (Index("former_identifiers_value", "value"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[IdentifierKind]
    value: Mapped[str] = mapped_column(Text(collation="C"))
    since: Mapped[date | None]
    until: Mapped[date]
