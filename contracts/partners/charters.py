"""What partners announces of the charter: its versions, and who adhered, left or was asked again."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.events import Event, event
from contracts.partners.organisations import DEPARTEMENT_EXAMPLE


@dataclass(frozen=True, kw_only=True)
class CharterSignatureState(Event):
    """One organisation's signature of one version of the charter."""

    charter_signature_id: UUID
    charter_id: UUID
    charter_title: str
    charter_version: int
    programme_code: str
    organisation_id: UUID
    organisation_name: str
    signed_on: date
    withdrawn_on: date | None = None
    withdrawal_reason: str | None = None
    lapsed_on: date | None = None


@event(
    "partners.charter_version.published.v1",
    subject="charter_id",
    example={
        "charter_id": "0198c9a0-0000-7000-8000-000000000004",
        "programme_code": "SUN04",
        "title": "Charte partenariale du schéma des usages numériques",
        "version": 2,
        "published_on": "2018-03-01",
        "material": True,
        "judgement": "La charte ouvre un vote par correspondance: chaque voix s’exerce autrement.",
        "adhere_by": "2018-06-01",
    },
)
class CharterVersionPublished(Event):
    """A text to adhere to; a material one asks earlier signatories again, until `adhere_by`."""

    charter_id: UUID
    programme_code: str
    title: str
    version: int
    published_on: date
    material: bool
    judgement: str | None = None
    adhere_by: date | None = None


_CHARTER_SIGNATURE = {
    "charter_signature_id": "0198c9a0-0000-7000-8000-000000000001",
    "charter_id": "0198c9a0-0000-7000-8000-000000000002",
    "charter_title": "Charte partenariale du schéma des usages numériques",
    "charter_version": 1,
    "programme_code": "SUN04",
    "organisation_id": DEPARTEMENT_EXAMPLE["organisation_id"],
    "organisation_name": DEPARTEMENT_EXAMPLE["name"],
    "signed_on": "2017-09-12",
    "withdrawn_on": None,
    "withdrawal_reason": None,
    "lapsed_on": None,
}


@event("partners.charter.signed.v1", subject="charter_signature_id", example=_CHARTER_SIGNATURE)
class CharterSigned(CharterSignatureState):
    """An organisation adhered to the charter."""


@event(
    "partners.charter.withdrawn.v1",
    subject="charter_signature_id",
    example={**_CHARTER_SIGNATURE, "withdrawn_on": "2018-03-31", "withdrawal_reason": "Fusion de l’établissement"},
)
class CharterWithdrawn(CharterSignatureState):
    """An organisation left the charter."""


@event(
    "partners.charter.lapsed.v1",
    subject="charter_signature_id",
    example={**_CHARTER_SIGNATURE, "lapsed_on": "2018-06-01"},
)
class CharterLapsed(CharterSignatureState):
    """A material new version took this adherence's place: it was adhered to, or not in time."""
