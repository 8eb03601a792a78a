"""Keep what actions announces of the programme; give a new one a model of conventions."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.actions import ActionState, ProgrammeDefined, SeatState
from services.partners.domain.convention_model import ConventionModel, default_patterns, frame_of
from services.partners.domain.programme import KnownAction, KnownProgramme, KnownSeat


def know_programme(session: Session, defined: ProgrammeDefined) -> None:
    """Keep a programme's frame as last announced."""
    session.merge(
        KnownProgramme(
            code=defined.programme_code,
            title=defined.title,
            starts_on=defined.starts_on,
            ends_on=defined.ends_on,
            vat_basis=defined.vat_basis,
        )
    )
    _ensure_model(session, defined.programme_code)


def _ensure_model(session: Session, programme_code: str) -> None:
    """Give the programme its first pattern that no other has; whoever does the same at once gets the next one."""
    patterns = default_patterns(programme_code)
    while session.get(ConventionModel, programme_code) is None:
        pattern = next(patterns)
        columns = {"reference_pattern": pattern, "frame": frame_of(pattern), "clauses": [], "revision": 1}
        row = insert(ConventionModel).values(programme_code=programme_code, **columns)
        session.execute(row.on_conflict_do_nothing())


def know_action(session: Session, action: ActionState) -> None:
    """Keep an action as last announced."""
    session.merge(
        KnownAction(
            id=action.action_id,
            programme_code=action.programme_code,
            code=action.code,
            title=action.title,
            closed=action.closed,
            axis_code=action.axis_code,
        )
    )


def know_seat(session: Session, seat: SeatState) -> None:
    """Keep a seat as last announced."""
    session.merge(
        KnownSeat(
            id=seat.seat_id,
            body=seat.body,
            action_id=seat.action_id,
            action_code=seat.action_code,
            organisation_id=seat.organisation_id,
            organisation_name=seat.organisation_name,
            because=seat.because,
            opened_on=seat.opened_on,
            closed_on=seat.closed_on,
        )
    )
