"""What partners announces of organisations: who takes part."""

from dataclasses import dataclass
from uuid import UUID

from chassis.events import Event, event


@dataclass(frozen=True, kw_only=True)
class OrganisationState(Event):
    """An organisation as partners knows it; `siren` and `siret` are None until known and valid."""

    organisation_id: UUID
    name: str
    legal_form: str | None = None
    siren: str | None = None
    siret: str | None = None
    public: bool = True
    funder: bool = False
    insee_code: str | None = None
    population: int | None = None
    identifier_flag: str | None = None
    legal_category: str | None = None
    rna: str | None = None
    epci_siren: str | None = None


DEPARTEMENT_EXAMPLE = {
    "organisation_id": "5b1f3c1e-7d5e-5a51-9c39-4f3f6a7f0a04",
    "name": "Département des Alpes-de-Haute-Provence",
    "legal_form": "Département",
    "siren": "220400014",
    "siret": "22040001400019",
    "public": True,
    "funder": True,
    "insee_code": None,
    "population": None,
    "identifier_flag": None,
    "legal_category": "7220",
    "rna": None,
    "epci_siren": None,
}

_DUPLICATE = {
    **DEPARTEMENT_EXAMPLE,
    "organisation_id": "0198c9a0-0000-7000-8000-000000000009",
    "name": "CD 04",
    "siren": None,
    "siret": None,
    "identifier_flag": "missing",
    "legal_category": None,
    "merged_into_id": DEPARTEMENT_EXAMPLE["organisation_id"],
    "merged_into_name": DEPARTEMENT_EXAMPLE["name"],
}


@event("partners.organisation.registered.v1", subject="organisation_id", example=DEPARTEMENT_EXAMPLE)
class OrganisationRegistered(OrganisationState):
    """An organisation is known from now on."""


@event("partners.organisation.changed.v1", subject="organisation_id", example=DEPARTEMENT_EXAMPLE)
class OrganisationChanged(OrganisationState):
    """What is known of an organisation changed."""


@event("partners.organisation.merged.v1", subject="organisation_id", example=_DUPLICATE)
class OrganisationMerged(OrganisationState):
    """A duplicate ended: what names it means the organisation it was merged into."""

    merged_into_id: UUID
    merged_into_name: str
