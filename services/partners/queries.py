"""What one can ask: lists and objects, limited to what the asking organisation is party to where it is given."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select, true
from sqlalchemy.orm import Session, joinedload

from chassis.errors import NotFound
from chassis.pagination import paginate
from contracts.partners import ConventionStatus
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.domain.client import Client
from services.partners.domain.convention import WHOLE, Convention
from services.partners.domain.convention_parts import ConventionLine, ConventionParty
from services.partners.domain.folding import fold
from services.partners.domain.mandate import Mandate
from services.partners.domain.organisation import Organisation
from services.partners.domain.signing_key import SigningKey

Page = Mapping[str, Any]

RETIRED_KEYS_STAY = timedelta(days=1)
"""How long a retired key stays published: longer than any access token lives."""


def organisations(session: Session, *, search: str | None, page: Page) -> dict[str, Any]:
    """Give organisations by name; every word of `search` is in the name, or it begins a SIREN or SIRET."""
    statement = select(Organisation)
    if search:
        digits = "".join(search.split())
        words = and_(
            true(), *(Organisation.folded_name.contains(word, autoescape=True) for word in fold(search).split())
        )
        numbers = [Organisation.siren.startswith(digits), Organisation.siret.startswith(digits)]
        statement = statement.where(or_(words, *numbers) if digits.isascii() and digits.isdigit() else words)
    return paginate(session, statement, Organisation.folded_name, Organisation.id, page=page)


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


def conventions(
    session: Session,
    *,
    status: ConventionStatus | None,
    organisation_id: UUID | None,
    action_id: UUID | None,
    seen_by: UUID | None,
    page: Page,
) -> dict[str, Any]:
    """Give conventions, the latest drafted first."""
    statement = _seen(select(Convention).options(*WHOLE), seen_by)
    if status:
        statement = statement.where(Convention.status == status)
    if organisation_id:
        statement = statement.where(_has_party(organisation_id))
    if action_id:
        statement = statement.where(
            exists().where(ConventionLine.convention_id == Convention.id, ConventionLine.action_id == action_id)
        )
    return paginate(session, statement, Convention.id.desc(), page=page)


def convention(session: Session, convention_id: UUID, *, seen_by: UUID | None) -> Convention:
    """Give a convention.

    Raises NotFound, also where `seen_by` is no party or the convention is still a draft.
    """
    found = session.get(Convention, convention_id, options=WHOLE)
    if found is None or not found.visible_to(seen_by):
        raise NotFound(f"No convention {convention_id} is here, or you may not know that it is.")
    return found


def clients(session: Session, *, page: Page) -> dict[str, Any]:
    """Give the programs that may ask for tokens, revoked ones included, the latest first."""
    return paginate(session, select(Client), Client.id.desc(), page=page)


def published_keys(session: Session) -> list[dict[str, Any]]:
    """Give the public keys that a valid token may be signed with, the current one first."""
    since = datetime.now(UTC) - RETIRED_KEYS_STAY
    statement = (
        select(SigningKey.public)
        .where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > since))
        .order_by(SigningKey.created_at.desc())
    )
    return list(session.scalars(statement))


def _seen(statement: Select[Convention], seen_by: UUID | None) -> Select[Convention]:
    if seen_by is None:
        return statement
    return statement.where(_has_party(seen_by), Convention.status != ConventionStatus.DRAFT)


def _has_party(organisation_id: UUID) -> Any:
    return exists().where(
        ConventionParty.convention_id == Convention.id, ConventionParty.organisation_id == organisation_id
    )
