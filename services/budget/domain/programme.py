"""Own copies of what actions announces: the programme's VAT basis, its axes, and the actions that money is for."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.money import VatBasis
from services.budget.domain.base import Base


class Programme(Base):
    """A programme; its totals are cash in `vat_basis`."""

    __tablename__ = "programmes"

    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    vat_basis: Mapped[VatBasis]


class Axis(Base):
    """A strategic axis; its row is the lock under which the axis's figures move."""

    __tablename__ = "axes"

    programme_code: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]


class Action(Base):
    """An action; `projection_sequence` counts how often its figures moved."""

    __tablename__ = "actions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_code: Mapped[str]
    axis_code: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    projection_sequence: Mapped[int] = mapped_column(default=0)

    @property
    def axis(self) -> tuple[str, str]:
        """The programme's code and the axis's."""
        return self.programme_code, self.axis_code
