"""A duplicate ended: its people, its endpoints and what was sent to them are those of whom it was merged into."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import String, cast, delete, select, update
from sqlalchemy.orm import Session, aliased

from chassis.events import Event
from contracts.partners import OrganisationMerged
from services.notifications.domain.delivery import Delivery
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.fact import State
from services.notifications.domain.stakeholder import Stakeholder


def follow(session: Session, newest: Iterable[Event]) -> None:
    """Let the recipients of duplicates be those of whom they were merged into; who stands at both is told once."""
    for merged in newest:
        if isinstance(merged, OrganisationMerged):
            _leave_one_of_each_person(session, merged)
            for kind in (Stakeholder, Endpoint, Delivery):
                session.execute(
                    update(kind)
                    .where(kind.organisation_id == merged.organisation_id)
                    .values(organisation_id=merged.merged_into_id)
                )


def present(session: Session) -> Mapping[UUID, UUID]:
    """Give by duplicate whom it was merged into: an event may still speak of one that ended."""
    state = cast(State.state["merged_into_id"].as_string(), String)
    merged = select(State.subject, state).where(State.type == OrganisationMerged.type)
    return {UUID(duplicate): UUID(into) for duplicate, into in session.execute(merged).tuples()}


def names_of(session: Session, organisation_id: UUID) -> set[UUID]:
    """Give an organisation with the duplicates that were merged into it: states may still name one of those."""
    return {organisation_id, *(each for each, into in present(session).items() if into == organisation_id)}


def _leave_one_of_each_person(session: Session, merged: OrganisationMerged) -> None:
    own = aliased(Stakeholder)
    twice = select(own.address_key).where(own.organisation_id == merged.merged_into_id)
    session.execute(
        delete(Stakeholder).where(
            Stakeholder.organisation_id == merged.organisation_id, Stakeholder.address_key.in_(twice)
        )
    )
