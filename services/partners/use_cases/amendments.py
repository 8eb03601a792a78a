"""Draft, propose, sign and end amendments; the convention is locked first, always."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound, RuleBroken
from chassis.identifiers import new_id
from chassis.identity import Caller
from chassis.outbox import announce
from services.partners.domain.amendment import WITH_CONVENTION, Amendment
from services.partners.domain.amendment_changes import Change
from services.partners.domain.amendment_checks import check_changes
from services.partners.domain.convention import Convention
from services.partners.domain.convention_life import CONVENTION
from services.partners.domain.convention_terms import Known
from services.partners.domain.life import Verb
from services.partners.domain.signing import Signing
from services.partners.use_cases.amendment_effects import open_amendment_of, take_effect
from services.partners.use_cases.known import known_of
from services.partners.use_cases.mandates import give_back
from services.partners.use_cases.payments import received_by
from services.partners.use_cases.signing import sign_for_party


def open_amendment(session: Session, amendment_id: UUID, *, seen_by: UUID | None = None) -> Amendment:
    """Give an amendment with its convention, both locked.

    Raises NotFound, also where `seen_by` may not know of it.
    """
    refusal = f"No amendment {amendment_id} is here, or you may not know that it is."
    convention_id = session.scalar(select(Amendment.convention_id).where(Amendment.id == amendment_id))
    if convention_id is None:
        raise NotFound(refusal)
    session.execute(select(Convention.id).where(Convention.id == convention_id).with_for_update())
    amendment = session.scalars(select(Amendment).where(Amendment.id == amendment_id).options(*WITH_CONVENTION)).one()
    if not amendment.visible_to(seen_by):
        raise NotFound(refusal)
    return amendment


def draft_amendment(
    session: Session, convention: Convention, *, title: str, effective_on: date, changes: Sequence[Change]
) -> Amendment:
    """Write a first text of an amendment to a convention in force, which is locked; one at a time.

    Raises RuleBroken, InvalidInput with each finding at its change, NotYetKnown.
    """
    CONVENTION.after(convention.status, Verb.AMEND, name=convention.name)
    if other := open_amendment_of(session, convention):
        raise RuleBroken(f"{other.name} is {other.status.replace('_', ' ')}: a convention is amended once at a time.")
    changes, known = _checked(session, convention, changes, effective_on)
    amendment = Amendment.draft(
        new_id(), convention, title=title, effective_on=effective_on, changes=changes, known=known
    )
    session.add(amendment)
    return amendment


def change_amendment(
    session: Session, amendment: Amendment, *, title: str, effective_on: date, changes: Sequence[Change], on: date
) -> Amendment:
    """Replace the text of a draft or a proposal; void signatures take nothing of their mandates any more.

    Raises RuleBroken, InvalidInput, NotYetKnown.
    """
    revision = amendment.revision
    changes, known = _checked(session, amendment.convention, changes, effective_on)
    if proposed := amendment.change(title=title, effective_on=effective_on, changes=changes, known=known):
        announce(session, proposed)
    if amendment.revision != revision:
        give_back(session, [amendment.id], on=on, because="Texte modifié avant la dernière signature")
    return amendment


def propose_amendment(session: Session, amendment: Amendment, *, on: date) -> Amendment:
    """Open a draft to signatures, under the convention's next number.

    Raises RuleBroken, InvalidInput where its changes do not fit any more.
    """
    convention = amendment.convention
    _checked(session, convention, amendment.changes, amendment.effective_on)
    last = select(func.max(Amendment.number)).where(Amendment.convention_id == convention.id)
    announce(session, amendment.propose((session.scalar(last) or 0) + 1, on=on))
    return amendment


def sign_amendment(
    session: Session, amendment: Amendment, *, organisation_id: UUID, signing: Signing, today: date, by: Caller
) -> Amendment:
    """Record one party's signature, under the mandate it names or the one the text names for it.

    The last one puts it in force where its day has come.
    Raises RuleBroken, also where the party records others as its signatories, InvalidInput, NotFound.
    """
    sign_for_party(session, amendment, organisation_id=organisation_id, signing=signing, today=today, by=by)
    take_effect(session, amendment, today=today)
    return amendment


def refuse_amendment(
    session: Session, amendment: Amendment, *, organisation_id: UUID, reason: str, on: date, by: Caller
) -> Amendment:
    """Record that a party says no.

    Raises RuleBroken, NotFound.
    """
    announce(session, amendment.refuse(organisation_id, reason, on=on, by=by))
    give_back(session, [amendment.id], on=on, because=reason)
    return amendment


def withdraw_amendment(session: Session, amendment: Amendment, *, reason: str, on: date) -> Amendment:
    """Take an amendment back.

    Raises RuleBroken.
    """
    if withdrawn := amendment.withdraw(reason, on=on):
        announce(session, withdrawn)
    give_back(session, [amendment.id], on=on, because=reason)
    return amendment


def _checked(
    session: Session, convention: Convention, changes: Sequence[Change], effective_on: date
) -> tuple[list[Change], Known]:
    """Give the changes with their ids, and what is known of all they name."""
    changes, former = [change.identified() for change in changes], convention.terms()
    named = replace(
        former,
        parties=(*former.parties, *(each.party for each in changes if each.party)),
        lines=(*former.lines, *(each.line for each in changes if each.line)),
        action_ids=(*former.action_ids, *(each.action_id for each in changes if each.action_id)),
    )
    known = known_of(session, named, convention_id=convention.id, lock=True)
    received = received_by(session, [each.tranche_id for each in changes if each.tranche_id])
    since = convention.amended_on
    check_changes(former, changes, known, effective_on=effective_on, received=received, since=since)
    return changes, known
