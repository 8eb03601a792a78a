"""What is sent to the door of partners, and the story so far that a test starts from."""

from typing import Any
from uuid import UUID

from werkzeug.test import TestResponse

from chassis.identity import Role
from chassis.testing_http import ApiClient
from tests.services.partners.builders import (
    DEPARTEMENT_SIREN,
    DIGNE_SIREN,
    REGION_SIREN,
    the_action_id,
)

Json = dict[str, Any]

DEPARTEMENT: Json = {
    "name": "Département des Alpes-de-Haute-Provence",
    "siren": DEPARTEMENT_SIREN,
    "needs_mandate": True,
}
REGION: Json = {"name": "Région Provence-Alpes-Côte d’Azur", "siren": REGION_SIREN, "funder": True}
DIGNE: Json = {"name": "Digne-les-Bains", "siren": DIGNE_SIREN, "population": 16460}
CHARTER: Json = {"programme_code": "SUN04", "title": "Charte partenariale", "text": "Les signataires conviennent…"}
SIGNATURE: Json = {
    "signed_on": "2017-10-20",
    "signatory": {"name": "Jeanne Martin", "capacity": "Présidente"},
    "level": "paper",
    "evidence": "Registre, feuillet 14",
}
MANDATE: Json = {
    "number": "2017-118",
    "title": "Adoption du schéma",
    "body": "Conseil départemental",
    "adopted_on": "2017-06-30",
    "enforceable_since": "2017-07-05",
    "unanimous": True,
    "authorisations": [
        {"acts": ["sign_conventions", "sign_charter"]},
        {"acts": ["reallocate_credit"], "ceiling": "50000.00"},
    ],
}


def office(door: ApiClient) -> ApiClient:
    return door.as_(Role.PROGRAMME_OFFICE)


def made(answer: TestResponse) -> Json:
    """Give what was made or changed, or fail with what was answered."""
    assert answer.status_code in (200, 201), answer.text
    body: Json = answer.get_json()
    return body


class Story:
    """The département, its mandate and the région are known; more happens as it is asked for."""

    def __init__(self, door: ApiClient) -> None:
        self.door, self.office = door, office(door)
        self.departement = made(self.office.post("/v1/organisations", json=DEPARTEMENT))
        self.region = made(self.office.post("/v1/organisations", json=REGION))
        self.mandate = made(
            self.office.post("/v1/mandates", json={**MANDATE, "organisation_id": self.departement["id"]})
        )

    def text(self, **changes: Any) -> Json:
        line = {
            "organisation_id": self.region["id"],
            "action_id": str(the_action_id()),
            "kind": "cash",
            "nature": "investment",
            "vat_basis": "TTC",
            "tranches": [
                {"amount": "30000.00", "due_on": "2017-12-01", "condition": "À la signature"},
                {"amount": "50000.00", "due_on": "2018-06-30"},
            ],
        }
        text = {
            "programme_code": "SUN04",
            "title": "Télémédecine en vallée de l’Ubaye",
            "starts_on": "2017-11-01",
            "ends_on": "2018-12-31",
            "illustrative": True,
            "parties": [
                {"organisation_id": self.departement["id"], "role": "project_owner", "mandate_id": self.mandate["id"]},
                {"organisation_id": self.region["id"], "role": "funder", "mandate_number": "17-1234"},
            ],
            "lines": [line],
        }
        return {**text, **changes}

    def draft(self, **changes: Any) -> Json:
        return made(self.office.post("/v1/conventions", json=self.text(**changes)))

    def proposal(self, **changes: Any) -> Json:
        return made(self.office.post(f"/v1/conventions/{self.draft(**changes)['id']}/proposal"))

    def sign(
        self, convention: Json, organisation: Json, *, by: ApiClient | None = None, **changes: Any
    ) -> TestResponse:
        path = f"/v1/conventions/{convention['id']}/signatures/{organisation['id']}"
        return (by or self.office).put(path, json={**SIGNATURE, **changes}, if_match=convention["revision"])

    def in_force(self, **changes: Any) -> Json:
        convention = self.proposal(**changes)
        made(self.sign(convention, self.region))
        return made(self.sign(convention, self.departement))

    def as_region(self) -> ApiClient:
        return self.door.as_(Role.PARTNER, UUID(self.region["id"]))
