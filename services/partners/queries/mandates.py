"""Mandates, limited to what the asking organisation is party to where it is given."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chassis.errors import NotFound
from chassis.pagination import paginate
from services.partners.domain.mandate import Mandate
from services.partners.queries.page import Page


def mandates(session: Session, *, organisation_id: UUID | None, seen_by: UUID | None, page: Page) -> dict[str, Any]:
    """Give mandates, the latest recorded first."""
    statement = select(Mandate).options(joinedload(Mandate.organisation))
    for only in filter(None, (organisation_id, seen_by)):
        statement = statement.where(Mandate.organisation_id == only)
    return paginate(session, statement, Mandate.id.desc(), page=page)


def mandate(session: Session, mandate_id: UUID, *, seen_by: UUID | None = None, lock: bool = False) -> Mandate:
    """Give a mandate; `lock` it to change it.

    Raises NotFound.
    """
    statement = select(Mandate).where(Mandate.id == mandate_id).options(joinedload(Mandate.organisation))
    found = session.scalar(statement.with_for_update(of=Mandate) if lock else statement)
    if found is None or seen_by not in (None, found.organisation_id):
        raise NotFound(f"No mandate {mandate_id} is here, or you may not know that it is.")
    return found
