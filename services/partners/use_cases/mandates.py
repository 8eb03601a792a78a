"""Record deliberations, and what becomes known of them later."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chassis.errors import InvalidInput, RuleBroken
from chassis.identifiers import new_id
from chassis.outbox import announce
from services.partners.domain.mandate import Deliberation, Mandate
from services.partners.domain.organisation import Organisation


def record_mandate(session: Session, *, organisation_id: UUID, deliberation: Deliberation) -> Mandate:
    """Record what an organisation's assembly authorised.

    Raises RuleBroken where its number is recorded already, NotFound for an unknown organisation.
    """
    organisation = session.get_one(Organisation, organisation_id)
    statement = select(Mandate).where(Mandate.organisation_id == organisation_id, Mandate.number == deliberation.number)
    if session.scalar(statement) is not None:
        raise RuleBroken(
            f"Mandate {deliberation.number} of {organisation.name} is recorded already: complete that one."
        )
    mandate, recorded = Mandate.record(new_id(), organisation, deliberation)
    session.add(mandate)
    announce(session, recorded)
    return mandate


def find_mandate(session: Session, mandate_id: UUID | None) -> Mandate | None:
    """Give the mandate that a signature names, if it names one.

    Raises InvalidInput where none of that id is recorded.
    """
    if mandate_id is None:
        return None
    found = session.get(Mandate, mandate_id, options=[joinedload(Mandate.organisation)])
    if found is None:
        raise InvalidInput(
            f"No mandate {mandate_id} is recorded: record it first, or give its number.",
            {"/mandate_id": ["No such mandate is recorded."]},
        )
    return found


def complete_mandate(session: Session, mandate: Mandate, *, deliberation: Deliberation) -> Mandate:
    """Put in what became known since, such as the day a deliberation became enforceable."""
    if recorded := mandate.complete(deliberation):
        announce(session, recorded)
    return mandate
