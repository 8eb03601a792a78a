"""Conventions as they stand: their terms in our own copy, and what the ledger holds for each."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.budget.domain.convention import Convention, Terms, Tranche
from services.budget.domain.ledger import ZERO, CellKey, Labels, LedgerEntry, Place, Posting

_KEY = len(CellKey._fields)


def terms_of(session: Session, conventions: Sequence[Convention]) -> dict[UUID, Terms]:
    """Give the terms of each convention."""
    ids = [convention.id for convention in conventions]
    promises: dict[UUID, list[Tranche]] = defaultdict(list)
    for tranche in session.scalars(select(Tranche).where(Tranche.convention_id.in_(ids)).order_by(Tranche.id)):
        promises[tranche.convention_id].append(tranche)
    return {
        convention.id: Terms(
            convention_id=convention.id,
            reference=convention.reference,
            status=convention.status,
            ended_on=convention.ended_on,
            promises=tuple(tranche.promise() for tranche in promises[convention.id]),
        )
        for convention in conventions
    }


def held_for(session: Session, convention_ids: Collection[UUID]) -> dict[UUID, list[Posting]]:
    """Give what the ledger holds for each convention."""
    columns = [getattr(LedgerEntry, name) for name in (*CellKey._fields, *Place._fields[1:])]
    amount = func.sum(LedgerEntry.amount)
    statement = select(*columns, amount).where(LedgerEntry.convention_id.in_(convention_ids)).group_by(*columns)
    held: dict[UUID, list[Posting]] = defaultdict(list)
    for row in session.execute(statement.having(amount != ZERO)):
        place = Place(CellKey(*row[:_KEY]), *row[_KEY:-1])
        held[place.convention_id or UUID(int=0)].append(Posting(place, row[-1], Labels("")))
    return held
