"""Envelopes with their history, and credit: moved, committed, available."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from services.budget.domain.credit import CreditCommitment, Reallocation
from services.budget.domain.envelope import Envelope
from services.budget.domain.ledger import ZERO


def envelope_versions(session: Session, axis: tuple[str, str]) -> Sequence[Envelope]:
    """Give all versions of an axis's envelope (programme code, axis code), the one in force first.

    Raises NotFound when it has none.
    """
    statement = select(Envelope).where(Envelope.programme_code == axis[0], Envelope.axis_code == axis[1])
    versions = session.scalars(statement.order_by(Envelope.version.desc())).all()
    if not versions:
        raise NotFound(f"Axis {axis[1]} of {axis[0]} has no envelope yet.")
    return versions


def reallocations(programme_code: str | None, *, seen_by: UUID | None) -> Select[Reallocation]:
    """Select movements of credit with what is left of each; an organisation sees its own."""
    return select(Reallocation).where(*_wanted(programme_code, seen_by))


def credit_total(session: Session, programme_code: str | None, *, seen_by: UUID | None) -> dict[str, Any]:
    """Give what was moved, what of it is committed, and what is available, in euros."""
    sums = [func.coalesce(func.sum(column), ZERO) for column in (Reallocation.amount, Reallocation.committed)]
    found = session.execute(select(*sums).where(*_wanted(programme_code, seen_by))).one()
    return {"amount": found[0], "committed": found[1], "available": found[0] - found[1]}


def credit_commitments(*, reallocation_id: UUID | None, seen_by: UUID | None) -> Select[CreditCommitment]:
    """Select credit committed to actions; an organisation sees its own."""
    statement = select(CreditCommitment)
    if reallocation_id:
        statement = statement.where(CreditCommitment.reallocation_id == reallocation_id)
    if seen_by:
        own = select(Reallocation.id).where(Reallocation.organisation_id == seen_by)
        statement = statement.where(CreditCommitment.reallocation_id.in_(own))
    return statement


def _wanted(programme_code: str | None, seen_by: UUID | None) -> list[ColumnElement[bool]]:
    wanted = ((Reallocation.programme_code, programme_code), (Reallocation.organisation_id, seen_by))
    return [column == value for column, value in wanted if value is not None]
