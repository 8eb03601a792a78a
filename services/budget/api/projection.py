"""The projection, what explains each of its figures, and what changed."""

from typing import Any

from sqlalchemy import select

from chassis.database import reading, transaction
from chassis.http import Blueprint, answers, own_organisation
from chassis.pagination import page_schema, paginate
from services.budget import queries
from services.budget.domain.ledger import LedgerEntry
from services.budget.schemas.reading import (
    ChangeQuery,
    ChangeSchema,
    DiscrepanciesSchema,
    ExplanationQuery,
    ExplanationSchema,
    ProjectionQuery,
    ProjectionSchema,
    scope_and_page,
)

projection = Blueprint(
    "projection", __name__, url_prefix="/v1/projection", description="Need, sought, secured, received, gap"
)
changes = Blueprint("changes", __name__, url_prefix="/v1/changes", description="What moved the figures")
discrepancies = Blueprint("discrepancies", __name__, url_prefix="/v1/discrepancies", description="What does not add up")


@projection.route("")
@answers(404)
@projection.arguments(ProjectionQuery, location="query")
@projection.response(200, ProjectionSchema)
def show_projection(wanted: dict[str, Any]) -> queries.Projection:
    """Show the projection; a partner sees the shared figures, and of funders its own part alone."""
    scope, _ = scope_and_page(wanted)
    with reading() as connection:
        return queries.projection(connection, wanted["by"], scope, seen_by=own_organisation())


@projection.route("/explanation")
@answers(404)
@projection.arguments(ExplanationQuery, location="query")
@projection.response(200, ExplanationSchema)
def explain(wanted: dict[str, Any]) -> dict[str, Any]:
    """Explain a figure down to the entries it adds up from, oldest first; a partner sees its own part."""
    scope, page = scope_and_page(wanted)
    with transaction() as session:
        figure = queries.explanation(session, scope, wanted.pop("measure"), **wanted, seen_by=own_organisation())
        entries = paginate(session, figure.entries, LedgerEntry.recorded_at, LedgerEntry.id, page=page)
    return {**vars(figure), "entries": entries["items"], "next": entries["next"]}


@changes.route("")
@changes.arguments(ChangeQuery, location="query")
@changes.response(200, page_schema(ChangeSchema))
def list_changes(wanted: dict[str, Any]) -> dict[str, Any]:
    """List what moved the figures, newest first, one item per event."""
    with transaction() as session:
        found = queries.changes(wanted["since"], wanted["programme"], own_organisation())
        keys = found.c.recorded_at.desc(), found.c.event_id.desc()
        return paginate(session, select(*found.c), *keys, page=wanted)


@discrepancies.route("")
@discrepancies.response(200, DiscrepanciesSchema)
def list_discrepancies() -> dict[str, list[str]]:
    """List whatever does not add up between ledger, projection, promises, credit and events; reads everything."""
    with transaction() as session:
        return {"items": queries.verify(session)}
