"""What a question is about, and which entries somebody may see."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, any_, exists, or_, select
from sqlalchemy.orm import Session

from chassis.errors import InvalidInput, NotFound
from services.budget.domain.convention import Convention
from services.budget.domain.ledger import LedgerEntry, Measure
from services.budget.domain.partner import Organisation
from services.budget.domain.programme import Programme

Found = TypeVar("Found")


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
        wanted = ((each.name, getattr(self, each.name)) for each in fields(self))
        return [equal(getattr(source, name), name, value) for name, value in wanted if value is not None]


def programme_of(session: Session, code: str | None) -> Programme:
    """Give the programme of that code, or the only one there is.

    Raises NotFound, or InvalidInput where several exist and none is named.
    """
    statement = select(Programme).limit(2)
    return the_one(session.scalars(statement.where(Programme.code == code) if code else statement).all(), code)


def the_one(found: Sequence[Found], code: str | None) -> Found:
    """Give the only one of the programmes found for a code, or for none.

    Raises NotFound, or InvalidInput where several exist and none is named.
    """
    if not found:
        raise NotFound(f"No programme has the code {code}." if code else "No programme is known here yet.")
    if len(found) > 1:
        raise InvalidInput("There are several programmes: say which.", {"/programme": ["Give its code."]})
    return found[0]


def equal(column: Any, name: str, value: object) -> ColumnElement[bool]:
    """Say that a column has a value; a funder's has it too under a duplicate that was merged into the funder."""
    condition: ColumnElement[bool] = is_organisation(column, value) if name == "funder_id" else column == value
    return condition


def is_organisation(column: Any, organisation_id: object) -> ColumnElement[bool]:
    """Say that a column names an organisation, itself or a duplicate that was merged into it."""
    duplicates = select(Organisation.id).where(Organisation.merged_into_id == organisation_id)
    return or_(column == organisation_id, column.in_(duplicates))


def is_party(organisation_id: UUID) -> ColumnElement[bool]:
    """Say that an organisation, or a duplicate that was merged into it, is party to a convention."""
    duplicate = exists().where(
        Organisation.merged_into_id == organisation_id, Organisation.id == any_(Convention.party_ids)
    )
    return or_(Convention.party_ids.contains([organisation_id]), duplicate)


def own_entries(organisation_id: UUID) -> ColumnElement[bool]:
    """Say which entries an organisation may see: those it funds, and those of conventions it is party to."""
    party = select(Convention.id).where(is_party(organisation_id))
    return or_(is_organisation(LedgerEntry.funder_id, organisation_id), LedgerEntry.convention_id.in_(party))


def visible_entries(seen_by: UUID | None) -> list[ColumnElement[bool]]:
    """Say which entries a limited view shows: needs, which all partners share, and own entries."""
    return [] if seen_by is None else [or_(LedgerEntry.measure == Measure.NEED, own_entries(seen_by))]


def at_one_moment(session: Session) -> None:
    """Let a session that was not used yet see one moment only, so that what is booked meanwhile is no discrepancy."""
    if not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
