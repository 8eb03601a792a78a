"""What a departure would touch, from partners' own copy of what it knows; nothing is written."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.errors import NotFound
from chassis.whole import Whole
from contracts.partners import ConventionStatus
from services.partners.domain.amendment import OPEN, Amendment, AmendmentParty
from services.partners.domain.charter import CharterSignature
from services.partners.domain.convention import ALONG, Convention
from services.partners.domain.convention_parts import ConventionLine, ConventionParty
from services.partners.domain.departure import Departure, Ending, LineFed, after_departure
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction, KnownSeat
from services.partners.queries.conventions import read_by

_CONVENTION = Whole(Convention, ALONG)
RUNNING = (ConventionStatus.PROPOSED, ConventionStatus.PARTIALLY_SIGNED, ConventionStatus.IN_FORCE)


def departure(session: Session, organisation_id: UUID, *, on: date, seen_by: UUID | None) -> Departure:
    """Foresee what an organisation's leaving on a day would end: adherence, conventions, seats, tranches.

    The conventions it is party to end as a whole, so that other parties' seats and tranches are among what is touched.
    Besides, the amendments under way that it signs, and the lines elsewhere that hand on what would no longer come.
    Drafts are given to who writes them. An organisation may ask about itself alone, and sees what it is party to.
    Raises NotFound, also for a duplicate that was merged: everything that named it names the other one.
    """
    if seen_by not in (None, organisation_id):
        raise NotFound(f"No departure of {organisation_id} is yours to foresee: ask about your own organisation.")
    organisation = session.get_one(Organisation, organisation_id)
    if organisation.merged_into_id:
        raise NotFound(
            f"{organisation.name} was merged into another organisation on {organisation.merged_on}: "
            f"ask about that one, {organisation.merged_into_id}."
        )
    adherences = _adherences(session, organisation_id, on)
    endings = [
        Ending(convention=convention, becomes=becomes)
        for convention in _conventions(session, organisation_id, *RUNNING)
        if (becomes := after_departure(convention, organisation_id, on))
    ]
    seats = _seats(session, adherences, endings)
    named = {action_id for each in endings for action_id in each.convention.terms().actions} | {
        seat.action_id for seat in seats
    }
    actions = (
        select(KnownAction).where(KnownAction.id.in_(named)).order_by(KnownAction.programme_code, KnownAction.code)
    )
    tranches = [tranche for each in endings for tranche in each.tranches(on)]
    return Departure(
        organisation=organisation,
        on=on,
        adherences=adherences,
        endings=endings,
        seats=seats,
        actions=list(session.scalars(actions)),
        tranches=sorted(tranches, key=lambda each: (each.due_on, each.reference or "", each.tranche_id)),
        drafts=[] if seen_by else _conventions(session, organisation_id, ConventionStatus.DRAFT),
        amendments=_amendments(session, organisation_id, drafted=not seen_by),
        fed=_fed(session, endings, on, seen_by),
    )


def _adherences(session: Session, organisation_id: UUID, on: date) -> list[CharterSignature]:
    statement = (
        select(CharterSignature)
        .where(
            CharterSignature.organisation_id == organisation_id,
            CharterSignature.withdrawn_on.is_(None),
            CharterSignature.lapsed_on.is_(None),
            CharterSignature.signed_on <= on,
        )
        .options(joinedload(CharterSignature.charter))
        .order_by(CharterSignature.id)
    )
    return list(session.scalars(statement))


def _conventions(session: Session, organisation_id: UUID, *statuses: ConventionStatus) -> list[Convention]:
    mine = select(ConventionParty.convention_id).where(
        ConventionParty.organisation_id == organisation_id, ConventionParty.left_on.is_(None)
    )
    standing = or_(*(Convention.status == status for status in statuses))
    statement = select(_CONVENTION.column).where(Convention.id.in_(mine), standing)
    told = session.scalars(statement.order_by(Convention.reference, Convention.id))
    return [_CONVENTION.read(each) for each in told]


def _amendments(session: Session, organisation_id: UUID, *, drafted: bool) -> list[Amendment]:
    """Give the amendments under way that it signs, those `drafted` too to who writes them."""
    signs = select(AmendmentParty.amendment_id).where(AmendmentParty.organisation_id == organisation_id)
    statement = select(Amendment).where(Amendment.id.in_(signs), Amendment.status.in_(OPEN))
    if not drafted:
        statement = statement.where(Amendment.number.is_not(None))
    return list(session.scalars(statement.options(joinedload(Amendment.convention)).order_by(Amendment.id)))


def _fed(session: Session, endings: list[Ending], on: date, seen_by: UUID | None) -> list[LineFed]:
    """Give the lines of running conventions that do not end with these, and hand on what these would bring no more."""
    statement = (
        select(ConventionLine, Convention)
        .join(Convention, Convention.id == ConventionLine.convention_id)
        .where(
            ConventionLine.passes_on.in_([line_id for each in endings for line_id in each.lines(on)]),
            Convention.id.not_in([each.convention.id for each in endings]),
            or_(*(Convention.status == status for status in RUNNING)),
        )
        .options(joinedload(ConventionLine.organisation), selectinload(ConventionLine.tranches))
        .order_by(Convention.reference, ConventionLine.position)
    )
    if seen_by:
        statement = statement.where(read_by(seen_by))
    return [LineFed(convention=convention, line=line) for line, convention in session.execute(statement)]


def _seats(session: Session, adherences: list[CharterSignature], endings: list[Ending]) -> list[KnownSeat]:
    ended = [each.convention.id for each in endings if each.becomes is ConventionStatus.TERMINATED]
    because = [*(adherence.id for adherence in adherences), *ended]
    statement = select(KnownSeat).where(KnownSeat.because.in_(because), KnownSeat.closed_on.is_(None))
    return list(session.scalars(statement.order_by(KnownSeat.action_code, KnownSeat.organisation_name, KnownSeat.id)))
