"""The charter and those who adhered to it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chassis.pagination import paginate
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.queries.page import Page


def charters(session: Session, *, programme_code: str | None, page: Page) -> dict[str, Any]:
    """Give the versions of the charter, programme by programme."""
    statement = select(Charter)
    if programme_code:
        statement = statement.where(Charter.programme_code == programme_code)
    return paginate(session, statement, Charter.programme_code, Charter.version, page=page)


def charter_signatures(session: Session, *, charter_id: UUID, seen_by: UUID | None, page: Page) -> dict[str, Any]:
    """Give who adhered to a charter, those who left included."""
    session.get_one(Charter, charter_id)
    statement = (
        select(CharterSignature)
        .where(CharterSignature.charter_id == charter_id)
        .options(joinedload(CharterSignature.organisation))
    )
    if seen_by:
        statement = statement.where(CharterSignature.organisation_id == seen_by)
    return paginate(session, statement, CharterSignature.id, page=page)
