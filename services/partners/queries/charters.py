"""The charter and those who adhered to it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chassis.errors import NotFound
from chassis.pagination import paginate
from contracts.partners import ConventionStatus, PartyRole
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.domain.convention import Convention
from services.partners.domain.convention_parts import ConventionParty
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


@dataclass(frozen=True)
class TouchedSeat:
    """A seat that follows the charter's signature."""

    body: str
    programme_code: str
    opened_on: date


@dataclass(frozen=True)
class TouchedConvention:
    """A convention of one who leaves the charter."""

    id: UUID
    reference: str | None
    title: str
    status: ConventionStatus
    role: PartyRole
    ends_on: date


@dataclass(frozen=True)
class CharterWithdrawal:
    """What leaving the charter would touch."""

    seats: list[TouchedSeat]
    conventions: list[TouchedConvention]
    drafts: list[TouchedConvention]


RUNNING = frozenset({ConventionStatus.PROPOSED, ConventionStatus.PARTIALLY_SIGNED, ConventionStatus.IN_FORCE})


def charter_withdrawal(
    session: Session, *, charter_id: UUID, organisation_id: UUID, seen_by: UUID | None
) -> CharterWithdrawal:
    """Say what leaving the charter would touch; a partner sees its own, and no drafts.

    Raises NotFound where the organisation has no signature in force on this version, or is another's.
    """
    signature = session.scalar(
        select(CharterSignature)
        .where(
            CharterSignature.charter_id == charter_id,
            CharterSignature.organisation_id == organisation_id,
            CharterSignature.withdrawn_on.is_(None),
            CharterSignature.lapsed_on.is_(None),
        )
        .options(joinedload(CharterSignature.charter))
    )
    if signature is None or seen_by not in (None, organisation_id):
        raise NotFound("This organisation has no signature in force on this version of the charter.")
    code = signature.charter.programme_code
    touched = _touched(session, organisation_id, code)
    return CharterWithdrawal(
        seats=[TouchedSeat("consultation", code, signature.signed_on)],
        conventions=[each for each in touched if each.status in RUNNING],
        drafts=[each for each in touched if each.status is ConventionStatus.DRAFT and seen_by is None],
    )


def _touched(session: Session, organisation_id: UUID, programme_code: str) -> list[TouchedConvention]:
    statement = (
        select(
            Convention.id,
            Convention.reference,
            Convention.title,
            Convention.status,
            ConventionParty.role,
            Convention.ends_on,
        )
        .join(ConventionParty, ConventionParty.convention_id == Convention.id)
        .where(
            ConventionParty.organisation_id == organisation_id,
            Convention.programme_code == programme_code,
            Convention.status.in_([*RUNNING, ConventionStatus.DRAFT]),
        )
        .order_by(Convention.id)
    )
    return [TouchedConvention(*row) for row in session.execute(statement)]
