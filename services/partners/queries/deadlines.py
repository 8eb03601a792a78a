"""Deadlines as a list, each written as JSON by the database (ADR 0016)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Numeric, Select, Subquery, Text, cast, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from chassis.pagination import ahead, paginate
from contracts.deadlines import DeadlineKind
from services.partners.domain.deadline import PARTS, concerning
from services.partners.queries.page import Page


def _told(deadlines: Subquery) -> Select[Any]:
    """Select deadlines of one part: day and subject, which put them in order, and the row that tells all."""
    facts = [
        part
        for column in deadlines.c
        for part in (
            literal_column(f"'{column.name}'"),
            cast(column, Text) if isinstance(column.type, Numeric) else column,
        )
    ]
    row = cast(func.json_build_object(*facts), Text).label("told")
    return select(deadlines.c.due_on, deadlines.c.subject_id, row)


_ROWS = [(kind, part, _told(part)) for kind, part in PARTS]


def deadlines(
    session: Session | Connection,
    *,
    kind: DeadlineKind | None,
    since: date,
    until: date | None,
    organisation_id: UUID | None,
    convention_id: UUID | None,
    seen_by: UUID | None,
    page: Page,
) -> dict[str, Any]:
    """Give deadlines from a day on, as JSON, the nearest first; `until` is the last day wanted.

    Each part gives its own nearest ones, by its index, and the page is made of those: to put all of them in order first
    would read every convention.
    """
    nearest = []
    for each, part, rows in _ROWS:
        if kind not in (None, each):
            continue
        columns = part.c
        wanted = [columns.due_on >= since]
        if until:
            wanted.append(columns.due_on <= until)
        if convention_id:
            wanted.append(columns.convention_id == convention_id)
        wanted += [concerning(each, part, who) for who in (organisation_id, seen_by) if who]
        nearest.append(ahead(rows.where(*wanted), columns.due_on, columns.subject_id, page=page))
    found = union_all(*nearest).subquery("deadlines").c
    return paginate(session, select(found.told), found.due_on, found.subject_id, page=page)
