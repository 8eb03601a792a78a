"""Deadlines as a list."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.pagination import paginate
from contracts.deadlines import DeadlineKind
from services.partners.domain.deadline import DEADLINES, concerning
from services.partners.queries.page import Page


def deadlines(
    session: Session,
    *,
    kind: DeadlineKind | None,
    since: date,
    until: date | None,
    organisation_id: UUID | None,
    convention_id: UUID | None,
    seen_by: UUID | None,
    page: Page,
) -> dict[str, Any]:
    """Give deadlines from a day on, the nearest first; `until` is the last day wanted."""
    columns = DEADLINES.c
    statement = select(*columns).where(columns.due_on >= since)
    if kind:
        statement = statement.where(columns.kind == kind)
    if until:
        statement = statement.where(columns.due_on <= until)
    if convention_id:
        statement = statement.where(columns.convention_id == convention_id)
    for concerned in filter(None, (organisation_id, seen_by)):
        statement = statement.where(concerning(concerned))
    return paginate(session, statement, columns.due_on, columns.subject_id, page=page)
