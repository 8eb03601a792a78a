"""Merge a duplicate into the organisation that it is: whatever names it names the other from now on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Exists, Select, Text, cast, func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from chassis.errors import RuleBroken
from chassis.outbox import announce
from contracts.partners import ConventionStatus
from services.partners.domain.amendment import OPEN, Amendment, AmendmentParty
from services.partners.domain.authorisation import Authorisation
from services.partners.domain.base import Base
from services.partners.domain.charter import Charter, CharterSignature
from services.partners.domain.client import Client
from services.partners.domain.contact import Contact
from services.partners.domain.convention import Convention
from services.partners.domain.convention_parts import ConventionParty
from services.partners.domain.mandate import Mandate
from services.partners.domain.organisation import Fate, Organisation
from services.partners.domain.person import Person
from services.partners.domain.programme import KnownSeat
from services.partners.use_cases.organisations import change_organisation

NAMED = 20
"""Names of a kind that a preview gives; it counts all of them."""
NEVER_BOUND = (ConventionStatus.REFUSED, ConventionStatus.WITHDRAWN, ConventionStatus.EXPIRED)
"""A convention that ended without binding anybody; one between both stays as it was, as a record."""


def merge_organisations(session: Session, *, survivor_id: UUID, duplicate_id: UUID, on: date) -> Organisation:
    """Let `duplicate_id` end, and everything that names it name `survivor_id`; said again, it changes nothing.

    What was signed stays signed, under the same fingerprint; only who the party is in the register was mended. Raises
    NotFound, and RuleBroken which says what stands in the way.
    """
    _hold_conventions(session, duplicate_id)
    both = session.scalars(
        select(Organisation)
        .where(Organisation.id.in_([survivor_id, duplicate_id]))
        .order_by(Organisation.id)
        .with_for_update()
    ).all()
    known = {each.id: each for each in both}
    survivor = known.get(survivor_id) or session.get_one(Organisation, survivor_id)
    duplicate = known.get(duplicate_id) or session.get_one(Organisation, duplicate_id)
    if duplicate.merged_into_id == survivor.id:
        return survivor
    _ensure_nothing_stands_in_the_way(session, survivor, duplicate)
    sheet = survivor.completed_by(duplicate)
    left = duplicate.left_to(survivor, on=on)
    merged = duplicate.dissolve(survivor, on=on)
    earlier = session.scalars(select(Organisation).where(Organisation.merged_into_id == duplicate.id)).all()
    session.flush()
    _leave_charters_signed_twice(session, survivor, duplicate, on=on)
    _name_the_survivor(session, survivor, duplicate)
    _let_mandates_cover(session, survivor, duplicate)
    session.add_all(left)
    announce(session, merged, *(each.follow(survivor) for each in earlier))
    return change_organisation(session, survivor, sheet=sheet)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """How many rows of a kind a merger would let name the survivor, and some of their names."""

    kind: str
    count: int
    names: list[str]


@dataclass(frozen=True, kw_only=True)
class MergerPreview:
    """What a merger would move, end and make of what is known of both, and what stands in its way, if anything."""

    survivor: Organisation
    duplicate: Organisation
    moves: list[Moved]
    ended_adherences: list[CharterSignature]
    facts: dict[str, Fate]
    obstacle: str | None


def preview_merger(session: Session, *, survivor_id: UUID, duplicate_id: UUID, on: date) -> MergerPreview:
    """Say what a merger would do before it is done; nothing is written.

    Raises NotFound.
    """
    survivor, duplicate = session.get_one(Organisation, survivor_id), session.get_one(Organisation, duplicate_id)
    obstacle = None
    try:
        duplicate.ensure_it_may_end_in(survivor)
        _ensure_nothing_stands_in_the_way(session, survivor, duplicate)
    except RuleBroken as refusal:
        obstacle = refusal.detail
    return MergerPreview(
        survivor=survivor,
        duplicate=duplicate,
        moves=[_moved(session, kind, names) for kind, names in _names(survivor.id, duplicate.id)],
        ended_adherences=_adhered_twice(session, survivor, duplicate),
        facts=survivor.fates_of(duplicate, on=on),
        obstacle=obstacle,
    )


def _names(survivor_id: UUID, duplicate_id: UUID) -> Iterator[tuple[str, Select[Any]]]:
    """Give what would name another organisation, kind by kind, as one calls each."""
    named = func.coalesce(Convention.reference, Convention.title)
    party = select(named).join(ConventionParty, ConventionParty.convention_id == Convention.id)
    apart = _having_both(ConventionParty.convention_id, survivor_id, duplicate_id)
    yield "convention", party.where(ConventionParty.organisation_id == duplicate_id, Convention.id.not_in(apart))
    version = func.concat(Charter.title, " (", Charter.version, ")")
    signed = select(version).join(CharterSignature, CharterSignature.charter_id == Charter.id)
    yield "adherence", signed.where(CharterSignature.organisation_id == duplicate_id)
    yield "mandate", select(Mandate.number).where(Mandate.organisation_id == duplicate_id)
    speaks = select(Person.name).join(Contact, Contact.person_id == Person.id)
    yield "contact", speaks.where(Contact.organisation_id == duplicate_id)
    signs_in = select(Person.name).where(Person.role.is_not(None))
    yield "person", signs_in.where(Person.organisation_id == duplicate_id)
    yield "client", select(Client.name).where(Client.organisation_id == duplicate_id)
    seat = select(func.coalesce(KnownSeat.action_code, cast(KnownSeat.body, Text)))
    yield "seat", seat.where(KnownSeat.organisation_id == duplicate_id, KnownSeat.closed_on.is_(None))


def _moved(session: Session, kind: str, names: Select[Any]) -> Moved:
    found = names.subquery()
    count = session.scalar(select(func.count()).select_from(found)) or 0
    first = session.scalars(select(found.c[0]).order_by(found.c[0]).limit(NAMED)).all() if count else ()
    return Moved(kind=kind, count=count, names=[str(each) for each in first])


def _hold_conventions(session: Session, duplicate_id: UUID) -> None:
    """Hold what the duplicate is party to before the organisations, in the order in which a signature does.

    A signature is given before all that names the duplicate is moved, or waits and is refused in its name.
    """
    party = select(ConventionParty.convention_id).where(ConventionParty.organisation_id == duplicate_id)
    session.execute(select(Convention.id).where(Convention.id.in_(party)).order_by(Convention.id).with_for_update())


def _ensure_nothing_stands_in_the_way(session: Session, survivor: Organisation, duplicate: Organisation) -> None:
    both = _having_both(ConventionParty.convention_id, survivor.id, duplicate.id)
    bound = Convention.status.not_in(NEVER_BOUND)
    if between := session.scalar(select(Convention).where(Convention.id.in_(both), bound).limit(1)):
        raise RuleBroken(f"{between.name} has both as parties: nobody makes a convention with itself.")
    if amendment := _amendment_naming(session, duplicate):
        raise RuleBroken(f"{amendment.name} names {duplicate.name}: let it take effect first, or withdraw it.")
    numbers = select(Mandate.number).where(Mandate.organisation_id == survivor.id)
    twice = select(Mandate.number).where(Mandate.organisation_id == duplicate.id, Mandate.number.in_(numbers)).limit(1)
    if number := session.scalar(twice):
        raise RuleBroken(f"Both have a mandate {number}: give one of them its right number first.")


def _having_both(key: InstrumentedAttribute[UUID], *organisation_ids: UUID) -> Select[Any]:
    """Give, by the key of a table of parties, what has two organisations as parties."""
    parties = select(key).where(key.class_.organisation_id.in_(organisation_ids))
    return parties.group_by(key).having(func.count() == len(organisation_ids))


def _amendment_naming(session: Session, organisation: Organisation) -> Amendment | None:
    """Give an open amendment that names it: what its parties are about to sign is not changed under their hands."""
    named = AmendmentParty.organisation_id == organisation.id
    statement = select(Amendment).join(AmendmentParty).where(named, Amendment.status.in_(OPEN)).limit(1)
    return session.scalar(statement.options(joinedload(Amendment.convention)))


def _leave_charters_signed_twice(
    session: Session, survivor: Organisation, duplicate: Organisation, *, on: date
) -> None:
    """End the adherence that is one too many: one seat and one ballot for one signatory."""
    for signature in _adhered_twice(session, survivor, duplicate):
        other = duplicate if signature.organisation_id == survivor.id else survivor
        reason = f"Doublon : {other.name} a adhéré aussi"
        day = max(on, signature.signed_on)
        announce(session, signature.withdraw(on=day, reason=reason, today=day))


def _adhered_twice(session: Session, survivor: Organisation, duplicate: Organisation) -> list[CharterSignature]:
    """Give the adherences that another of the same programme makes one too many: that to the latest version stays."""
    in_force = select(CharterSignature).where(
        CharterSignature.organisation_id.in_([survivor.id, duplicate.id]),
        CharterSignature.withdrawn_on.is_(None),
        CharterSignature.lapsed_on.is_(None),
    )
    whole = in_force.options(joinedload(CharterSignature.charter), joinedload(CharterSignature.organisation))
    found = sorted(session.scalars(whole), key=lambda each: (each.charter.version, each.organisation_id == survivor.id))
    staying = {each.charter.programme_code: each for each in found}
    return [each for each in found if each is not staying[each.charter.programme_code]]


def _name_the_survivor(session: Session, survivor: Organisation, duplicate: Organisation) -> None:
    """Let every row that names the duplicate name the survivor, in whichever table of this service it is.

    What has both as parties and hinders no merger keeps them as two, and so do former texts that both have signed.
    """
    of = {"conventions": ConventionParty.convention_id, "amendments": AmendmentParty.amendment_id}
    apart = {
        Base.metadata.tables[name].c.id: session.scalars(_having_both(key, survivor.id, duplicate.id)).all()
        for name, key in of.items()
    }
    for column in _naming_columns():
        moves: list[ColumnElement[bool]] = [
            key.not_in(both)
            for key in column.table.columns
            for named, both in apart.items()
            if key is named or key.references(named)
        ]
        if column.primary_key:
            moves.append(~_stands_there(column, survivor))
        statement = update(column.table).where(column == duplicate.id, *moves).values({column: survivor.id})
        try:
            with session.begin_nested():
                session.execute(statement)
        except IntegrityError as error:
            words = column.table.name.replace("_", " ")
            raise RuleBroken(f"Both stand in the same {words}: mend that first.") from error


def _stands_there(column: Column[Any], survivor: Organisation) -> Exists:
    """Say whether the survivor has a row of its own, the same but for this column of the key."""
    own = column.table.alias()
    same = [own.c[key.name] == key for key in column.table.primary_key.columns if key is not column]
    return select(literal(1)).where(own.c[column.name] == survivor.id, *same).exists()


def _let_mandates_cover(session: Session, survivor: Organisation, duplicate: Organisation) -> None:
    """Let authorisations that name the duplicate as counterparty name the survivor, once where they name both."""
    others = func.array_remove(Authorisation.counterparties, survivor.id)
    named = func.array_replace(others, duplicate.id, survivor.id)
    covering = Authorisation.counterparties.any(duplicate.id)  # type: ignore[arg-type]
    session.execute(update(Authorisation).where(covering).values(counterparties=named))


def _naming_columns() -> Iterator[Column[Any]]:
    tables = Base.metadata.tables
    for table in tables.values():
        yield from (column for column in table.columns if column.references(tables["organisations"].c.id))
    yield tables["conventions"].c.ended_by
    yield tables["amendments"].c.ended_by
