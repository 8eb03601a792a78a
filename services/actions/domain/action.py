"""An action's sheet: what is to be done, under which axis, by whom, and what it needs each year."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self, TypeVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import InvalidInput, RuleBroken
from contracts.actions import ActionChanged, ActionPlanned, ActionState, Need, Priority
from contracts.partners import Nature
from services.actions.domain.base import Base
from services.actions.domain.programme import Frame

State = TypeVar("State", bound=ActionState)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What the programme office writes about an action; needs in euros, in the programme's VAT basis."""

    programme_code: str
    axis_code: str
    code: str
    title: str
    summary: str
    priority: Priority
    lead_organisation_id: UUID | None
    closed: bool
    illustrative: bool
    needs: tuple[Need, ...]

    def columns(self) -> dict[str, Any]:
        """Give everything but the needs."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "needs"}

    def fit(self, frame: Frame) -> None:
        """Check the sheet against its programme's frame.

        Raises InvalidInput that names the field, for an axis or a year that the programme does not have.
        """
        errors: dict[str, list[str]] = {}
        if self.axis_code not in {axis.code for axis in frame.axes}:
            known = ", ".join(axis.code for axis in frame.axes)
            errors["/axis_code"] = [f"{self.programme_code} has no axis {self.axis_code}; its axes are {known}."]
        for place, need in enumerate(self.needs):
            if not frame.covers(need.year):
                errors[f"/needs/{place}/year"] = [f"{need.year} is outside the programme's period."]
        if errors:
            raise InvalidInput("The sheet does not fit its programme.", errors)


class YearlyNeed(Base):
    """What an action needs in one year for one nature, in euros."""

    __tablename__ = "needs"

    action_id: Mapped[UUID] = mapped_column(ForeignKey("actions.id"), primary_key=True, init=False)
    year: Mapped[int] = mapped_column(primary_key=True)
    nature: Mapped[Nature] = mapped_column(primary_key=True)
    amount: Mapped[Decimal]


class Action(Base):
    """An action of a programme; `sequence` counts its changes from 1, `code_order` sorts 1.10 after 1.9."""

    __tablename__ = "actions"
    __table_args__ = (
        UniqueConstraint("programme_code", "code"),
        ForeignKeyConstraint(["programme_code", "axis_code"], ["axes.programme_code", "axes.code"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_code: Mapped[str]
    axis_code: Mapped[str]
    code: Mapped[str]
    code_order: Mapped[str] = mapped_column(Text(collation="C"))
    title: Mapped[str]
    summary: Mapped[str]
    priority: Mapped[Priority]
    lead_organisation_id: Mapped[UUID | None]
    closed: Mapped[bool]
    illustrative: Mapped[bool]
    sequence: Mapped[int] = mapped_column(default=0)
    needs: Mapped[list[YearlyNeed]] = relationship(
        default_factory=list,
        lazy="raise",
        repr=False,
        cascade="all, delete-orphan",
        order_by=(YearlyNeed.year, YearlyNeed.nature),
    )

    @classmethod
    def of(cls, action_id: UUID, sheet: Sheet) -> tuple[Self, ActionPlanned]:
        """Give a new action and the event that says so."""
        action = cls(id=action_id, code_order=code_order(sheet.code), **sheet.columns(), needs=_rows(sheet.needs))
        return action, action._announcing(ActionPlanned)

    def sheet(self) -> Sheet:
        """Give the sheet in force."""
        return Sheet(
            programme_code=self.programme_code,
            axis_code=self.axis_code,
            code=self.code,
            title=self.title,
            summary=self.summary,
            priority=self.priority,
            lead_organisation_id=self.lead_organisation_id,
            closed=self.closed,
            illustrative=self.illustrative,
            needs=tuple(Need(year=need.year, nature=need.nature, amount=need.amount) for need in self.needs),
        )

    def change(self, sheet: Sheet) -> ActionChanged:
        """Replace the sheet.

        Raises RuleBroken for a move to another programme: budgets and conventions of the old one name the action.
        """
        if sheet.programme_code != self.programme_code:
            raise RuleBroken(
                f"Action {self.code} belongs to {self.programme_code}: plan a new one in the other programme."
            )
        for column, fact in sheet.columns().items():
            setattr(self, column, fact)
        self.code_order = code_order(sheet.code)
        self.needs = _rows(sheet.needs)
        return self._announcing(ActionChanged)

    def _announcing(self, kind: type[State]) -> State:
        self.sequence += 1
        sheet = self.sheet()
        told = {name: fact for name, fact in sheet.columns().items() if name != "summary"}
        return kind(action_id=self.id, **told, needs=sheet.needs, sequence=self.sequence)


def code_order(code: str) -> str:
    """Give a key that sorts codes as people do: 1.9 before 1.10."""
    return re.sub(r"\d+", lambda digits: digits.group().zfill(6), code)


def in_order(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Give the needs by year, then nature."""
    return tuple(sorted(needs, key=lambda need: (need.year, need.nature)))


def _rows(needs: tuple[Need, ...]) -> list[YearlyNeed]:
    return [YearlyNeed(year=need.year, nature=need.nature, amount=need.amount) for need in needs]
