"""Draft, propose, sign and end conventions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.identifiers import new_id
from chassis.identity import Caller
from chassis.outbox import announce
from chassis.whole import Whole
from contracts.partners import ConventionStatus
from services.partners.domain.amendment import Amendment
from services.partners.domain.convention import ALONG, WHOLE, Convention
from services.partners.domain.convention_checks import check
from services.partners.domain.convention_model import ConventionModel, reference
from services.partners.domain.convention_terms import Known, Terms
from services.partners.domain.convention_text import ConventionText
from services.partners.domain.counter import ReferenceCounter
from services.partners.domain.signing import Signing
from services.partners.use_cases.amendment_effects import awaiting, end_with
from services.partners.use_cases.convention_models import ClauseWanted, filled, model_of
from services.partners.use_cases.known import known_of
from services.partners.use_cases.mandates import give_back
from services.partners.use_cases.signing import sign_for_party

AT_ONCE = 200
"""Conventions that end in one transaction when their period is over."""


_TABLE = Convention.__table__
_LOCK = select(_TABLE.c.id).where(_TABLE.c.id == bindparam("id")).with_for_update()
_OPENED = Whole(Convention, ALONG)
_TOLD = select(_OPENED.column).select_from(_TABLE).where(_TABLE.c.id == bindparam("id"))


def open_convention(session: Session, convention_id: UUID, *, seen_by: UUID | None = None) -> Convention:
    """Give a convention, locked, with all that it needs to change.

    Raises NotFound, also where `seen_by` may not know of it.
    """
    convention = _locked(session, convention_id)
    if convention is None or not convention.visible_to(seen_by):
        raise NotFound(f"No convention {convention_id} is here, or you may not know that it is.")
    return convention


def _locked(session: Session, convention_id: UUID) -> Convention | None:
    """Lock it first, then read it in a statement of its own: that one sees what the lock was waited for."""
    if session.scalar(_LOCK, {"id": convention_id}) is None:
        return None
    if session.identity_map:
        return session.get(Convention, convention_id, options=WHOLE, populate_existing=True)
    return _OPENED.open(session, session.scalars(_TOLD, {"id": convention_id}).one())


def draft_convention(session: Session, *, terms: Terms, clauses: Sequence[ClauseWanted] = ()) -> Convention:
    """Write a first text.

    Raises InvalidInput, NotYetKnown.
    """
    terms, known = _complete(session, terms, clauses, None)
    convention = Convention.draft(new_id(), terms, known)
    session.add(convention)
    return convention


def change_convention(
    session: Session, convention: Convention, *, terms: Terms, clauses: Sequence[ClauseWanted] = (), on: date
) -> Convention:
    """Replace the text of a draft or a proposal; void signatures take nothing of their mandates any more.

    Raises RuleBroken, InvalidInput, NotYetKnown.
    """
    terms, known = _complete(session, terms, clauses, convention.id)
    version = convention.version
    if proposed := convention.change(terms, known):
        announce(session, proposed)
        session.add(ConventionText.of(convention))
    if convention.version != version:
        give_back(session, [convention.id], on=on, because="Texte modifié avant la dernière signature")
    return convention


def propose_convention(session: Session, convention: Convention, *, on: date) -> Convention:
    """Open a draft to signatures, under the next reference of its programme and year.

    Raises RuleBroken, InvalidInput where what it passes on was passed on by others meanwhile.
    """
    if any(line.passes_on for line in convention.lines):
        terms = convention.terms()
        check(terms, known_of(session, terms, convention_id=convention.id, lock=True))
    model = model_of(session, convention.programme_code, keep=True)
    announce(session, convention.propose(_next_reference(session, model, on.year), on=on))
    session.add(ConventionText.of(convention))
    return convention


def sign_convention(
    session: Session, convention: Convention, *, organisation_id: UUID, signing: Signing, today: date, by: Caller
) -> Convention:
    """Record one party's signature, under the mandate it names or the one the text names for it.

    Raises RuleBroken, also where the party records others as its signatories, InvalidInput, NotFound.
    """
    sign_for_party(session, convention, organisation_id=organisation_id, signing=signing, today=today, by=by)
    return convention


def refuse_convention(
    session: Session, convention: Convention, *, organisation_id: UUID, reason: str, on: date, by: Caller
) -> Convention:
    """Record that a party says no.

    Raises RuleBroken, NotFound.
    """
    announce(session, convention.refuse(organisation_id, reason, on=on, by=by))
    give_back(session, [convention.id], on=on, because=reason)
    return convention


def withdraw_convention(session: Session, convention: Convention, *, reason: str, on: date) -> Convention:
    """Take a draft or a proposal back.

    Raises RuleBroken.
    """
    if withdrawn := convention.withdraw(reason, on=on):
        announce(session, withdrawn)
    give_back(session, [convention.id], on=on, because=reason)
    return convention


def terminate_convention(
    session: Session, convention: Convention, *, reason: str, on: date, by: UUID | None, today: date
) -> Convention:
    """End a convention in force before its time; an amendment that has not taken effect by then expires.

    Raises RuleBroken, InvalidInput for a day outside its time, NotFound.
    """
    if convention.status is ConventionStatus.IN_FORCE:
        end_with(session, convention, on=on, today=today)
    announce(session, convention.terminate(reason, on=on, by=by, today=today))
    return convention


def end_elapsed_conventions(session: Session, *, today: date) -> int:
    """End those whose period is over, each once whoever else does the same; gives how many, `AT_ONCE` at most.

    One that an amendment should have changed by now waits for it: it may run longer.
    """
    running = (ConventionStatus.PROPOSED, ConventionStatus.PARTIALLY_SIGNED, ConventionStatus.IN_FORCE)
    statement = (
        select(Convention)
        .where(or_(*(Convention.status == status for status in running)), Convention.ends_on < today)
        .where(~exists().where(Amendment.convention_id == Convention.id, awaiting(today)))
        .order_by(Convention.id)
        .limit(AT_ONCE)
        .options(*WHOLE)
        .with_for_update(of=Convention, skip_locked=True)
    )
    elapsed = session.scalars(statement).all()
    for convention in elapsed:
        if convention.status is ConventionStatus.IN_FORCE:
            end_with(session, convention, on=convention.ends_on, today=today)
    announce(session, *(convention.elapse(today=today) for convention in elapsed))
    expired = [each for each in elapsed if each.status is ConventionStatus.EXPIRED]
    give_back(session, [each.id for each in expired], on=today, because="Période échue sans toutes les signatures")
    return len(elapsed)


def _complete(
    session: Session, terms: Terms, clauses: Sequence[ClauseWanted], convention_id: UUID | None
) -> tuple[Terms, Known]:
    """Give the terms with their clauses filled, and what is known of all they name."""
    known = known_of(session, terms, convention_id=convention_id, lock=convention_id is not None)
    model = session.get(ConventionModel, terms.programme_code)
    return filled(terms, clauses, model, known), known


def _next_reference(session: Session, model: ConventionModel, year: int) -> str:
    """Give the next reference; one that another programme gave when it had this pattern is passed over."""
    while True:
        written = reference(model.reference_pattern, year, _next_number(session, model.programme_code, year))
        if session.scalar(select(Convention.id).where(Convention.reference == written)) is None:
            return written


def _next_number(session: Session, programme_code: str, year: int) -> int:
    """Count on; the row stays locked until the commit, so that a number is neither given twice nor left out."""
    statement = (
        insert(ReferenceCounter)
        .values(programme_code=programme_code, year=year, last=1)
        .on_conflict_do_update(
            index_elements=[ReferenceCounter.programme_code, ReferenceCounter.year],
            set_={"last": ReferenceCounter.last + 1},
        )
        .returning(ReferenceCounter.last)
    )
    return session.scalars(statement).one()
