"""What would be lost if an organisation left on a day, from the ledger alone; nothing is written."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.money import VatBasis
from contracts.partners import ContributionKind, ConventionStatus
from services.budget.domain.convention import Convention
from services.budget.domain.departure import Departure, Gap, LostBeside, Touched, after_departure, lost_by
from services.budget.domain.ledger import Measure, Posting
from services.budget.domain.partner import Organisation
from services.budget.domain.programme import Action, Programme
from services.budget.domain.projection import Cell
from services.budget.domain.settlement import SOUGHT
from services.budget.queries.holdings import held_for, terms_of
from services.budget.queries.scope import at_one_moment, is_organisation, is_party, programme_of


def departure(
    session: Session, organisation_id: UUID, *, on: date, programme_code: str | None, seen_by: UUID | None
) -> Departure:
    """Foresee a departure: every convention that the organisation is party to ends on that day, by decision 11's rule.

    Termination takes out of secured what falls due on that day or later and was not received; a proposal's sought goes.
    Credit it committed itself stays: its mandate stands. An organisation may ask about itself alone.
    Raises NotFound, InvalidInput where several programmes exist and none is named.
    """
    if seen_by not in (None, organisation_id):
        raise NotFound(f"No departure of {organisation_id} is yours to foresee: ask about your own organisation.")
    at_one_moment(session)
    programme = programme_of(session, programme_code)
    foreseen = Departure(
        organisation_id=organisation_id, on=on, programme_code=programme.code, vat_basis=programme.vat_basis
    )
    ending = [
        (convention, becomes)
        for convention in _conventions(session, organisation_id, programme.code)
        if (becomes := after_departure(convention, on))
    ]
    _count(session, foreseen, programme, _lost(session, foreseen, programme, ending))
    return foreseen


def _conventions(session: Session, organisation_id: UUID, programme_code: str) -> Iterable[Convention]:
    running = or_(*(Convention.status == status for status in (*SOUGHT, ConventionStatus.IN_FORCE)))
    mine = is_party(organisation_id), Convention.programme_code == programme_code
    return session.scalars(select(Convention).where(*mine, running).order_by(Convention.reference, Convention.id))


def _lost(
    session: Session,
    foreseen: Departure,
    programme: Programme,
    ending: list[tuple[Convention, ConventionStatus]],
) -> list[Posting]:
    conventions = [convention for convention, _ in ending]
    terms, held = terms_of(session, conventions), held_for(session, [each.id for each in conventions])
    named = {promise.action_id for each in terms.values() for promise in each.promises}
    actions = {action.id: action for action in session.scalars(select(Action).where(Action.id.in_(named)))}
    itself = set(
        session.scalars(select(Organisation.id).where(is_organisation(Organisation.id, foreseen.organisation_id)))
    )
    itself.add(foreseen.organisation_id)
    lost: list[Posting] = []
    for convention, becomes in ending:
        postings = lost_by(terms[convention.id], becomes, foreseen.on, actions, held[convention.id])
        counted = [posting for posting in postings if posting.place.counts_in(programme.vat_basis)]
        secured = [posting for posting in counted if posting.place.measure == Measure.SECURED]
        own = [posting for posting in secured if posting.place.cell.funder_id in itself]
        sought = [posting for posting in counted if posting.place.measure == Measure.SOUGHT]
        touched = Touched(convention=convention, becomes=becomes)
        touched.secured_lost -= sum(posting.amount for posting in secured)
        touched.own_secured_lost -= sum(posting.amount for posting in own)
        touched.sought_lost -= sum(posting.amount for posting in sought)
        foreseen.conventions.append(touched)
        lost += postings
    return lost


def _count(session: Session, foreseen: Departure, programme: Programme, lost: Iterable[Posting]) -> None:
    rows: dict[tuple[str, int], Gap] = {}
    beside: dict[tuple[ContributionKind, VatBasis, bool], LostBeside] = {}
    cash = (Cell.programme_code == programme.code, Cell.kind == ContributionKind.CASH)
    counted = (*cash, Cell.vat_basis == programme.vat_basis, Cell.passed_on.is_(False))
    sums = [func.sum(getattr(Cell, name)) for name in ("need", "sought", "secured")]
    statement = select(Cell.axis_code, Cell.year, *sums).where(*counted)
    for axis_code, year, *amounts in session.execute(statement.group_by(Cell.axis_code, Cell.year)):
        rows[axis_code, year] = Gap(axis_code=axis_code, year=year)
        rows[axis_code, year].add(*amounts)
        foreseen.total.add(*amounts)
    moved: defaultdict[tuple[str, int], bool] = defaultdict(bool)
    for place, amount, _ in lost:
        key = place.cell.axis_code, place.cell.year
        if place.counts_in(programme.vat_basis):
            moved[key] = True
            rows.setdefault(key, Gap(axis_code=key[0], year=key[1])).move(place.measure, amount)
            foreseen.total.move(place.measure, amount)
        else:
            aside = place.cell.kind, place.cell.vat_basis, place.cell.passed_on
            other = beside.setdefault(aside, LostBeside(kind=aside[0], vat_basis=aside[1], passed_on=aside[2]))
            other.secured_lost -= amount if place.measure is Measure.SECURED else 0
            other.sought_lost -= amount if place.measure is Measure.SOUGHT else 0
    foreseen.rows = [rows[key] for key in sorted(rows) if moved[key]]
    foreseen.beside = [beside[aside] for aside in sorted(beside)]
