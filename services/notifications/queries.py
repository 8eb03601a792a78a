"""What one can ask: recipients and deliveries; what lies outside one's reach is not found."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from chassis.errors import NotFound
from services.notifications.domain.delivery import Delivery
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.stakeholder import Stakeholder

Owned = TypeVar("Owned", Stakeholder, Endpoint, Delivery)

_NAMES = {Stakeholder: "stakeholder", Endpoint: "endpoint", Delivery: "delivery"}


def one(
    session: Session,
    kind: type[Owned],
    identifier: UUID,
    *,
    seen_by: UUID | None,
    lock: bool = False,
    options: Sequence[ORMOption] = (),
) -> Owned:
    """Give one, `seen_by` an organisation or, with None, by somebody who sees all.

    Raises NotFound, also for what belongs to somebody else.
    """
    found = session.get(kind, identifier, with_for_update=lock or None, options=options)
    if found is None or (seen_by is not None and found.organisation_id != seen_by):
        raise NotFound(f"There is no {_NAMES[kind]} of this identifier.")
    return found


def owned(kind: type[Owned], *, seen_by: UUID | None, organisation_id: UUID | None = None) -> Select[Owned]:
    """Select those of one organisation, or all."""
    statement = select(kind)
    for wanted in (seen_by, organisation_id):
        if wanted is not None:
            statement = statement.where(kind.organisation_id == wanted)
    return statement


def deliveries(*, seen_by: UUID | None, **wanted: Any) -> Select[Delivery]:
    """Select deliveries by any of their columns; None asks for nothing."""
    given = {name: value for name, value in wanted.items() if value is not None}
    return owned(Delivery, seen_by=seen_by).filter_by(**given)


def delivery_with_attempts(session: Session, delivery_id: UUID, *, seen_by: UUID | None) -> Delivery:
    """Give a delivery whose attempts are loaded, the first one first.

    Raises NotFound, also for what goes to somebody else.
    """
    return one(session, Delivery, delivery_id, seen_by=seen_by, options=[selectinload(Delivery.attempts_made)])
