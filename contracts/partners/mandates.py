"""What partners announces of mandates: on what authority organisations act."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.events import Event, event
from contracts.partners.organisations import DEPARTEMENT_EXAMPLE


@event(
    "partners.mandate.recorded.v1",
    subject="mandate_id",
    example={
        "mandate_id": "0198c9a0-0000-7000-8000-000000000003",
        "number": "2017-118",
        "organisation_id": DEPARTEMENT_EXAMPLE["organisation_id"],
        "organisation_name": DEPARTEMENT_EXAMPLE["name"],
        "adopted_on": "2017-06-30",
        "enforceable_since": "2017-07-05",
        "authorises": ["sign_conventions", "sign_charter", "reallocate_credit"],
        "ceiling": "50000.00",
        "title": "Adoption du schéma départemental des usages numériques",
    },
)
class MandateRecorded(Event):
    """A deliberation authorises acts; `ceiling` in euros applies to credit moved or committed under it."""

    mandate_id: UUID
    number: str
    title: str
    organisation_id: UUID
    organisation_name: str
    adopted_on: date
    enforceable_since: date | None = None
    authorises: tuple[str, ...]
    ceiling: Decimal | None = None
