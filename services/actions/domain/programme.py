"""The programme's frame: its period, its axes, and the VAT basis in which everything of it is added up."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import RuleBroken
from chassis.money import VatBasis
from contracts.actions import Axis, ProgrammeDefined
from services.actions.domain.base import Base


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What the founding deliberation fixes of a programme; `ends_on` is None while no end is set."""

    title: str
    starts_on: date
    ends_on: date | None
    vat_basis: VatBasis
    axes: tuple[Axis, ...]

    def columns(self) -> dict[str, Any]:
        """Give everything but the axes."""
        return {"title": self.title, "starts_on": self.starts_on, "ends_on": self.ends_on, "vat_basis": self.vat_basis}

    def covers(self, year: int) -> bool:
        """Tell whether a budget year touches the programme's period."""
        return self.starts_on.year <= year and (self.ends_on is None or year <= self.ends_on.year)


class ProgrammeAxis(Base):
    """A strategic axis; `place` keeps the order in which the deliberation names them."""

    __tablename__ = "axes"

    programme_code: Mapped[str] = mapped_column(ForeignKey("programmes.code"), primary_key=True, init=False)
    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    place: Mapped[int]


class Programme(Base):
    """A programme; `sequence` counts its definitions from 1."""

    __tablename__ = "programmes"

    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    vat_basis: Mapped[VatBasis]
    sequence: Mapped[int] = mapped_column(default=0)
    axes: Mapped[list[ProgrammeAxis]] = relationship(
        default_factory=list, lazy="raise", repr=False, cascade="all, delete-orphan", order_by=ProgrammeAxis.place
    )

    @classmethod
    def of(cls, code: str, frame: Frame) -> tuple[Self, ProgrammeDefined]:
        """Give a new programme and the event that says so."""
        programme = cls(code=code, **frame.columns(), axes=_rows(frame.axes))
        return programme, programme._defined()

    def frame(self) -> Frame:
        """Give the frame in force."""
        return Frame(
            title=self.title,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            vat_basis=self.vat_basis,
            axes=tuple(Axis(code=axis.code, title=axis.title) for axis in self.axes),
        )

    def define(
        self, frame: Frame, *, axes_in_use: frozenset[str], needed_years: frozenset[int], steered: bool
    ) -> ProgrammeDefined:
        """Replace the frame.

        `axes_in_use` and `needed_years` are those of the programme's actions, `steered` tells whether conventions in
        force serve some of them. Raises RuleBroken where the new frame would leave an action without its axis, a need
        outside the period, or change the VAT basis in spite of needs or such conventions.
        """
        orphaned = sorted(axes_in_use - {axis.code for axis in frame.axes})
        if orphaned:
            raise RuleBroken(f"Actions belong to axis {', '.join(orphaned)}: move them before taking it away.")
        lost = sorted(year for year in needed_years if not frame.covers(year))
        if lost:
            raise RuleBroken(f"Actions have needs in {', '.join(map(str, lost))}: the period must cover these years.")
        if needed_years and frame.vat_basis is not self.vat_basis:
            raise RuleBroken(f"Needs are already stated {self.vat_basis}: the VAT basis can no longer change.")
        if steered and frame.vat_basis is not self.vat_basis:
            raise RuleBroken(
                f"Conventions in force serve its actions: until they end, its totals stay {self.vat_basis}."
            )
        for column, fact in frame.columns().items():
            setattr(self, column, fact)
        self.axes = _rows(frame.axes)
        return self._defined()

    def _defined(self) -> ProgrammeDefined:
        self.sequence += 1
        frame = self.frame()
        return ProgrammeDefined(programme_code=self.code, **frame.columns(), axes=frame.axes, sequence=self.sequence)


def _rows(axes: tuple[Axis, ...]) -> list[ProgrammeAxis]:
    return [ProgrammeAxis(code=axis.code, title=axis.title, place=place) for place, axis in enumerate(axes, start=1)]
