"""Mandates and what drew on them, limited to what the asking organisation is party to where it is given."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.pagination import paginate
from services.partners.domain.authorisation import Draw
from services.partners.domain.mandate import WHOLE, Mandate
from services.partners.queries.mandate_rows import ROW
from services.partners.queries.page import Page

_ONE = (
    select(ROW.label("told"), Mandate.sequence, Mandate.organisation_id)
    .select_from(Mandate)
    .where(Mandate.id == bindparam("id"))
)


def mandates(
    connection: Connection, *, organisation_id: UUID | None, seen_by: UUID | None, page: Page
) -> dict[str, Any]:
    """Give mandates with what remains of them, as JSON, the latest recorded first."""
    statement = select(ROW).select_from(Mandate)
    for only in filter(None, (organisation_id, seen_by)):
        statement = statement.where(Mandate.organisation_id == only)
    return paginate(connection, statement, Mandate.id.desc(), page=page)


def mandate_told(connection: Connection, mandate_id: UUID, *, seen_by: UUID | None) -> tuple[str, int]:
    """Give a mandate with what remains of it, as JSON, and the version that this is.

    Raises NotFound.
    """
    found = connection.execute(_ONE, {"id": mandate_id}).one_or_none()
    if found is None or seen_by not in (None, found.organisation_id):
        raise NotFound(f"No mandate {mandate_id} is here, or you may not know that it is.")
    return found.told, found.sequence


def mandate(session: Session, mandate_id: UUID, *, seen_by: UUID | None = None, lock: bool = False) -> Mandate:
    """Give a mandate; `lock` it to change it.

    Raises NotFound.
    """
    statement = select(Mandate).where(Mandate.id == mandate_id).options(*WHOLE)
    found = session.scalar(statement.with_for_update(of=Mandate) if lock else statement)
    if found is None or seen_by not in (None, found.organisation_id):
        raise NotFound(f"No mandate {mandate_id} is here, or you may not know that it is.")
    return found


def draws(session: Session, mandate: Mandate, *, page: Page) -> dict[str, Any]:
    """Give what was signed, moved and committed under a mandate or carried over to it, the latest first."""
    authorisations = [each.id for each in mandate.authorisations]
    statement = select(Draw).where(Draw.authorisation_id.in_(authorisations))
    return paginate(session, statement, Draw.drawn_on.desc(), Draw.id.desc(), page=page)
