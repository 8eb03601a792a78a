"""What partners knows of the programme and its actions, from their events."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.money import VatBasis
from contracts.actions import Body
from services.partners.domain.base import Base


class KnownProgramme(Base):
    """A programme as last announced; its totals are in `vat_basis`."""

    __tablename__ = "known_programmes"

    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    vat_basis: Mapped[VatBasis]


class KnownAction(Base):
    """An action as last announced; a closed one takes part in no new convention.

    `axis_code` is unknown of those not announced since it is kept: `entente events replay` brings it.
    """

    __tablename__ = "known_actions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_code: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    closed: Mapped[bool]
    axis_code: Mapped[str | None] = mapped_column(default=None)


class KnownSeat(Base):
    """A seat as last announced; `because` is the charter signature or convention that gave it."""

    __tablename__ = "known_seats"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[Body]
    action_id: Mapped[UUID | None]
    action_code: Mapped[str | None]
    organisation_id: Mapped[UUID]
    organisation_name: Mapped[str]
    because: Mapped[UUID] = mapped_column(index=True)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
