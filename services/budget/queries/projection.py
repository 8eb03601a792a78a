"""The projection by programme, axis, action, funder or year: what is counted, and what stands beside it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, false, func, select
from sqlalchemy.orm import Session

from chassis.money import VatBasis
from chassis.whole import AtOnce, Question, Rows
from contracts.partners import ContributionKind
from services.budget.domain.envelope import Envelope
from services.budget.domain.ledger import ZERO, CellKey, LedgerEntry, Measure
from services.budget.domain.partner import Organisation
from services.budget.domain.programme import Action, Axis, Programme
from services.budget.domain.projection import Cell, coverage
from services.budget.queries.scope import Scope, own_entries, the_one

Amounts = dict[Measure, Decimal]
Aside = tuple[ContributionKind, VatBasis, bool]
"""What an amount is: its kind, its VAT basis, and whether it hands on what is counted upstream."""


class By(StrEnum):
    """What the rows of a projection are."""

    PROGRAMME = "programme"
    AXIS = "axis"
    ACTION = "action"
    FUNDER = "funder"
    YEAR = "year"


COLUMNS = {
    By.PROGRAMME: "programme_code",
    By.AXIS: "axis_code",
    By.ACTION: "action_id",
    By.FUNDER: "funder_id",
    By.YEAR: "year",
}


@dataclass(kw_only=True)
class Beside:
    """What is not counted, of one kind in one VAT basis, in euros; `passed_on` is cash counted upstream."""

    kind: ContributionKind
    vat_basis: VatBasis
    passed_on: bool
    amounts: Amounts

    need = property(lambda self: self.amounts[Measure.NEED])
    sought = property(lambda self: self.amounts[Measure.SOUGHT])
    secured = property(lambda self: self.amounts[Measure.SECURED])
    received = property(lambda self: self.amounts[Measure.RECEIVED])


@dataclass(kw_only=True)
class Row:
    """One row, or the total; a row about a funder has no need, so neither gap nor coverage."""

    key: str
    code: str
    label: str
    has_need: bool = True
    envelope: Decimal | None = None
    entries: int = 0
    amounts: Amounts = field(default_factory=lambda: dict.fromkeys(Measure, ZERO))
    others: dict[Aside, Amounts] = field(default_factory=dict)

    sought = property(lambda self: self.amounts[Measure.SOUGHT])
    secured = property(lambda self: self.amounts[Measure.SECURED])
    received = property(lambda self: self.amounts[Measure.RECEIVED])

    @property
    def need(self) -> Decimal | None:
        """What is needed, in euros."""
        return self.amounts[Measure.NEED] if self.has_need else None

    @property
    def gap(self) -> Decimal | None:
        """What is needed and not secured, in euros; below zero where more is secured than needed."""
        return self.amounts[Measure.NEED] - self.secured if self.has_need else None

    @property
    def coverage(self) -> Decimal | None:
        """The part of the need that is secured; None where nothing is needed."""
        return coverage(self.amounts[Measure.NEED], self.secured) if self.has_need else None

    @property
    def beside(self) -> list[Beside]:
        """What is not counted, by kind and VAT basis."""
        return [
            Beside(kind=kind, vat_basis=vat_basis, passed_on=passed_on, amounts=amounts)
            for (kind, vat_basis, passed_on), amounts in sorted(self.others.items())
            if any(amounts.values())
        ]

    def count(self, amounts: Amounts, entries: int) -> None:
        """Add cash in the programme's VAT basis."""
        self.amounts = _sum(self.amounts, amounts)
        self.entries += entries

    def put_beside(self, aside: Aside, amounts: Amounts) -> None:
        """Show anything else, which no total counts."""
        self.others[aside] = _sum(self.others.get(aside, {}), amounts)


def _sum(one: Amounts, other: Amounts) -> Amounts:
    return {measure: one.get(measure, ZERO) + other[measure] for measure in Measure}


@dataclass(frozen=True, kw_only=True)
class Projection:
    """The rows and their total; `vat_basis` is that of every counted amount, and `total` is None where bases differ."""

    by: By
    programme_code: str | None
    vat_basis: VatBasis | None
    rows: Sequence[Row]
    total: Row | None


