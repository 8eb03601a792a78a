"""Record deliberations, what becomes known of them later, and what draws on them."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import any_, func, literal, or_, select, update
from sqlalchemy.orm import Session

from chassis import clock
from chassis.errors import InvalidInput, NotYetKnown, RuleBroken
from chassis.identifiers import new_id
from chassis.money import VatBasis
from chassis.outbox import announce
from contracts.budget import CreditCommitted, CreditReallocated, EntryReversed
from services.partners.domain.authorisation import CREDIT, ZERO, Act, Authorisation, Draw
from services.partners.domain.convention_checks import registered
from services.partners.domain.finding import refuse
from services.partners.domain.mandate import WHOLE, Deliberation, Mandate
from services.partners.domain.organisation import Organisation
from services.partners.use_cases.known import organisations_of
from services.partners.use_cases.organisations import hold_organisation


def record_mandate(
    session: Session, *, organisation_id: UUID, deliberation: Deliberation, corrects: UUID | None = None
) -> Mandate:
    """Record what an organisation's assembly authorised; a correction takes over what drew on what it corrects.

    Raises RuleBroken where its number is recorded already or the organisation was merged, NotFound for an unknown one,
    InvalidInput.
    """
    organisation = hold_organisation(session, organisation_id)
    statement = select(Mandate).where(Mandate.organisation_id == organisation_id, Mandate.number == deliberation.number)
    if session.scalar(statement) is not None:
        raise RuleBroken(
            f"Mandate {deliberation.number} of {organisation.name} is recorded already: complete that one."
        )
    _ensure_they_are_registered(deliberation, hold_counterparties(session, deliberation))
    mandate, recorded = Mandate.record(new_id(), organisation, deliberation, today=clock.today())
    session.add(mandate)
    if corrects is not None:
        _correct(session, corrects, mandate)
    announce(session, recorded)
    return mandate


def find_mandate(session: Session, mandate_id: UUID | None, *, organisation_id: UUID) -> Mandate | None:
    """Give the mandate that a signature names, if it names one, so that no text changes under a signature.

    What is counted stays locked until the commit: of any number who sign at once, none passes a ceiling.
    Raises InvalidInput where the organisation has none of that id: nobody learns what another's mandate says.
    """
    if mandate_id is None:
        return None
    own = select(Mandate).where(Mandate.id == mandate_id, Mandate.organisation_id == organisation_id)
    statement = own.options(*WHOLE)
    found = session.scalar(statement.with_for_update(of=Mandate, read=True, key_share=True))
    if found is None:
        raise InvalidInput(
            f"No mandate {mandate_id} of this organisation is recorded: record it first, or give its number.",
            {"/mandate_id": ["No such mandate of this organisation is recorded."]},
        )
    _lock(session, [each.id for each in found.authorisations if each.counted])
    return found


def give_back(session: Session, subjects: Collection[UUID], *, on: date, because: str) -> None:
    """Make available again what conventions took that were refused, withdrawn, or expired unsigned.

    A termination gives nothing back: the promise was binding, some of it may be paid before it falls due, and what an
    assembly authorised once is not authorised a second time without asking it.
    """
    if not subjects:
        return
    for authorisation, draw in _held(session, subjects):
        authorisation.take_back(draw, on=on, because=because)


def hold_counterparties(session: Session, deliberation: Deliberation) -> dict[UUID, Organisation]:
    """Give whom a deliberation names, which no merger takes away until the commit.

    Before the mandate is locked and read, as a merger does: it then says whom it covers since.
    """
    named = {each for terms in deliberation.authorisations for each in terms.counterparties}
    return organisations_of(session, named) if named else {}


def complete_mandate(
    session: Session, mandate: Mandate, *, deliberation: Deliberation, counterparties: Mapping[UUID, Organisation]
) -> Mandate:
    """Correct a mandate, or put in what became known since, such as the day it became enforceable.

    `counterparties` were held before it was. Raises RuleBroken where something rests on it and it would say otherwise,
    InvalidInput.
    """
    _ensure_they_are_registered(deliberation, counterparties)
    own = [each.id for each in mandate.authorisations]
    resting = select(Draw.id).where(or_(Draw.mandate_id == mandate.id, Draw.authorisation_id.in_(own)))
    rests = session.scalar(resting.limit(1)) is not None
    if recorded := mandate.complete(deliberation, something_rests_on_it=rests, today=clock.today()):
        session.execute(update(Mandate).where(Mandate.id == mandate.corrects).values(corrected_by=mandate.number))
        announce(session, recorded)
    return mandate


def delegate(session: Session, mandate: Mandate, *, by: str, **facts: Any) -> Mandate:
    """Let somebody sign under a mandate in the executive's place, by name.

    Raises InvalidInput.
    """
    session.add(mandate.delegate(by=by, **facts))
    return mandate


def know_credit(session: Session, done: CreditReallocated | CreditCommitted | EntryReversed) -> None:
    """Keep what budget did with credit under a mandate: it rests on it, and budget counts it.

    Raises NotYetKnown where a commitment is taken back that was not heard of yet.
    """
    if isinstance(done, EntryReversed):
        _know_reversal(session, done)
    elif isinstance(done, CreditReallocated):
        name = f"{done.from_line} → {done.to_line} {done.year}"
        _know_act(session, done.reallocation_id, Act.REALLOCATE_CREDIT, name, done)
    else:
        _know_act(session, done.credit_commitment_id, Act.COMMIT_CREDIT, f"{done.action_code} {done.year}", done)


def _know_act(session: Session, id: UUID, act: Act, name: str, done: CreditReallocated | CreditCommitted) -> None:
    statement = select(Authorisation).where(
        Authorisation.mandate_id == done.mandate_id,
        or_(*(literal(each.value) == any_(Authorisation.acts) for each in sorted(CREDIT))),
    )
    authorisation = session.scalar(statement)
    if authorisation is None:
        raise NotYetKnown(f"Mandate {done.mandate_id} authorises no credit as far as it is known here.")
    session.merge(
        Draw(
            id=id,
            mandate_id=done.mandate_id,
            authorisation_id=authorisation.id,
            act=act,
            subject_id=id,
            subject_name=name,
            amount=done.amount,
            vat_basis=None,
            drawn_on=clock.day_of(done.received.time),
        )
    )


def _know_reversal(session: Session, reversed: EntryReversed) -> None:
    if reversed.credit_commitment_id is None:
        return
    draw = session.get(Draw, reversed.credit_commitment_id)
    if draw is None:
        raise NotYetKnown(f"Commitment {reversed.credit_commitment_id} is not known here yet.")
    draw.given_back_on, draw.given_back_because = clock.day_of(reversed.received.time), reversed.reason


def _ensure_they_are_registered(deliberation: Deliberation, counterparties: Mapping[UUID, Organisation]) -> None:
    refuse(
        [
            (f"/authorisations/{place}/counterparties/{position}", finding)
            for place, terms in enumerate(deliberation.authorisations)
            for position, each in enumerate(terms.counterparties)
            for finding in registered(each, counterparties)
        ]
    )


def _correct(session: Session, corrected_id: UUID, correction: Mandate) -> None:
    statement = select(Mandate).where(Mandate.id == corrected_id).options(*WHOLE).with_for_update(of=Mandate)
    corrected = session.scalar(statement)
    if corrected is None:
        raise InvalidInput(
            f"No mandate {corrected_id} is recorded: name the one to correct.", {"/corrects": ["Not recorded."]}
        )
    corrected.give_way_to(correction)
    session.flush()
    _lock(session, [each.id for each in corrected.authorisations])
    for before in corrected.authorisations:
        for act in before.acts:
            if after := correction.in_place_of(before, Act(act)):
                moving = update(Draw).where(Draw.authorisation_id == before.id, Draw.act == act)
                session.execute(moving.values(authorisation_id=after.id))
    for each in (*corrected.authorisations, *correction.authorisations):
        each.drawn = _drawn(session, each) if each.counted else ZERO
    signed = [(each, _signed(session, each)) for each in correction.authorisations]
    refuse([finding for each, sums in signed for finding in each.miscounts(sums, corrected.number)])


def _signed(session: Session, authorisation: Authorisation) -> dict[VatBasis, Decimal]:
    """Give what was signed under it without derogation, in euros by VAT basis where that is known."""
    held = select(Draw.vat_basis, func.sum(Draw.amount)).where(
        Draw.authorisation_id == authorisation.id,
        Draw.given_back_on.is_(None),
        Draw.derogated.is_(False),
        Draw.vat_basis.is_not(None),
    )
    return {basis: amount for basis, amount in session.execute(held.group_by(Draw.vat_basis)) if basis}


def _drawn(session: Session, authorisation: Authorisation) -> Decimal:
    statement = select(func.coalesce(func.sum(Draw.amount), ZERO))
    held = statement.where(Draw.authorisation_id == authorisation.id, Draw.given_back_on.is_(None))
    return session.scalars(held).one()


def _held(session: Session, subjects: Collection[UUID]) -> list[tuple[Authorisation, Draw]]:
    """Give what subjects took and still hold, with its authorisation, locked.

    Read again until all of it stands under what is locked: a correction may take draws over while one waits for it.
    """
    statement = select(Draw).where(Draw.subject_id.in_(subjects), Draw.given_back_on.is_(None)).order_by(Draw.id)
    locked: dict[UUID, Authorisation] = {}
    while True:
        draws = session.scalars(statement.execution_options(populate_existing=True)).all()
        elsewhere = {draw.authorisation_id for draw in draws} - locked.keys()
        if not elsewhere:
            return [(locked[draw.authorisation_id], draw) for draw in draws]
        locked |= _lock(session, elsewhere)


def _lock(session: Session, ids: Collection[UUID]) -> dict[UUID, Authorisation]:
    """Hold authorisations, always in the same order, with what they say now."""
    statement = select(Authorisation).where(Authorisation.id.in_(ids)).order_by(Authorisation.id).with_for_update()
    found = session.scalars(statement.execution_options(populate_existing=True)).all() if ids else []
    return {each.id: each for each in found}
