"""What we hold of others, read as the events that it came as."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from chassis.events import CONTENT_TYPE, Event, decode, registry
from contracts.budget import EntryReversed, PaymentRecorded
from contracts.partners import CharterSignatureState, CharterVersionPublished
from services.notifications.domain.fact import Fact, Involvement, State
from services.notifications.use_cases import mergers

E = TypeVar("E", bound=Event)

ADHERENCES = "partners.charter"
VERSIONS = "partners.charter_version"


def as_published(fact: Fact) -> Event:
    """Give a fact as the event that it was."""
    return decode(fact.body.encode(), CONTENT_TYPE)


def newest(session: Session, noun: str, subject: object, kind: type[E]) -> E | None:
    """Give the newest state of a subject; None where we know nothing of it."""
    held = session.get(State, (noun, str(subject))) if subject is not None else None
    return _event(held, kind) if held else None


def newest_of(
    session: Session, noun: str, subjects: Iterable[object], kind: type[E], *more: ColumnElement[bool]
) -> list[E]:
    """Give the newest states of several subjects of one noun."""
    statement = select(State).where(State.noun == noun, State.subject.in_({str(each) for each in subjects}), *more)
    return [_event(held, kind) for held in session.scalars(statement)]


def adherence(session: Session, programme_code: str, organisation_id: UUID | None) -> CharterSignatureState | None:
    """Give by which signature an organisation adheres to a programme's charter now."""
    if organisation_id is None:
        return None
    own = Involvement.organisation_id.in_(mergers.names_of(session, organisation_id))
    subjects = session.scalars(_adhering(Involvement.because).where(Involvement.subject == programme_code, own)).all()
    held = newest_of(session, ADHERENCES, subjects, CharterSignatureState)
    return max(held, key=lambda each: (each.charter_version, each.signed_on), default=None)


def adherents(session: Session, programme_code: str) -> Sequence[UUID]:
    """Give the organisations that adhere to a programme's charter now."""
    return session.scalars(_adhering(Involvement.organisation_id).where(Involvement.subject == programme_code)).all()


def adhering_by_earlier(session: Session, charter: CharterVersionPublished) -> int:
    """Count the organisations that adhere by a version before this one."""
    statement = _adhering(func.count()).where(
        Involvement.subject == charter.programme_code,
        State.state["charter_version"].as_integer() < charter.version,
    )
    return session.scalars(statement).one()


def asking(session: Session, programme_code: str) -> CharterVersionPublished | None:
    """Give the latest material version of a programme's charter."""
    statement = select(State).where(
        State.noun == VERSIONS,
        State.state["programme_code"].as_string() == programme_code,
        State.state["material"].as_boolean(),
    )
    versions = [_event(held, CharterVersionPublished) for held in session.scalars(statement)]
    return max(versions, key=lambda each: each.version, default=None)


def paid(session: Session, tranche_ids: Sequence[UUID]) -> Mapping[UUID, Decimal]:
    """Give what was paid of each tranche in euros, without the payments that were taken back."""
    recorded = _where(session, "budget.payment", "tranche_id", tranche_ids, PaymentRecorded)
    reversed_ = _where(session, "budget.entry", "payment_id", [each.payment_id for each in recorded], EntryReversed)
    mistaken = {each.payment_id for each in reversed_}
    sums = dict.fromkeys(tranche_ids, Decimal(0))
    for each in recorded:
        sums[each.tranche_id] += each.amount if each.payment_id not in mistaken else 0
    return sums


def _adhering(column: Any) -> Select[Any]:
    """Select of the involvements that a charter signature in force makes."""
    because_signed = (State.noun == ADHERENCES) & (State.subject == Involvement.because)
    return select(column).select_from(Involvement).join(State, because_signed)


def _where(session: Session, noun: str, name: str, values: Sequence[UUID], kind: type[E]) -> list[E]:
    if not values:
        return []
    named = State.state[name].as_string().in_([str(each) for each in values])
    return [_event(held, kind) for held in session.scalars(select(State).where(State.noun == noun, named))]


def _event(held: State, kind: type[E]) -> E:
    event = registry[held.type].from_state(held.state, sequence=held.sequence)
    if not isinstance(event, kind):
        raise TypeError(f"{held.type} is no {kind.__name__}.")
    return event
