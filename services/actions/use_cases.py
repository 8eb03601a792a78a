"""What one can do: define the programme, write an action's sheet, and let seats follow signatures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from chassis.errors import InvalidInput, RuleBroken
from chassis.outbox import announce
from contracts.actions import Body
from contracts.partners import CharterSignatureState, ConventionState, OrganisationMerged
from services.actions.domain.action import Action, Sheet, YearlyNeed
from services.actions.domain.duplicate import Duplicate
from services.actions.domain.programme import Frame, Programme
from services.actions.domain.seat import Seat, Sitting, consultation, follow, steering

BeforeChange = Callable[[int], None]
"""Called with the sequence of what is about to be changed; raises when the caller speaks of another version."""


def define_programme(session: Session, code: str, frame: Frame, *, before_change: BeforeChange) -> Programme:
    """Define a programme or replace its frame; what says nothing new changes nothing.

    Raises RuleBroken where the frame no longer fits the programme's actions, and whatever `before_change` raises.
    """
    programme = _alone_with(session, code)
    if programme is None:
        programme, defined = Programme.of(code, frame)
        session.add(programme)
    elif programme.frame() == frame:
        return programme
    else:
        before_change(programme.sequence)
        defined = programme.define(
            frame,
            axes_in_use=_axes_in_use(session, code),
            needed_years=_needed_years(session, code),
            steered=_steered(session, code),
        )
    announce(session, defined)
    return programme


def write_action(session: Session, action_id: UUID, sheet: Sheet, *, before_change: BeforeChange) -> Action:
    """Plan an action or replace its sheet; what says nothing new changes nothing.

    Raises InvalidInput for a sheet that does not fit its programme, RuleBroken for a code that another action has or a
    move to another programme, and whatever `before_change` raises.
    """
    programme = _alone_with(session, sheet.programme_code)
    if programme is None:
        raise InvalidInput(
            f"No programme has the code {sheet.programme_code}.", {"/programme_code": ["Define the programme first."]}
        )
    action = session.get(Action, action_id, options=[selectinload(Action.needs)])
    if action is not None and action.sheet() == sheet:
        return action
    if action is not None:
        before_change(action.sequence)
    sheet.fit(programme.frame())
    _refuse_taken_code(session, action_id, sheet)
    if action is None:
        action, planned = Action.of(action_id, sheet)
        session.add(action)
        announce(session, planned)
    else:
        announce(session, action.change(sheet))
    return action


def seat_signatory(session: Session, signature: CharterSignatureState, *, on: date) -> None:
    """Let the consultation body's seat follow a charter signature; `on` is the day of the news."""
    _follow(session, signature.charter_signature_id, consultation(signature), on=on)


def seat_parties(session: Session, convention: ConventionState, *, on: date) -> None:
    """Let the steering bodies' seats follow a convention; `on` is the day of the news."""
    _follow(session, convention.convention_id, steering(convention), on=on)


def follow_merger(session: Session, merged: OrganisationMerged) -> None:
    """Let a duplicate's seats, and the actions that it leads, be those of whom it was merged into."""
    session.execute(select(func.pg_advisory_xact_lock(_MERGERS)))
    into_id, into_name = merged.merged_into_id, merged.merged_into_name
    session.merge(Duplicate(id=merged.organisation_id, merged_into_id=into_id, merged_into_name=into_name))
    seats = select(Seat).where(Seat.organisation_id == merged.organisation_id).order_by(Seat.id).with_for_update()
    announce(session, *(seat.pass_to(into_id, into_name) for seat in session.scalars(seats)))
    led = select(Action).where(Action.lead_organisation_id == merged.organisation_id).order_by(Action.id)
    for action in session.scalars(led.options(selectinload(Action.needs)).with_for_update()):
        announce(session, action.change(replace(action.sheet(), lead_organisation_id=into_id)))


_MERGERS = 0x6D657267
"""Key of the advisory lock that a merger takes alone, and those who give seats share: none is given past it."""


def _present(session: Session, wanted: list[Sitting]) -> list[Sitting]:
    """Name whom duplicates were merged into: an event may speak of one that has ended meanwhile."""
    session.execute(select(func.pg_advisory_xact_lock_shared(_MERGERS)))
    ids = {sitting.organisation_id for sitting in wanted}
    ended = {each.id: each for each in session.scalars(select(Duplicate).where(Duplicate.id.in_(ids)))}
    return [
        replace(sitting, organisation_id=into.merged_into_id, organisation_name=into.merged_into_name)
        if (into := ended.get(sitting.organisation_id))
        else sitting
        for sitting in wanted
    ]


def _follow(session: Session, because: UUID, wanted: list[Sitting], *, on: date) -> None:
    wanted = _present(session, wanted)
    held = session.scalars(select(Seat).where(Seat.because == because)).all()
    added, events = follow(because, wanted, held, on=on)
    session.add_all(added)
    announce(session, *events)


def _alone_with(session: Session, programme_code: str) -> Programme | None:
    """Give the programme, existing or not, to one writer at a time: its rules look at all its actions."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(programme_code, 0))))
    return session.get(Programme, programme_code, options=[selectinload(Programme.axes)])


def _axes_in_use(session: Session, programme_code: str) -> frozenset[str]:
    return frozenset(session.scalars(select(Action.axis_code).where(Action.programme_code == programme_code)))


def _needed_years(session: Session, programme_code: str) -> frozenset[int]:
    years = select(YearlyNeed.year).join(Action).where(Action.programme_code == programme_code)
    return frozenset(session.scalars(years))


def _steered(session: Session, programme_code: str) -> bool:
    """Tell whether a convention of the programme is in force, as the seats say that it gave."""
    held = (Seat.body == Body.STEERING, Seat.programme_code == programme_code, Seat.closed_on.is_(None))
    return session.scalar(select(Seat.id).where(*held).limit(1)) is not None


def _refuse_taken_code(session: Session, action_id: UUID, sheet: Sheet) -> None:
    holder = session.scalar(
        select(Action.title).where(
            Action.programme_code == sheet.programme_code, Action.code == sheet.code, Action.id != action_id
        )
    )
    if holder is not None:
        raise RuleBroken(f"The code {sheet.code} belongs to “{holder}”: choose another.")
