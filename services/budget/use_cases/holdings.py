"""What the ledger holds already, added up by place, with the labels that its entries carry."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from chassis.database import among
from services.budget.domain.ledger import CellKey, Labels, LedgerEntry, Measure, Place, Posting
from services.budget.domain.programme import Action

_CELL = [getattr(LedgerEntry, name) for name in CellKey._fields]
_REST = [getattr(LedgerEntry, name) for name in Place._fields[1:]]
_LABELS = [func.max(getattr(LedgerEntry, name)) for name in Labels._fields]
_WIDTH = len(_CELL)
_DEPTH = _WIDTH + len(_REST)


def of_conventions(session: Session, convention_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    """Give what is held for each of these conventions; one that holds nothing gives an empty list."""
    held: dict[UUID, list[Posting]] = defaultdict(list)
    for posting in _held(session, among(LedgerEntry.convention_id, convention_ids)):
        held[posting.place.convention_id or UUID(int=0)].append(posting)
    return held


def needs_of(session: Session, action_ids: Sequence[UUID]) -> list[Posting]:
    """Give the needs held for these actions."""
    return _held(session, among(LedgerEntry.action_id, action_ids), LedgerEntry.measure == Measure.NEED)


def of_actions(session: Session, action_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    """Give what a new sheet may move: the needs of these actions, and all that lies under an axis they left."""
    left = LedgerEntry.axis_code != Action.axis_code
    elsewhere = select(Action.id).where(Action.id == LedgerEntry.action_id, left).exists()
    held: dict[UUID, list[Posting]] = defaultdict(list)
    movable = or_(LedgerEntry.measure == Measure.NEED, elsewhere)
    for posting in _held(session, among(LedgerEntry.action_id, action_ids), movable):
        held[posting.place.cell.action_id].append(posting)
    return held


def _held(session: Session, *conditions: ColumnElement[bool]) -> list[Posting]:
    amount = func.sum(LedgerEntry.amount)
    rows = session.execute(
        select(*_CELL, *_REST, *_LABELS, amount).where(*conditions).group_by(*_CELL, *_REST).having(amount != 0)
    )
    return [_posting(tuple(row)) for row in rows]


def _posting(row: tuple[Any, ...]) -> Posting:
    place = Place(CellKey(*row[:_WIDTH]), *row[_WIDTH:_DEPTH])
    return Posting(place, row[-1], Labels(*row[_DEPTH:-1]))