def projection(session: Session | Connection, by: By, scope: Scope, *, seen_by: UUID | None) -> Projection:
    """Give the projection. An organisation sees the figures that partners share, and of funders its own part alone.

    Raises NotFound for an unknown programme, InvalidInput where several exist and none is named.
    """
    told = _told(session, by, scope, seen_by)
    if by is not By.PROGRAMME or scope.programme_code is not None:
        scope = replace(scope, programme_code=the_one([code for code, *_ in told.programmes], scope.programme_code))
    bases = {code: vat_basis for code, _, vat_basis in told.programmes}
    rows = {row.key: row for row in _frame(by, scope, told)}
    total = Row(key="total", code="total", label="Total")
    present = _present_funders(session) if by is By.FUNDER else {}
    for each, programme_code, *aside, need, sought, secured, received, entries in told.sums:
        key = str(present.get(each, each))
        amounts = dict(zip(Measure, (need, sought, secured, received), strict=True))
        for row in (rows.setdefault(key, Row(key=key, code=key, label=key)), total):
            if tuple(aside) == (ContributionKind.CASH, bases[programme_code], False):
                row.count(amounts, entries)
            else:
                row.put_beside((*aside,), amounts)
    shared_basis = next(iter(bases.values())) if len(set(bases.values())) == 1 else None
    _add_envelopes(by, scope, told.envelopes, rows, total)
    shown = _labelled(session, by, rows)
    for row in (*shown, total):
        row.has_need = by is not By.FUNDER and scope.funder_id is None
    return Projection(
        by=by,
        programme_code=scope.programme_code,
        vat_basis=shared_basis,
        rows=shown,
        total=total if shared_basis else None,
    )


class Told(NamedTuple):
    """What the database tells of a projection, in the columns of `_questions`."""

    programmes: Rows
    frame: Rows
    sums: Rows
    envelopes: Rows


def _told(session: Session | Connection, by: By, scope: Scope, seen_by: UUID | None) -> Told:
    """Ask once: in a statement written beforehand, but where it depends on who asks."""
    given = {name: value for name, value in vars(scope).items() if value is not None}
    if seen_by is not None and (by is By.FUNDER or scope.funder_id is not None):
        return Told(*AtOnce(*_questions(by, scope, seen_by)).ask(session))
    return Told(*_written_beforehand(by, tuple(given)).ask(session, given))


@cache
def _written_beforehand(by: By, given: tuple[str, ...]) -> AtOnce:
    scope: Any = Scope(**{name: bindparam(name) for name in given})  # type: ignore[arg-type]  # to be filled in
    return AtOnce(*_questions(by, scope, None))


def _questions(by: By, scope: Scope, seen_by: UUID | None) -> Sequence[Question]:
    """Write the questions of programmes, rows, sums and envelopes; of the only programme where none is named."""
    programmes = select(Programme.code, Programme.title, Programme.vat_basis).order_by(Programme.code)
    if scope.programme_code is not None:
        programmes = programmes.where(Programme.code == scope.programme_code)
    elif by is not By.PROGRAMME:
        scope = replace(scope, programme_code=select(func.min(Programme.code)).scalar_subquery())  # type: ignore[arg-type]
    return programmes, _frame_question(by, scope), _sums_question(by, scope, seen_by), _envelopes_question(by, scope)


def _frame_question(by: By, scope: Scope) -> Question:
    """Ask for the rows that are there even when no money is: key, code, title and axis."""
    if by is By.ACTION:
        actions = select(Action.id, Action.code, Action.title, Action.axis_code)
        return actions.where(Action.programme_code == scope.programme_code)
    axes = select(Axis.code.label("key"), Axis.code, Axis.title, Axis.code.label("axis_code")).order_by(Axis.code)
    return axes.where(Axis.programme_code == scope.programme_code if by is By.AXIS else false())


def _sums_question(by: By, scope: Scope, seen_by: UUID | None) -> Question:
    source = _source(by, scope, seen_by)
    key = getattr(source, COLUMNS[by])
    conditions = [*scope.conditions(source), *([key.is_not(None)] if by is By.FUNDER else [])]
    grouping = (key, source.programme_code, source.kind, source.vat_basis, source.passed_on)
    sums = [func.sum(getattr(source, measure)) for measure in Measure]
    return select(*grouping, *sums, func.sum(source.entries)).where(*conditions).group_by(*grouping)


