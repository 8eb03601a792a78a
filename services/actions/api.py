"""The HTTP door: the programme and its actions are written here; seats are only read, since events alone move them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.clock import today
from chassis.database import transaction
from chassis.http import Blueprint, entity_tag, own_organisation, require_match
from chassis.pagination import PageQuery, page_schema, paginate
from services.actions import queries, use_cases
from services.actions.domain.action import Action, Sheet
from services.actions.domain.programme import Frame, Programme
from services.actions.domain.rights import RIGHTS
from services.actions.domain.seat import Seat
from services.actions.schemas import (
    ActionQuery,
    ActionSchema,
    FrameSchema,
    ProgrammeSchema,
    SeatQuery,
    SeatSchema,
    SheetSchema,
)

__all__ = ["BLUEPRINTS", "RIGHTS", "TITLE"]

TITLE = "Entente: actions"

programmes = Blueprint("programmes", __name__, url_prefix="/v1/programmes", description="The programme and its axes")
actions = Blueprint("actions", __name__, url_prefix="/v1/actions", description="Actions and what they need")
seats = Blueprint("seats", __name__, url_prefix="/v1/seats", description="Who sits in which body; only read")

BLUEPRINTS = [programmes, actions, seats]


@programmes.route("")
@programmes.arguments(PageQuery, location="query")
@programmes.response(200, page_schema(ProgrammeSchema))
def list_programmes(page: Mapping[str, Any]) -> dict[str, Any]:
    """List the programmes by code."""
    with transaction() as session:
        return paginate(session, queries.programmes(), Programme.code, page=page)


@programmes.route("/<code>")
@programmes.response(200, ProgrammeSchema)
def show_programme(code: str) -> Programme:
    """Show a programme with its axes."""
    with transaction() as session:
        programme = queries.programme(session, code)
    entity_tag(programme.sequence)
    return programme


@programmes.route("/<code>", methods=["PUT"])
@programmes.arguments(FrameSchema)
@programmes.response(200, ProgrammeSchema)
def define_programme(frame: Frame, code: str) -> Programme:
    """Define a programme, or replace its frame (If-Match); repeating what already holds changes nothing."""
    with transaction() as session:
        programme = use_cases.define_programme(session, code, frame, before_change=require_match)
    entity_tag(programme.sequence)
    return programme


@actions.route("")
@actions.arguments(ActionQuery, location="query")
@actions.response(200, page_schema(ActionSchema))
def list_actions(wanted: dict[str, Any]) -> dict[str, Any]:
    """List the actions by programme and code, all or of one programme or axis."""
    page = {name: wanted.pop(name) for name in ("limit", "cursor")}
    with transaction() as session:
        statement = queries.actions(**wanted)
        return paginate(session, statement, Action.programme_code, Action.code_order, Action.id, page=page)


@actions.route("/<uuid:action_id>")
@actions.response(200, ActionSchema)
def show_action(action_id: UUID) -> Action:
    """Show an action with its needs."""
    with transaction() as session:
        action = queries.action(session, action_id)
    entity_tag(action.sequence)
    return action


@actions.route("/<uuid:action_id>", methods=["PUT"])
@actions.arguments(SheetSchema)
@actions.response(200, ActionSchema)
def write_action(sheet: Sheet, action_id: UUID) -> Action:
    """Plan an action, or replace its sheet (If-Match); repeating what already holds changes nothing."""
    with transaction() as session:
        action = use_cases.write_action(session, action_id, sheet, before_change=require_match)
    entity_tag(action.sequence)
    return action


@seats.route("")
@seats.arguments(SeatQuery, location="query")
@seats.response(200, page_schema(SeatSchema))
def list_seats(wanted: dict[str, Any]) -> dict[str, Any]:
    """List seats by the day they opened; a partner sees its own, and those of the bodies it sits in."""
    page = {name: wanted.pop(name) for name in ("limit", "cursor")}
    with transaction() as session:
        statement = queries.seats(**wanted, today=today(), seen_by=own_organisation())
        return paginate(session, statement, Seat.opened_on, Seat.id, page=page)
