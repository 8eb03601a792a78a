"""The HTTP door: recipients, their deliveries, and the links by which people unsubscribe."""

from services.notifications.api.deliveries import deliveries
from services.notifications.api.endpoints import endpoints
from services.notifications.api.stakeholders import stakeholders
from services.notifications.api.unsubscriptions import unsubscriptions
from services.notifications.domain.rights import RIGHTS

__all__ = ["BLUEPRINTS", "RIGHTS", "TITLE"]

TITLE = "Entente: notifications"

BLUEPRINTS = [stakeholders, endpoints, deliveries, unsubscriptions]
