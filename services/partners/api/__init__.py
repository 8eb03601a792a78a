"""The HTTP door of partners."""

from chassis.http import Blueprint
from services.partners.api import (
    amendments,
    charters,
    clients,
    contacts,
    convention_models,
    conventions,
    deadlines,
    departures,
    identity,
    imports,
    mandates,
    organisations,
)
from services.partners.domain.rights import RIGHTS

__all__ = ["BLUEPRINTS", "RIGHTS", "TITLE"]

TITLE = "Entente: partners"
BLUEPRINTS: list[Blueprint] = [
    organisations.blueprint,
    contacts.blueprint,
    imports.blueprint,
    charters.blueprint,
    mandates.blueprint,
    conventions.blueprint,
    amendments.blueprint,
    departures.blueprint,
    deadlines.blueprint,
    convention_models.blueprint,
    identity.blueprint,
    clients.blueprint,
]
