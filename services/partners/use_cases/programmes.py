"""Keep what actions announces of the programme."""

from sqlalchemy.orm import Session

from contracts.actions import ActionState, ProgrammeDefined, SeatState
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


def know_action(session: Session, action: ActionState) -> None:
    """Keep an action as last announced."""
    session.merge(
        KnownAction(
            id=action.action_id,
            programme_code=action.programme_code,
            code=action.code,
            title=action.title,
            closed=action.closed,
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
