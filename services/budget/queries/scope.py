"""What a question is about, and which entries somebody may see."""

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from chassis.errors import InvalidInput, NotFound
from services.budget.domain.convention import Convention
from services.budget.domain.ledger import LedgerEntry, Measure
from services.budget.domain.programme import Programme


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Part of the programme: every field that is given narrows it."""

    programme_code: str | None = None
    axis_code: str | None = None
    action_id: UUID | None = None
    funder_id: UUID | None = None
    year: int | None = None

    def conditions(self, source: Any) -> list[ColumnElement[bool]]:
        """Give the conditions on a table, or a subquery's columns, that has these fields."""
        wanted = ((getattr(source, each.name), getattr(self, each.name)) for each in fields(self))
        return [column == value for column, value in wanted if value is not None]


def programme_of(session: Session, code: str | None) -> Programme:
    """Give the programme of that code, or the only one there is.

    Raises NotFound, or InvalidInput where several exist and none is named.
    """
    statement = select(Programme).limit(2)
    found = session.scalars(statement.where(Programme.code == code) if code else statement).all()
    if not found:
        raise NotFound(f"No programme has the code {code}." if code else "No programme is known here yet.")
    if len(found) > 1:
        raise InvalidInput("There are several programmes: say which.", {"/programme": ["Give its code."]})
    return found[0]


def own_entries(organisation_id: UUID) -> ColumnElement[bool]:
    """Say which entries an organisation may see: those it funds, and those of conventions it is party to."""
    party = select(Convention.id).where(Convention.party_ids.contains([organisation_id]))
    return or_(LedgerEntry.funder_id == organisation_id, LedgerEntry.convention_id.in_(party))


def visible_entries(seen_by: UUID | None) -> list[ColumnElement[bool]]:
    """Say which entries a limited view shows: needs, which all partners share, and own entries."""
    return [] if seen_by is None else [or_(LedgerEntry.measure == Measure.NEED, own_entries(seen_by))]
