"""Publish the charter, adhere to it, leave it."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from chassis.errors import NotFound, RuleBroken
from chassis.identifiers import new_id
from chassis.identity import Caller
from chassis.outbox import announce
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.domain.organisation import Organisation
from services.partners.domain.signing import Signing, ensure_speaks_for
from services.partners.use_cases.mandates import find_mandate


def publish_charter(session: Session, *, programme_code: str, title: str, text: str, on: date) -> Charter:
    """Publish a text that organisations may adhere to: the programme's next version."""
    last = session.scalar(select(func.max(Charter.version)).where(Charter.programme_code == programme_code)) or 0
    charter = Charter(
        id=new_id(), programme_code=programme_code, title=title, version=last + 1, text=text, published_on=on
    )
    session.add(charter)
    return charter


def sign_charter(
    session: Session, charter: Charter, *, organisation_id: UUID, signing: Signing, today: date, by: Caller
) -> CharterSignature:
    """Record that an organisation adheres; the same signature said again changes nothing.

    Raises RuleBroken where it adhered otherwise than now said, or may not adhere, NotFound for an unknown organisation.
    """
    ensure_speaks_for(by, organisation_id)
    organisation = session.get_one(Organisation, organisation_id, with_for_update=True)
    given = _in_force(session, charter.id, organisation_id)
    if given is not None:
        if given.signing == signing:
            return given
        raise RuleBroken(f"{organisation.name} signed on {given.signed_on} already, otherwise than now said.")
    signature, signed = charter.sign(
        new_id(), organisation, signing, find_mandate(session, signing.mandate_id), today=today, by=by
    )
    session.add(signature)
    announce(session, signed)
    return signature


def withdraw_from_charter(
    session: Session, *, charter_id: UUID, organisation_id: UUID, on: date, reason: str, by: Caller
) -> CharterSignature:
    """Record that an organisation left.

    Raises NotFound where it has no signature in force, RuleBroken where the day does not fit.
    """
    ensure_speaks_for(by, organisation_id)
    signature = _in_force(session, charter_id, organisation_id)
    if signature is None:
        raise NotFound("This organisation has no signature in force on this charter.")
    announce(session, signature.withdraw(on=on, reason=reason))
    return signature


def _in_force(session: Session, charter_id: UUID, organisation_id: UUID) -> CharterSignature | None:
    statement = (
        select(CharterSignature)
        .where(
            CharterSignature.charter_id == charter_id,
            CharterSignature.organisation_id == organisation_id,
            CharterSignature.withdrawn_on.is_(None),
        )
        .options(joinedload(CharterSignature.charter), joinedload(CharterSignature.organisation))
        .with_for_update(of=CharterSignature)
    )
    return session.scalar(statement)
