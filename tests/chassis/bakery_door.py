"""The HTTP door of the tests' own service: loaves are kept in a table that every service has."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from sqlalchemy import select

from chassis.database import transaction
from chassis.errors import NotFound, RuleBroken
from chassis.http import Blueprint, add_header, caller, create_app, entity_tag, idempotent, reach, require_match
from chassis.identity import PUBLIC, Reach, Rights, Role
from chassis.inbox import Decision
from chassis.money import PositiveMoney
from chassis.pagination import PageQuery, page_schema, paginate
from chassis.service import Service
from chassis.testing_http import ApiClient

loaves = Blueprint("loaves", __name__, url_prefix="/v1/loaves")

_ALL = dict.fromkeys(Role, Reach.ALL)
RIGHTS: Rights = {
    "loaves.list_loaves": {**_ALL, Role.PARTNER: Reach.OWN},
    "loaves.bake": {Role.PROGRAMME_OFFICE: Reach.ALL},
    "loaves.show": {**_ALL, Role.PARTNER: Reach.OWN},
    "loaves.rename": {Role.PROGRAMME_OFFICE: Reach.ALL},
    "loaves.smell": PUBLIC,
    "loaves.fall": PUBLIC,
}


class Oven(ma.Schema):
    heat = ma.fields.Integer(required=True, strict=True)


class Loaf(ma.Schema):
    id = ma.fields.Integer(dump_only=True)
    name = ma.fields.String(required=True, attribute="action", validate=ma.validate.Length(1, 50))
    price = PositiveMoney(load_default=None)
    ovens = ma.fields.List(ma.fields.Nested(Oven), load_default=list)


class Facts(ma.Schema):
    who = ma.fields.String()
    reach = ma.fields.String()


@loaves.route("")
@loaves.arguments(PageQuery, location="query")
@loaves.response(200, page_schema(Loaf))
def list_loaves(page: Mapping[str, Any]) -> Mapping[str, Any]:
    """List the loaves."""
    with transaction() as session:
        return paginate(session, select(Decision), Decision.action.collate("C"), Decision.id, page=page)


@loaves.route("", methods=["POST"])
@idempotent
@loaves.arguments(Loaf)
@loaves.response(201, Loaf)
def bake(loaf: Mapping[str, Any]) -> Decision:
    """Bake a loaf."""
    with transaction() as session:
        baked = Decision(arrival_id=0, action=loaf["action"], who=caller().subject, why="")
        session.add(baked)
        session.flush()
        if loaf["action"] == "burnt":
            raise RuleBroken("It burnt: bake another one.", minutes=5)
    entity_tag(1)
    add_header("Location", f"/v1/loaves/{baked.id}")
    return baked


@loaves.route("/<int:number>")
@loaves.response(200, Facts)
def show(number: int) -> Mapping[str, str]:
    """Show a loaf; only number 1 exists, and belongs to nobody."""
    if number != 1 or reach() is Reach.OWN:
        raise NotFound("No such loaf.")
    entity_tag(7)
    return {"who": caller().subject, "reach": reach()}


@loaves.route("/<int:number>", methods=["PUT"])
@loaves.arguments(Loaf)
@loaves.response(200, Loaf)
def rename(loaf: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Rename a loaf that is at version 7."""
    require_match(7)
    return {"id": number, **loaf}


@loaves.route("/smell")
@loaves.response(200, Facts)
def smell() -> Mapping[str, str]:
    """Smell the bread, without a token."""
    return {"who": "anybody"}


@loaves.route("/fall")
@loaves.response(200, Facts)
def fall() -> Mapping[str, str]:
    """Let a loaf fall."""
    raise RuntimeError("the secret recipe lies on the floor")


def a_client(service: Service) -> ApiClient:
    """Give the client of the bakery's door."""
    app = create_app(service, title="Bakery", blueprints=[loaves], rights=RIGHTS)
    return ApiClient(app, service)
