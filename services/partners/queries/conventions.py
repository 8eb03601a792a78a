"""Conventions, limited to what the asking organisation is party to where it is given."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.pagination import paginate
from chassis.whole import Whole
from contracts.partners import ConventionStatus
from services.partners.domain.amendment import OPEN, Amendment, AmendmentParty
from services.partners.domain.convention import ALONG, Convention
from services.partners.domain.convention_parts import (
    ConventionLine,
    ConventionParty,
    ConventionServes,
    ConventionTranche,
)
from services.partners.domain.convention_text import ConventionText
from services.partners.domain.folding import fold
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction
from services.partners.queries.convention_rows import ROW
from services.partners.queries.page import Page

_AS_TOLD = Whole(Convention, ALONG, only={Organisation: (Organisation.id, Organisation.name)})
"""What an answer tells of a convention; of organisations, that is who they are."""

_ONE = select(_AS_TOLD.column).where(Convention.id == bindparam("id"))


def conventions(
    session: Session | Connection,
    *,
    status: ConventionStatus | None,
    organisation_id: UUID | None,
    action_id: UUID | None,
    axis_code: str | None,
    year: int | None,
    search: str | None,
    seen_by: UUID | None,
    page: Page,
) -> dict[str, Any]:
    """Give the rows of conventions, as JSON, the latest drafted first.

    Every word of `search` is in the title or the reference.
    """
    statement = select(ROW).select_from(Convention)
    if seen_by:
        statement = statement.where(read_by(seen_by))
    if status:
        statement = statement.where(Convention.status == status)
    if organisation_id:
        statement = statement.where(_has_party(organisation_id))
    if action_id:
        statement = statement.where(_serves(ConventionServes.action_id == action_id))
    if axis_code:
        of_axis = select(KnownAction.id).where(KnownAction.axis_code == axis_code)
        statement = statement.where(_serves(ConventionServes.action_id.in_(of_axis)))
    if year:
        statement = statement.where(_promises(year))
    for word in fold(search or "").split():
        statement = statement.where(Convention.folded.contains(word, autoescape=True))
    return paginate(session, statement, Convention.id.desc(), page=page)


def convention(session: Session | Connection, convention_id: UUID, *, seen_by: UUID | None) -> Convention:
    """Give a convention.

    Raises NotFound, also where `seen_by` is no party or the convention was never proposed.
    """
    told = session.scalar(_ONE, {"id": convention_id})
    found = _AS_TOLD.read(told) if told else None
    if found is None or not (found.visible_to(seen_by) or _is_asked_to_join(session, convention_id, seen_by)):
        raise NotFound(f"No convention {convention_id} is here, or you may not know that it is.")
    return found


def texts(session: Session, convention_id: UUID, *, seen_by: UUID | None, page: Page) -> dict[str, Any]:
    """Give the texts of a convention, the first first.

    An organisation sees those that it was a party to, and the present one where it is asked to join.
    Raises NotFound where there is none that it may see.
    """
    statement = select(ConventionText).where(ConventionText.convention_id == convention_id)
    if seen_by:
        known_as = [seen_by, *session.scalars(select(Organisation.id).where(Organisation.merged_into_id == seen_by))]
        readable = ConventionText.party_ids.overlap(known_as)
        if _is_asked_to_join(session, convention_id, seen_by):
            present = select(Convention.revision).where(Convention.id == convention_id).scalar_subquery()
            readable = or_(readable, ConventionText.revision == present)
        statement = statement.where(readable)
    there = session.scalar(select(Convention.id).where(Convention.id == convention_id))
    if there is None or (seen_by and session.scalar(statement.limit(1)) is None):
        raise NotFound(f"No convention {convention_id} is here, or you may not know that it is.")
    return paginate(session, statement, ConventionText.revision, page=page)


def _is_asked_to_join(session: Session | Connection, convention_id: UUID, organisation_id: UUID | None) -> bool:
    """Tell whether an amendment on the table names it: one reads what one is asked to sign, and what that changes."""
    asked = (
        select(AmendmentParty.organisation_id)
        .join(Amendment, Amendment.id == AmendmentParty.amendment_id)
        .where(Amendment.convention_id == convention_id, Amendment.number.is_not(None), Amendment.status.in_(OPEN))
        .where(AmendmentParty.organisation_id == organisation_id)
    )
    return organisation_id is not None and session.scalar(asked.limit(1)) is not None


def read_by(organisation_id: UUID) -> ColumnElement[bool]:
    """Say which conventions an organisation reads, as `Convention.visible_to` tells it of one."""
    unchanged = or_(ConventionParty.left_on.is_(None), ConventionParty.left_on >= Convention.amended_on)
    return and_(_has_party(organisation_id, unchanged), Convention.proposed_on.is_not(None))


def _serves(which: Any) -> Any:
    return exists().where(ConventionServes.convention_id == Convention.id, which)


def _promises(year: int) -> Any:
    """Say which conventions have a tranche of that budget year."""
    of_line = ConventionTranche.line_id == ConventionLine.id
    return exists().where(ConventionLine.convention_id == Convention.id, of_line, ConventionTranche.year == year)


def _has_party(organisation_id: UUID, *more: Any) -> Any:
    return exists().where(
        ConventionParty.convention_id == Convention.id, ConventionParty.organisation_id == organisation_id, *more
    )
