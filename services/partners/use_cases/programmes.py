"""Keep what actions announces of the programme."""

from sqlalchemy.orm import Session

from contracts.actions import ActionState, ProgrammeDefined
from services.partners.domain.programme import KnownAction, KnownProgramme


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
