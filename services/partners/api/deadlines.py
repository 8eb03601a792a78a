"""Deadlines: what falls due when, for who asks and for who has somebody's secret address."""

from typing import Any
from uuid import UUID

from flask import Response, request

from chassis import clock
from chassis.database import reading, transaction
from chassis.errors import Unauthenticated
from chassis.http import Blueprint, answers, caller, idempotent, own_organisation
from chassis.identity import Role
from chassis.pagination import written
from services.partners import queries
from services.partners.domain.deadline_feed import DeadlineFeed
from services.partners.schemas.deadlines import DeadlineFeedOut, DeadlinePage, DeadlineQuery, NewDeadlineFeedOut
from services.partners.use_cases import deadline_feeds as use_cases

blueprint = Blueprint("deadlines", __name__, url_prefix="/v1/deadlines", description="What falls due when.")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(DeadlineQuery, location="query")
@blueprint.response(200, DeadlinePage)
def list_deadlines(query: dict[str, Any]) -> Response:
    """List deadlines, the nearest first: tranches due, ends of conventions, proposals and adherences.

    A partner sees those of conventions it is party to and of its own adherence.
    """
    return _asked(query, own_organisation())


@blueprint.route("/feed", methods=["GET"])
@answers(404)
@blueprint.response(200, DeadlineFeedOut)
def show_feed() -> DeadlineFeed:
    """Tell since when your deadlines have a secret address, and when it was last read."""
    with transaction() as session:
        return use_cases.feed_of(session, subject=caller().subject)


@blueprint.route("/feed", methods=["POST"])
@idempotent
@blueprint.response(201, NewDeadlineFeedOut)
def renew_feed() -> use_cases.NewFeed:
    """Give your deadlines a secret address, in the place of the former; the secret is shown only now."""
    with transaction() as session:
        return use_cases.renew_feed(session, subject=caller().subject)


@blueprint.route("/feed", methods=["DELETE"])
@answers(404)
@blueprint.response(204)
def end_feed() -> None:
    """Let your secret address open nothing any more."""
    with transaction() as session:
        use_cases.end_feed(session, subject=caller().subject)


@blueprint.route("/feed/items", methods=["GET"])
@answers(401)
@blueprint.arguments(DeadlineQuery, location="query")
@blueprint.response(200, DeadlinePage)
def read_feed(query: dict[str, Any]) -> Response:
    """List the deadlines that a secret address opens: send its secret in the header Authorization, as Bearer.

    They are those that its owner may see on the day of reading.
    """
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise Unauthenticated("Send the secret of the address in the Authorization header: Bearer <secret>.")
    with transaction() as session:
        reader = use_cases.reader_of(session, secret=sent.token)
    return _asked(query, reader.organisation_id if reader.role is Role.PARTNER else None)


def _asked(query: dict[str, Any], seen_by: UUID | None) -> Response:
    with reading() as connection:
        found = queries.deadlines(
            connection,
            kind=query["kind"],
            since=query["since"] or clock.today(),
            until=query["until"],
            organisation_id=query["organisation_id"],
            convention_id=query["convention_id"],
            seen_by=seen_by,
            page=query,
        )
    return written(found)
