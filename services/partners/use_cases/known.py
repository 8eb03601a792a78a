"""What partners knows of everything that a text speaks of: organisations, actions, mandates, upstream lines."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload

from contracts.amendments import AmendmentStatus
from contracts.partners import ConventionStatus
from services.partners.domain.amendment import WITH_CONVENTION, Amendment
from services.partners.domain.convention import Convention
from services.partners.domain.convention_parts import ConventionLine, ConventionParty, ConventionTranche
from services.partners.domain.convention_terms import ZERO, Known, Terms, Upstream
from services.partners.domain.mandate import Mandate
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction, KnownProgramme

STANDING = (
    ConventionStatus.PROPOSED,
    ConventionStatus.PARTIALLY_SIGNED,
    ConventionStatus.IN_FORCE,
    ConventionStatus.COMPLETED,
)
"""A convention that may bring money, or did."""
ON_THE_TABLE = (AmendmentStatus.PROPOSED, AmendmentStatus.PARTIALLY_SIGNED, AmendmentStatus.SIGNED)
"""An amendment that counts already for what it would pass on, and for what it would leave to be passed on."""


def known_of(session: Session, terms: Terms, *, convention_id: UUID | None = None, lock: bool = False) -> Known:
    """Give what is known of all that the terms name; `lock` upstream lines so that no more is passed on meanwhile.

    `convention_id` is the convention whose terms they are, which passes nothing on to itself.
    """
    organisations = {party.organisation_id for party in terms.parties}
    mandates = {party.mandate_id for party in terms.parties if party.mandate_id}
    upstream = {line.passes_on for line in terms.lines if line.passes_on}
    own = _lines_of(session, convention_id) if convention_id else set()
    if lock and (upstream or own):
        ids = select(ConventionLine.id).where(ConventionLine.id.in_(upstream | own)).order_by(ConventionLine.id)
        session.execute(ids.with_for_update())
    return Known(
        programme=session.get(KnownProgramme, terms.programme_code),
        organisations=organisations_of(session, organisations),
        actions={
            each.id: each for each in session.scalars(select(KnownAction).where(KnownAction.id.in_(terms.actions)))
        },
        mandates=_mandates(session, mandates) if mandates else {},
        upstream=_upstream(session, upstream, convention_id) if upstream else {},
        passed_on=_passed_on(session, own, except_by=convention_id) if own else {},
    )


def organisations_of(session: Session, ids: Collection[UUID]) -> dict[UUID, Organisation]:
    """Give organisations, which no merger takes away until the commit, and those that duplicates were merged into."""
    statement = select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.id)
    held = statement.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    found = {each.id: each for each in session.scalars(held)}
    survivors = {each.merged_into_id for each in found.values() if each.merged_into_id} - set(found)
    if survivors:
        found |= {each.id: each for each in session.scalars(select(Organisation).where(Organisation.id.in_(survivors)))}
    return found


def _mandates(session: Session, ids: Collection[UUID]) -> dict[UUID, UUID]:
    statement = select(Mandate.id, Mandate.organisation_id).where(Mandate.id.in_(ids))
    return dict(session.execute(statement).tuples().all())


def _lines_of(session: Session, convention_id: UUID) -> set[UUID]:
    return set(session.scalars(select(ConventionLine.id).where(ConventionLine.convention_id == convention_id)))


def _passed_on(session: Session, line_ids: Collection[UUID], *, except_by: UUID | None) -> Mapping[UUID, Decimal]:
    """Give how many euros of these lines others pass on: standing conventions, and ended ones that still owe them."""
    owed = and_(Convention.status == ConventionStatus.TERMINATED, ConventionTranche.due_on < Convention.ended_on)
    statement = (
        select(ConventionLine.passes_on, func.sum(ConventionTranche.amount))
        .join(ConventionTranche, ConventionTranche.line_id == ConventionLine.id)
        .join(Convention, Convention.id == ConventionLine.convention_id)
        .where(
            ConventionLine.passes_on.in_(line_ids),
            or_(Convention.status.in_(STANDING), owed),
            Convention.id.is_distinct_from(except_by),
        )
        .group_by(ConventionLine.passes_on)
    )
    found = {line_id: amount for line_id, amount in session.execute(statement) if line_id}
    for before, after in _amending(session, line_ids, except_by):
        for line_id in line_ids:
            more = _passing(after, line_id) - _passing(before, line_id)
            if more > 0:
                found[line_id] = found.get(line_id, ZERO) + more
    return found


def _amending(session: Session, line_ids: Collection[UUID], except_by: UUID | None) -> list[tuple[Terms, Terms]]:
    """Give the texts before and after the amendments on the table by which others may pass on more of these lines."""
    passing = select(ConventionLine.convention_id).where(ConventionLine.passes_on.in_(line_ids))
    named = or_(*(cast(Amendment.said_changes, Text).contains(str(each)) for each in line_ids))
    statement = (
        select(Amendment)
        .where(Amendment.status.in_(ON_THE_TABLE), Amendment.convention_id.is_distinct_from(except_by))
        .where(or_(named, Amendment.convention_id.in_(passing)))
        .options(*WITH_CONVENTION)
    )
    return [(each.convention.terms(), each.after) for each in session.scalars(statement)]


def _passing(terms: Terms, line_id: UUID) -> Decimal:
    return sum((line.amount for line in terms.lines if line.passes_on == line_id), ZERO)


def _coming(session: Session, convention_ids: Collection[UUID]) -> Mapping[UUID, list[Terms]]:
    """Give the texts that conventions would have after the amendments on the table, by convention."""
    found: dict[UUID, list[Terms]] = defaultdict(list)
    statement = select(Amendment).where(Amendment.status.in_(ON_THE_TABLE), Amendment.convention_id.in_(convention_ids))
    for each in session.scalars(statement.options(*WITH_CONVENTION)):
        found[each.convention_id].append(each.after)
    return found


def _amount_in(terms: Terms, line_id: UUID) -> Decimal:
    return next((line.amount for line in terms.lines if line.id == line_id), ZERO)


def _upstream(session: Session, line_ids: Collection[UUID], convention_id: UUID | None) -> dict[UUID, Upstream]:
    statement = (
        select(ConventionLine, Convention.reference, Convention.status)
        .join(Convention, Convention.id == ConventionLine.convention_id)
        .where(
            ConventionLine.id.in_(line_ids),
            Convention.reference.is_not(None),
            Convention.id.is_distinct_from(convention_id),
        )
        .options(joinedload(ConventionLine.organisation))
    )
    found = session.execute(statement).all()
    amounts, parties = _amounts(session, line_ids), _parties(session, [line.convention_id for line, *_ in found])
    passed_on = _passed_on(session, line_ids, except_by=convention_id)
    coming = _coming(session, [line.convention_id for line, *_ in found])
    return {
        line.id: Upstream(
            line_id=line.id,
            convention_id=line.convention_id,
            reference=reference or "",
            organisation_name=line.organisation.name,
            action_id=line.action_id,
            kind=line.kind,
            nature=line.nature,
            vat_basis=line.vat_basis,
            amount=min(
                [amounts.get(line.id, ZERO), *(_amount_in(after, line.id) for after in coming[line.convention_id])]
            ),
            passed_on=passed_on.get(line.id, ZERO),
            standing=status in STANDING,
            parties=parties[line.convention_id],
            givers=_givers(session, line),
        )
        for line, reference, status in found
    }


def _amounts(session: Session, line_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    statement = select(ConventionTranche.line_id, func.sum(ConventionTranche.amount))
    rows = session.execute(statement.where(ConventionTranche.line_id.in_(line_ids)).group_by(ConventionTranche.line_id))
    return dict(rows.tuples().all())


def _parties(session: Session, convention_ids: Collection[UUID]) -> Mapping[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    statement = select(ConventionParty.convention_id, ConventionParty.organisation_id)
    for convention_id, organisation_id in session.execute(
        statement.where(ConventionParty.convention_id.in_(convention_ids), ConventionParty.left_on.is_(None))
    ):
        found[convention_id].add(organisation_id)
    return found


def _givers(session: Session, line: ConventionLine) -> tuple[UUID, ...]:
    """Give the organisations that a line's money came through, from the first giver to this one."""
    givers, seen, next_id = [line.organisation_id], {line.id}, line.passes_on
    while next_id and next_id not in seen:
        seen.add(next_id)
        row = session.execute(
            select(ConventionLine.organisation_id, ConventionLine.passes_on).where(ConventionLine.id == next_id)
        ).one_or_none()
        if row is None:
            break
        givers.insert(0, row[0])
        next_id = row[1]
    return tuple(givers)
