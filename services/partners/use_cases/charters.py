"""Publish the charter, adhere to it, leave it."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from chassis.errors import NotFound, NotYetKnown
from chassis.identifiers import new_id
from chassis.identity import Caller
from chassis.outbox import announce
from services.partners.domain.authorisation import Act
from services.partners.domain.charter import Charter, CharterSignature, CharterText
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownProgramme
from services.partners.domain.signing import Signing, ensure_speaks_for, said_before
from services.partners.use_cases.contacts import signatories_of
from services.partners.use_cases.mandates import give_back
from services.partners.use_cases.signing import under_its_mandate

AT_ONCE = 200
"""Adherences that lapse in one transaction."""


def publish_charter(session: Session, *, programme_code: str, said: CharterText, on: date, by: str) -> Charter:
    """Publish a text that organisations may adhere to: the programme's next version.

    Raises InvalidInput where a later version comes without a judgement, RuleBroken where nothing differs, NotYetKnown
    where no such programme has been announced here.
    """
    if session.get(KnownProgramme, programme_code) is None:
        raise NotYetKnown(f"Programme {programme_code} is not known here: define it first, or try again soon.")
    statement = select(Charter).where(Charter.programme_code == programme_code).order_by(Charter.version.desc())
    previous = session.scalar(statement.limit(1).with_for_update())
    charter, published = Charter.publish(new_id(), said, programme_code=programme_code, previous=previous, on=on, by=by)
    session.add(charter)
    announce(session, published)
    return charter


def sign_charter(
    session: Session, charter: Charter, *, organisation_id: UUID, signing: Signing, today: date, by: Caller
) -> CharterSignature:
    """Record that an organisation adheres; the same signature said again changes nothing.

    Where it adhered to an earlier text, a material version's signature takes that one's place.
    Raises RuleBroken where it adhered otherwise than now said, may not adhere, or records others as its signatories,
    NotFound for an unknown organisation.
    """
    ensure_speaks_for(by, organisation_id)
    organisation = session.get_one(Organisation, organisation_id, with_for_update=True)
    signatories = signatories_of(session, organisation_id)
    signing, mandate = under_its_mandate(session, signing, organisation_id)
    held = _in_force(session, charter.programme_code, organisation_id)
    if held is not None and held.charter_id == charter.id and said_before(held, signing, organisation):
        return held
    charter.ensure_it_asks(asks_since=asks_since(session, charter.programme_code), held=held)
    signature, signed = charter.sign(new_id(), organisation, signing, mandate, today=today, by=by)
    signatories.ensure_one_signs(signing, Act.SIGN_CHARTER, mandate)
    if held is not None:
        announce(session, held.lapse(on=signing.signed_on))
    session.add(signature)
    announce(session, signed)
    return signature


def withdraw_from_charter(
    session: Session, *, charter_id: UUID, organisation_id: UUID, on: date, reason: str, today: date, by: Caller
) -> CharterSignature:
    """Record that an organisation left.

    Raises NotFound where it has no signature in force, InvalidInput where the day does not fit.
    """
    ensure_speaks_for(by, organisation_id)
    charter = session.get_one(Charter, charter_id)
    signature = _in_force(session, charter.programme_code, organisation_id)
    if signature is None or signature.charter_id != charter_id:
        raise NotFound("This organisation has no signature in force on this version of the charter.")
    announce(session, signature.withdraw(on=on, reason=reason, today=today))
    give_back(session, [signature.id], on=on, because=reason)
    return signature


def lapse_adherences(session: Session, *, today: date) -> int:
    """End the adherences that a material version replaced and that were not given again in time, each once."""
    signed, later = aliased(Charter), aliased(Charter)
    until = (
        select(func.min(later.adhere_by))
        .where(later.programme_code == signed.programme_code, later.version > signed.version, later.material)
        .scalar_subquery()
    )
    statement = (
        select(CharterSignature, until.label("until"))
        .join(signed, signed.id == CharterSignature.charter_id)
        .where(CharterSignature.withdrawn_on.is_(None), CharterSignature.lapsed_on.is_(None), until < today)
        .order_by(CharterSignature.id)
        .limit(AT_ONCE)
        .options(joinedload(CharterSignature.charter), joinedload(CharterSignature.organisation))
        .with_for_update(of=CharterSignature, skip_locked=True)
    )
    lapsing = session.execute(statement).all()
    announce(session, *(signature.lapse(on=day) for signature, day in lapsing if day))
    return len(lapsing)


def asks_since(session: Session, programme_code: str) -> int:
    """Give the programme's latest material version: an adherence to it or to a later one counts."""
    statement = select(func.max(Charter.version)).where(Charter.programme_code == programme_code, Charter.material)
    return session.scalar(statement) or 1


def _in_force(session: Session, programme_code: str, organisation_id: UUID) -> CharterSignature | None:
    statement = (
        select(CharterSignature)
        .join(CharterSignature.charter)
        .where(
            Charter.programme_code == programme_code,
            CharterSignature.organisation_id == organisation_id,
            CharterSignature.withdrawn_on.is_(None),
            CharterSignature.lapsed_on.is_(None),
        )
        .options(joinedload(CharterSignature.charter), joinedload(CharterSignature.organisation))
        .with_for_update(of=CharterSignature)
    )
    return session.scalar(statement)
