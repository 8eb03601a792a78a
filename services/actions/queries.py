"""What one can ask: programmes, actions, and who sits where."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from chassis.errors import NotFound
from contracts.actions import Body
from services.actions.domain.action import Action
from services.actions.domain.programme import Programme
from services.actions.domain.seat import Seat


class SeatStatus(StrEnum):
    """Whether a seat is held today."""

    OPEN = "open"
    CLOSED = "closed"


def programmes() -> Select[Programme]:
    """Select the programmes with their axes."""
    return select(Programme).options(selectinload(Programme.axes))


def programme(session: Session, code: str) -> Programme:
    """Give a programme with its axes.

    Raises NotFound.
    """
    found = session.scalar(programmes().where(Programme.code == code))
    if found is None:
        raise NotFound(f"No programme has the code {code}.")
    return found


def actions(programme: str | None = None, axis: str | None = None) -> Select[Action]:
    """Select the actions with their needs, all or of one programme or axis."""
    statement = select(Action).options(selectinload(Action.needs))
    return statement.where(*_equal((Action.programme_code, programme), (Action.axis_code, axis)))


def action(session: Session, action_id: UUID) -> Action:
    """Give an action with its needs.

    Raises NotFound.
    """
    found = session.scalar(actions().where(Action.id == action_id))
    if found is None:
        raise NotFound(f"No action has the id {action_id}.")
    return found


def seats(
    *,
    today: date,
    programme: str | None = None,
    body: Body | None = None,
    action_id: UUID | None = None,
    organisation_id: UUID | None = None,
    status: SeatStatus | None = None,
    seen_by: UUID | None = None,
) -> Select[Seat]:
    """Select seats, past ones too; `today` decides which are still held.

    What an organisation may see (`seen_by`) are its own seats, and all of the bodies in which it sits today.
    """
    statement = select(Seat).where(
        *_equal(
            (Seat.programme_code, programme),
            (Seat.body, body),
            (Seat.action_id, action_id),
            (Seat.organisation_id, organisation_id),
        )
    )
    if status is not None:
        held = _held(Seat, today)
        statement = statement.where(held if status is SeatStatus.OPEN else ~held)
    return statement if seen_by is None else statement.where(_visible_to(seen_by, today))


def _visible_to(organisation_id: UUID, today: date) -> ColumnElement[bool]:
    own = aliased(Seat)
    same_body = and_(
        own.body == Seat.body,
        own.programme_code == Seat.programme_code,
        own.action_id.is_not_distinct_from(Seat.action_id),
    )
    sits = select(own.id).where(own.organisation_id == organisation_id, _held(own, today), same_body).exists()
    return or_(Seat.organisation_id == organisation_id, sits)


def _held(seat: type[Seat], today: date) -> ColumnElement[bool]:
    return or_(seat.closed_on.is_(None), seat.closed_on > today)


def _equal(*wanted: tuple[InstrumentedAttribute[Any], object]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in wanted if value is not None]
