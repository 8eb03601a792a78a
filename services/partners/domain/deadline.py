"""Deadlines: what falls due on a day, computed from conventions and adherences as they stand, and which were announced.

A convention that was changed, or ended early, has other deadlines or none: nothing is kept ahead of time. One that was
terminated for a day to come ends on that day instead; one that was terminated at once has no end to wait for.

Days are days in Europe/Paris; one that a year does not have (29 February) cannot be written.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from chassis.identifiers import stable_id
from chassis.money import EUROS
from contracts.deadlines import DeadlineKind, DeadlineReached
from contracts.partners import ConventionStatus
from services.partners.domain.base import Base
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.domain.convention import Convention
from services.partners.domain.convention_parts import ConventionLine, ConventionParty, ConventionTranche
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction

NO_ID, NO_WORDS = cast(null(), Uuid), cast(null(), String)


class AnnouncedDeadline(Base):
    """A deadline that was announced: with this row its event left, so that it leaves once."""

    __tablename__ = "announced_deadlines"

    kind: Mapped[DeadlineKind] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    announced_at: Mapped[datetime]


class DeadlineWatch(Base):
    """The day on which deadlines were first kept here: what fell due before it is listed, and announced to nobody."""

    __tablename__ = "deadline_watches"

    since: Mapped[date] = mapped_column(primary_key=True)


def _is(*statuses: ConventionStatus) -> ColumnElement[bool]:
    return or_(*(Convention.status == status for status in statuses))


def _named(kind: DeadlineKind, subject_id: Any, due_on: Any, **more: Any) -> list[Any]:
    """Give the columns that every deadline has, by name; what one does not have is null."""
    given = {
        "kind": literal(kind, AnnouncedDeadline.__table__.c.kind.type),
        "subject_id": subject_id,
        "due_on": due_on,
        "programme_code": Convention.programme_code,
        "title": Convention.title,
        "illustrative": Convention.illustrative,
        "convention_id": Convention.id,
        "reference": Convention.reference,
        "charter_id": NO_ID,
        "organisation_id": NO_ID,
        "organisation_name": NO_WORDS,
        "action_id": NO_ID,
        "action_code": NO_WORDS,
        "amount": cast(null(), EUROS),
        "passed_on": cast(null(), EUROS),
        "contribution": NO_WORDS,
        "vat_basis": NO_WORDS,
        **more,
    }
    return [column.label(name) for name, column in given.items()]


def _tranches() -> Select[Any]:
    owed = or_(
        _is(ConventionStatus.IN_FORCE, ConventionStatus.COMPLETED),
        and_(_is(ConventionStatus.TERMINATED), ConventionTranche.due_on < Convention.ended_on),
    )
    columns = _named(
        DeadlineKind.TRANCHE_DUE,
        ConventionTranche.id,
        ConventionTranche.due_on,
        organisation_id=Organisation.id,
        organisation_name=Organisation.name,
        action_id=KnownAction.id,
        action_code=KnownAction.code,
        amount=ConventionTranche.amount,
        passed_on=case((ConventionLine.passes_on.is_(None), cast(0, EUROS)), else_=ConventionTranche.amount),
        contribution=ConventionLine.kind,
        vat_basis=ConventionLine.vat_basis,
    )
    return (
        select(*columns)
        .join_from(ConventionTranche, ConventionLine, ConventionLine.id == ConventionTranche.line_id)
        .join(Convention, Convention.id == ConventionLine.convention_id)
        .join(Organisation, Organisation.id == ConventionLine.organisation_id)
        .join(KnownAction, KnownAction.id == ConventionLine.action_id)
        .where(owed)
    )


def _ends(kind: DeadlineKind, *statuses: ConventionStatus) -> Select[Any]:
    """Give the ends of conventions; one that its end itself ended already still has had it."""
    return select(*_named(kind, Convention.id, Convention.ends_on)).where(_is(*statuses))


def _early_ends() -> Select[Any]:
    """Give the ends of conventions that were terminated for a later day than the one on which it was said."""
    ends = _named(DeadlineKind.CONVENTION_ENDING, Convention.id, Convention.ended_on)
    said_ahead = Convention.termination_said_on < Convention.ended_on
    return select(*ends).where(_is(ConventionStatus.TERMINATED), said_ahead)


def _adherences() -> Select[Any]:
    """Give until when adherences count that a material version replaced, where the organisation gave no new one."""
    signed, later, again = aliased(Charter), aliased(Charter), aliased(CharterSignature)
    replacing = (later.programme_code == signed.programme_code, later.version > signed.version, later.material)
    until = select(func.min(later.adhere_by)).where(*replacing).scalar_subquery()
    renewed = (
        select(again.id)
        .where(again.organisation_id == CharterSignature.organisation_id, again.charter_id.in_(_same_programme(signed)))
        .where(again.lapsed_on.is_(None), again.id != CharterSignature.id)
        .exists()
    )
    columns = _named(
        DeadlineKind.CHARTER_ENDING,
        CharterSignature.id,
        until,
        programme_code=signed.programme_code,
        title=signed.title,
        illustrative=literal(False),
        convention_id=NO_ID,
        reference=NO_WORDS,
        charter_id=signed.id,
        organisation_id=Organisation.id,
        organisation_name=Organisation.name,
    )
    held = or_(CharterSignature.lapsed_on.is_(None), CharterSignature.lapsed_on == until)
    return (
        select(*columns)
        .join_from(CharterSignature, signed, signed.id == CharterSignature.charter_id)
        .join(Organisation, Organisation.id == CharterSignature.organisation_id)
        .where(CharterSignature.withdrawn_on.is_(None), held, until.is_not(None), ~renewed)
    )


def _same_programme(signed: Any) -> Select[Any]:
    other = aliased(Charter)
    return select(other.id).where(other.programme_code == signed.programme_code, other.version > signed.version)


PARTS: Sequence[tuple[DeadlineKind, Subquery]] = [
    (kind, statement.subquery(name))
    for name, kind, statement in (
        ("tranches", DeadlineKind.TRANCHE_DUE, _tranches()),
        (
            "ends",
            DeadlineKind.CONVENTION_ENDING,
            _ends(DeadlineKind.CONVENTION_ENDING, ConventionStatus.IN_FORCE, ConventionStatus.COMPLETED),
        ),
        ("early_ends", DeadlineKind.CONVENTION_ENDING, _early_ends()),
        (
            "proposals",
            DeadlineKind.PROPOSAL_EXPIRING,
            _ends(
                DeadlineKind.PROPOSAL_EXPIRING,
                ConventionStatus.PROPOSED,
                ConventionStatus.PARTIALLY_SIGNED,
                ConventionStatus.EXPIRED,
            ),
        ),
        ("adherences", DeadlineKind.CHARTER_ENDING, _adherences()),
    )
]
"""The deadlines, past ones included, as columns: in parts that an index puts in order, each of one kind."""

DEADLINES = union_all(*(select(*part.c) for _, part in PARTS)).subquery("deadlines")
"""Every deadline there is, past ones included, as columns."""


def concerning(kind: DeadlineKind, part: Subquery, organisation_id: UUID) -> ColumnElement[bool]:
    """Say which of a part concern an organisation: of conventions it is party to, or of its own adherence."""
    if kind is DeadlineKind.CHARTER_ENDING:
        return part.c.organisation_id == organisation_id
    party = select(literal(1)).where(concerned(part), ConventionParty.organisation_id == organisation_id)
    return party.exists()


def concerned(deadlines: Subquery) -> ColumnElement[bool]:
    """Say which parties a deadline of their convention concerns.

    One that left, if it fell due before; once others amended the convention again, only if it owes it itself.
    """
    columns, left_on = deadlines.c, ConventionParty.left_on
    own = ConventionParty.organisation_id == columns.organisation_id
    unchanged = select(literal(1)).where(Convention.id == columns.convention_id, Convention.amended_on <= left_on)
    told = or_(left_on.is_(None), and_(left_on > columns.due_on, or_(own, unchanged.exists())))
    return and_(ConventionParty.convention_id == columns.convention_id, told)


def was_announced() -> ColumnElement[bool]:
    """Say which deadlines were announced."""
    same = [getattr(AnnouncedDeadline, name) == DEADLINES.c[name] for name in ("subject_id", "due_on")]
    return select(literal(1)).where(AnnouncedDeadline.kind == DEADLINES.c.kind, *same).exists()


def reached(row: Any, party_ids: Sequence[UUID]) -> DeadlineReached:
    """Give the event which says that a deadline's day has come."""
    return DeadlineReached(
        deadline_id=stable_id("deadline", row.kind.value, str(row.subject_id), row.due_on.isoformat()),
        kind=row.kind,
        due_on=row.due_on,
        programme_code=row.programme_code,
        subject_id=row.subject_id,
        title=row.title,
        convention_id=row.convention_id,
        reference=row.reference,
        charter_id=row.charter_id,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        action_id=row.action_id,
        action_code=row.action_code,
        amount=row.amount,
        contribution=row.contribution,
        vat_basis=row.vat_basis,
        party_ids=tuple(party_ids),
        sequence=1,
    )
