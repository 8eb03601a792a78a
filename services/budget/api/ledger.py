"""The ledger: read entry by entry, and mended by reversing entries alone."""

from typing import Any
from uuid import UUID

from chassis.clock import now
from chassis.database import transaction
from chassis.http import Blueprint, caller, idempotent, own_organisation
from chassis.pagination import page_schema, paginate
from services.budget import queries, use_cases
from services.budget.domain.ledger import LedgerEntry
from services.budget.schemas.acting import ReversalSchema
from services.budget.schemas.reading import EntryQuery, EntrySchema, scope_and_page

entries = Blueprint("entries", __name__, url_prefix="/v1/entries", description="The append-only ledger")


@entries.route("")
@entries.arguments(EntryQuery, location="query")
@entries.response(200, page_schema(EntrySchema))
def list_entries(wanted: dict[str, Any]) -> dict[str, Any]:
    """List ledger entries, newest first; a partner sees needs and its own."""
    scope, page = scope_and_page(wanted)
    with transaction() as session:
        statement = queries.filtered(scope, own_organisation(), **wanted)
        return paginate(session, statement, LedgerEntry.recorded_at.desc(), LedgerEntry.id.desc(), page=page)


@entries.route("/<uuid:entry_id>")
@entries.response(200, EntrySchema)
def show_entry(entry_id: UUID) -> Any:
    """Show one entry with its cause, and what reversed it."""
    with transaction() as session:
        return queries.entry(session, entry_id, seen_by=own_organisation())


@entries.route("/<uuid:entry_id>/reversal", methods=["POST"])
@idempotent
@entries.arguments(ReversalSchema)
@entries.response(201, EntrySchema)
def reverse_entry(wanted: dict[str, str], entry_id: UUID) -> Any:
    """Take back the entry of a payment or of a credit commitment, once; gives the reversing entry."""
    with transaction() as session:
        entry = use_cases.reverse_entry(session, entry_id, reason=wanted["reason"], author=caller().subject, at=now())
        return queries.entry(session, entry.id, seen_by=None)
