"""The ledger as people read it: entries, the explanation of a figure, and what changed because of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from chassis.errors import NotFound
from chassis.money import VatBasis
from contracts.partners import ContributionKind, Nature
from services.budget.domain.ledger import ZERO, LedgerEntry, Measure
from services.budget.domain.programme import Programme
from services.budget.queries.scope import Scope, programme_of, visible_entries


def entries(*conditions: ColumnElement[bool], seen_by: UUID | None) -> Any:
    """Select entries, each with the id of the entry that reversed it, if any."""
    later = aliased(LedgerEntry)
    reversed_by = select(later.id).where(later.reverses == LedgerEntry.id).scalar_subquery().label("reversed_by")
    return select(LedgerEntry, reversed_by).where(*conditions, *visible_entries(seen_by))


def filtered(scope: Scope, seen_by: UUID | None, **equal: object) -> Any:
    """Select the entries of a scope whose columns equal what is given; what is None does not narrow."""
    conditions = [getattr(LedgerEntry, name) == value for name, value in equal.items() if value is not None]
    return entries(*scope.conditions(LedgerEntry), *conditions, seen_by=seen_by)


def entry(session: Session, entry_id: UUID, *, seen_by: UUID | None) -> Any:
    """Give one entry with what reversed it.

    Raises NotFound.
    """
    found = session.execute(entries(LedgerEntry.id == entry_id, seen_by=seen_by)).one_or_none()
    if found is None:
        raise NotFound(f"No entry has the id {entry_id}.")
    return found


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A figure and the entries it adds up from; `limited` where the caller sees only its own part of both.

    `not_counted` says what is in no total because it hands on money that is counted where it was promised first.
    """

    measure: Measure
    amount: Decimal
    count: int
    vat_basis: VatBasis
    limited: bool
    passed_on: bool
    not_counted: Sequence[Any]
    entries: Any


def explanation(
    session: Session,
    scope: Scope,
    measure: Measure,
    *,
    nature: Nature | None = None,
    kind: ContributionKind = ContributionKind.CASH,
    vat_basis: VatBasis | None = None,
    passed_on: bool = False,
    seen_by: UUID | None,
) -> Explanation:
    """Explain a cell of the projection, or any total: cash in the programme's VAT basis unless told otherwise.

    Raises NotFound for an unknown programme, InvalidInput where several exist and none is named.
    """
    programme = programme_of(session, scope.programme_code)
    basis = vat_basis or programme.vat_basis
    scope = Scope(**{**vars(scope), "programme_code": programme.code})
    cell = {"measure": measure, "nature": nature, "kind": kind, "vat_basis": basis}
    behind = filtered(scope, seen_by, **cell, passed_on=passed_on)
    beside = [] if passed_on else _passed_on(session, filtered(scope, seen_by, **cell, passed_on=True))
    part = behind.with_only_columns(LedgerEntry.amount).subquery()
    amount, count = session.execute(select(func.coalesce(func.sum(part.c.amount), ZERO), func.count())).one()
    return Explanation(
        measure=measure,
        amount=amount,
        count=count,
        vat_basis=basis,
        limited=seen_by is not None,
        passed_on=passed_on,
        not_counted=beside,
        entries=behind,
    )


def _passed_on(session: Session, behind: Any) -> Sequence[Any]:
    """Add up what is passed on, by convention, giver and source."""
    part = behind.with_only_columns(
        LedgerEntry.convention_id,
        LedgerEntry.convention_reference,
        LedgerEntry.funder_name,
        LedgerEntry.passes_on,
        LedgerEntry.amount,
    ).subquery()
    shown = (part.c.convention_id, part.c.convention_reference, part.c.funder_name, part.c.passes_on)
    amount = func.sum(part.c.amount)
    statement = select(*shown, amount.label("amount")).group_by(*shown).having(amount != ZERO)
    return session.execute(statement.order_by(part.c.convention_reference, part.c.funder_name)).all()


def changes(since: datetime | None, programme_code: str | None, seen_by: UUID | None) -> Any:
    """Select what moved the ledger, one row per event: its cause, and what it added to each counted figure."""
    counted = and_(
        LedgerEntry.kind == ContributionKind.CASH,
        LedgerEntry.vat_basis == Programme.vat_basis,
        LedgerEntry.passed_on.is_(False),
    )
    statement = (
        select(
            LedgerEntry.event_id,
            func.min(LedgerEntry.recorded_at).label("recorded_at"),
            *(func.min(getattr(LedgerEntry, name)).label(name) for name in CHANGE_COLUMNS),
            func.array_agg(LedgerEntry.action_code.distinct()).label("action_codes"),
            func.count().label("entries"),
            *(
                func.sum(case((and_(counted, LedgerEntry.measure == measure), LedgerEntry.amount), else_=ZERO)).label(
                    measure
                )
                for measure in Measure
            ),
        )
        .join(Programme, Programme.code == LedgerEntry.programme_code)
        .where(*visible_entries(seen_by))
        .group_by(LedgerEntry.event_id)
    )
    if since:
        statement = statement.where(LedgerEntry.recorded_at >= since)
    if programme_code:
        statement = statement.where(LedgerEntry.programme_code == programme_code)
    return statement.subquery()


CHANGE_COLUMNS = (
    "programme_code",
    "correlation_id",
    "cause",
    "because",
    "reason",
    "author",
    "convention_status",
    "convention_reference",
    "amendment_number",
)
