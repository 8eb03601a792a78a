"""What notifications announces: how each e-mail and webhook ended."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from chassis.events import Event, event
from contracts.partners import BY_VALUE


class Channel(StrEnum):
    """The way to a recipient."""

    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, kw_only=True)
class DeliveryState(Event):
    """One delivery to one recipient, a stakeholder or an endpoint, whose address stays in notifications."""

    delivery_id: UUID
    channel: Channel = field(metadata=BY_VALUE)
    recipient_id: UUID
    recipient_name: str
    organisation_id: UUID | None = None
    event_id: UUID
    event_type: str
    about: str
    attempts: int
    answer: str | None = None


_DELIVERY = {
    "delivery_id": "0198c9a0-0000-7000-8000-000000000050",
    "channel": "webhook",
    "recipient_id": "0198c9a0-0000-7000-8000-000000000051",
    "recipient_name": "Système de la Région",
    "organisation_id": "0198c9a0-0000-7000-8000-000000000011",
    "event_id": "0198c9a0-0000-7000-8000-000000000052",
    "event_type": "partners.convention.entered_into_force.v1",
    "about": "SUN-2017-014",
    "attempts": 1,
    "answer": "200",
}


@event("notifications.delivery.accepted.v1", subject="delivery_id", example=_DELIVERY)
class DeliveryAccepted(DeliveryState):
    """The recipient's system took it."""


@event("notifications.delivery.failed.v1", subject="delivery_id", example={**_DELIVERY, "attempts": 9, "answer": "500"})
class DeliveryFailed(DeliveryState):
    """It was given up after the last attempt; an operator may try again."""
