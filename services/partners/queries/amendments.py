"""Amendments, limited to those that the asking organisation signs where it is given."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.pagination import paginate
from contracts.amendments import AmendmentStatus
from services.partners.domain.amendment import WHOLE, Amendment, AmendmentParty
from services.partners.domain.convention import WHOLE as CONVENTION_WHOLE
from services.partners.domain.convention import Convention
from services.partners.queries.page import Page


def amendments(session: Session, convention_id: UUID, *, seen_by: UUID | None, page: Page) -> dict[str, Any]:
    """Give the amendments of a convention, the latest first; an organisation sees those that it signs, once proposed.

    Raises NotFound where there is no such convention, or none of its amendments is for the organisation.
    """
    statement = _visible(seen_by).where(Amendment.convention_id == convention_id)
    there = session.get(Convention, convention_id, options=CONVENTION_WHOLE)
    known = there is not None and (there.visible_to(seen_by) or session.scalar(statement.limit(1)) is not None)
    if not known:
        raise NotFound(f"No convention {convention_id} is here, or you may not know that it is.")
    return paginate(session, statement, Amendment.id.desc(), page=page)


def amendments_of_all(
    session: Session, *, status: AmendmentStatus | None, seen_by: UUID | None, page: Page
) -> dict[str, Any]:
    """Give the amendments of all conventions, the latest first; an organisation sees those that it signs."""
    statement = _visible(seen_by)
    if status:
        statement = statement.where(Amendment.status == status)
    return paginate(session, statement, Amendment.id.desc(), page=page)


def _visible(seen_by: UUID | None) -> Select[Amendment]:
    statement = select(Amendment).options(*WHOLE)
    if seen_by is None:
        return statement
    signs = exists().where(AmendmentParty.amendment_id == Amendment.id, AmendmentParty.organisation_id == seen_by)
    return statement.where(signs, Amendment.number.is_not(None))


def amendment(session: Session, amendment_id: UUID, *, seen_by: UUID | None) -> Amendment:
    """Give an amendment.

    Raises NotFound, also where `seen_by` does not sign it or it is still a draft.
    """
    found = session.get(Amendment, amendment_id, options=WHOLE)
    if found is None or not found.visible_to(seen_by):
        raise NotFound(f"No amendment {amendment_id} is here, or you may not know that it is.")
    return found
