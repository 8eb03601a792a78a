"""Why entries are made: what a received event, or an act of ours and its announcement, says."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.context import current_cause
from chassis.events import Event
from services.budget.domain.ledger import CauseKind, Origin


def from_event(kind: CauseKind, event: Event, *, because: str, **more: Any) -> Origin:
    """Give the origin of what a received event brings about; business time is when its publisher says it happened."""
    envelope = event.received
    return Origin(
        kind=kind,
        because=because,
        event_id=envelope.id,
        correlation_id=envelope.correlation_id,
        author=envelope.actor,
        recorded_at=envelope.time,
        cause_id=UUID(envelope.subject) if kind is not CauseKind.PROGRAMME else None,
        received=event,
        **more,
    )


def from_act(kind: CauseKind, event_id: UUID, *, because: str, author: str, at: datetime, **more: Any) -> Origin:
    """Give the origin of what somebody does here; `event_id` is that of the event which announces the act."""
    return Origin(
        kind=kind,
        because=because,
        event_id=event_id,
        correlation_id=current_cause().correlation_id,
        author=author,
        recorded_at=at,
        **more,
    )
