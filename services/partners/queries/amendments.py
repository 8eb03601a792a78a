"""Amendments, limited to those that the asking organisation signs where it is given."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, exists, select, true
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.pagination import paginate
from contracts.amendments import AmendmentStatus
from services.partners.domain.amendment import WHOLE, Amendment, AmendmentParty
from services.partners.queries.amendment_rows import ROW
from services.partners.queries.conventions import convention
from services.partners.queries.page import Page


def amendments(connection: Connection, convention_id: UUID, *, seen_by: UUID | None, page: Page) -> dict[str, Any]:
    """Give the rows of a convention's amendments, as JSON, the latest first; an organisation sees those that it signs.

    Raises NotFound where there is no such convention, or neither it nor any of its amendments is for the organisation.
    """
    found = _listed(connection, Amendment.convention_id == convention_id, seen_by=seen_by, page=page)
    if not found["items"]:
        convention(connection, convention_id, seen_by=seen_by)
    return found


def amendments_of_all(
    connection: Connection, *, status: AmendmentStatus | None, seen_by: UUID | None, page: Page
) -> dict[str, Any]:
    """Give the rows of all amendments, as JSON, the latest first; an organisation sees those that it signs."""
    of_status = Amendment.status == status if status else true()
    return _listed(connection, of_status, seen_by=seen_by, page=page)


def _listed(connection: Connection, wanted: ColumnElement[bool], *, seen_by: UUID | None, page: Page) -> dict[str, Any]:
    statement = select(ROW).select_from(Amendment).join(Amendment.convention).where(wanted)
    if seen_by:
        signs = exists().where(AmendmentParty.amendment_id == Amendment.id, AmendmentParty.organisation_id == seen_by)
        statement = statement.where(signs, Amendment.number.is_not(None))
    return paginate(connection, statement, Amendment.id.desc(), page=page)


def amendment(session: Session, amendment_id: UUID, *, seen_by: UUID | None) -> Amendment:
    """Give an amendment.

    Raises NotFound, also where `seen_by` does not sign it or it is still a draft.
    """
    found = session.get(Amendment, amendment_id, options=WHOLE)
    if found is None or not found.visible_to(seen_by):
        raise NotFound(f"No amendment {amendment_id} is here, or you may not know that it is.")
    return found