def _envelopes_question(by: By, scope: Scope) -> Question:
    """Ask for envelopes where they mean something: of whole axes, over the whole programme."""
    wanted = select(Envelope.programme_code, Envelope.axis_code, Envelope.amount)
    if by not in (By.PROGRAMME, By.AXIS) or any(
        each is not None for each in (scope.action_id, scope.funder_id, scope.year)
    ):
        return wanted.where(false())
    return _in_force(wanted, scope.programme_code)


def _in_force(statement: Question, programme_code: str | None) -> Question:
    """Narrow to the version in force of each axis's envelope, by programme and axis."""
    statement = statement.distinct(Envelope.programme_code, Envelope.axis_code).order_by(
        Envelope.programme_code, Envelope.axis_code, Envelope.version.desc()
    )
    return statement if programme_code is None else statement.where(Envelope.programme_code == programme_code)


def _frame(by: By, scope: Scope, told: Told) -> Iterable[Row]:
    if by is By.PROGRAMME:
        return [Row(key=code, code=code, label=title) for code, title, _ in told.programmes]
    found = [each for each in told.frame if _fits(scope.axis_code, each[3])]
    if by is By.ACTION:
        found = sorted((each for each in found if _fits(scope.action_id, each[0])), key=lambda each: _in_order(each[1]))
    return [Row(key=str(key), code=code, label=title) for key, code, title, _ in found]


def _fits(wanted: object, given: object) -> bool:
    return wanted is None or wanted == given


def _in_order(code: str) -> list[tuple[int, str]]:
    """Put 1.9 before 1.10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in code.split(".")]


def _present_funders(session: Session | Connection) -> Mapping[UUID, UUID]:
    """Give by duplicate the organisation that it was merged into: the money of both stands in one row."""
    merged = select(Organisation.id, Organisation.merged_into_id).where(Organisation.merged_into_id.is_not(None))
    return {id_: into for id_, into in session.execute(merged).tuples() if into}


def _source(by: By, scope: Scope, seen_by: UUID | None) -> Any:
    """Give the cells; where a limited view asks about funders, cells made of its own entries alone."""
    if seen_by is None or (by is not By.FUNDER and scope.funder_id is None):
        return Cell
    key = [getattr(LedgerEntry, name) for name in CellKey._fields]
    sums = [
        func.coalesce(func.sum(LedgerEntry.amount).filter(LedgerEntry.measure == measure), ZERO).label(measure)
        for measure in Measure
    ]
    own = select(*key, *sums, func.count().label("entries")).where(own_entries(seen_by)).group_by(*key)
    return own.subquery().c


def _add_envelopes(by: By, scope: Scope, envelopes: Rows, rows: Mapping[str, Row], total: Row) -> None:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for programme_code, axis_code, amount in envelopes:
        if _fits(scope.axis_code, axis_code):
            sums[axis_code if by is By.AXIS else programme_code] += amount
    for key, amount in sums.items():
        if key in rows:
            rows[key].envelope = amount
            total.envelope = (total.envelope or ZERO) + amount


def current_envelopes(session: Session, programme_code: str | None) -> Sequence[Envelope]:
    """Give the version in force of each axis's envelope, by programme and axis."""
    return session.scalars(_in_force(select(Envelope), programme_code)).all()


def _labelled(session: Session | Connection, by: By, rows: Mapping[str, Row]) -> list[Row]:
    if by is By.YEAR:
        return [rows[key] for key in sorted(rows)]
    if by is not By.FUNDER:
        return list(rows.values())
    ids = [UUID(key) for key in rows]
    told = select(LedgerEntry.funder_id, func.max(LedgerEntry.funder_name)).where(LedgerEntry.funder_id.in_(ids))
    names: dict[UUID | None, str | None] = dict(session.execute(told.group_by(LedgerEntry.funder_id)).tuples().all())
    present = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    names.update(session.execute(present).tuples().all())
    for row in rows.values():
        row.label = names.get(UUID(row.key)) or row.key
    return sorted(rows.values(), key=lambda row: (row.label.casefold(), row.key))
