"""What partners announces: who takes part, on what authority, and what they promise."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.events import Event, VatBasis, event

BY_VALUE: dict[str, Any] = {"by_value": True}


class PartyRole(StrEnum):
    """What a party is in a convention."""

    PROJECT_OWNER = "project_owner"
    FUNDER = "funder"
    CONTRIBUTOR = "contributor"
    BENEFICIARY = "beneficiary"


class ContributionKind(StrEnum):
    """What is promised; only cash enters the totals."""

    CASH = "cash"
    PEOPLE = "people"
    IN_KIND = "in_kind"
    ORGANISATIONAL = "organisational"


class Nature(StrEnum):
    """The budget section: investment or operating."""

    INVESTMENT = "investment"
    OPERATING = "operating"


class ConventionStatus(StrEnum):
    """Where a convention stands in its life."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PARTIALLY_SIGNED = "partially_signed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    COMPLETED = "completed"


class SignatureLevel(StrEnum):
    """How a signature was given; only a qualified one equals handwriting across the EU.

    A visa says yes by the signatory's own sign-in; an image is a picture of a signature, without a certificate.
    """

    IN_PERSON = "in_person"
    PAPER = "paper"
    VISA = "visa"
    IMAGE = "image"
    CERTIFICATE = "certificate"
    QUALIFIED = "qualified"


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


_DEPARTEMENT = {
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
    **_DEPARTEMENT,
    "organisation_id": "0198c9a0-0000-7000-8000-000000000009",
    "name": "CD 04",
    "siren": None,
    "siret": None,
    "identifier_flag": "missing",
    "legal_category": None,
    "merged_into_id": _DEPARTEMENT["organisation_id"],
    "merged_into_name": _DEPARTEMENT["name"],
}


@event("partners.organisation.registered.v1", subject="organisation_id", example=_DEPARTEMENT)
class OrganisationRegistered(OrganisationState):
    """An organisation is known from now on."""


@event("partners.organisation.changed.v1", subject="organisation_id", example=_DEPARTEMENT)
class OrganisationChanged(OrganisationState):
    """What is known of an organisation changed."""


@event("partners.organisation.merged.v1", subject="organisation_id", example=_DUPLICATE)
class OrganisationMerged(OrganisationState):
    """A duplicate ended: what names it means the organisation it was merged into."""

    merged_into_id: UUID
    merged_into_name: str


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
    "organisation_id": _DEPARTEMENT["organisation_id"],
    "organisation_name": _DEPARTEMENT["name"],
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


@event(
    "partners.mandate.recorded.v1",
    subject="mandate_id",
    example={
        "mandate_id": "0198c9a0-0000-7000-8000-000000000003",
        "number": "2017-118",
        "organisation_id": _DEPARTEMENT["organisation_id"],
        "organisation_name": _DEPARTEMENT["name"],
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


@dataclass(frozen=True, kw_only=True)
class Party:
    """A party of a convention; `signed_on` is None while its signature is awaited.

    `joined_on` and `left_on` are the days on which an amendment brought it in, or let it go.
    """

    organisation_id: UUID
    name: str
    role: PartyRole = field(metadata=BY_VALUE)
    signed_on: date | None = None
    mandate_id: UUID | None = None
    mandate_number: str | None = None
    joined_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Tranche:
    """What a line brings in one year, in euros, due on a day and on a condition."""

    tranche_id: UUID
    year: int
    amount: Decimal
    due_on: date
    condition: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContributionLine:
    """What one party contributes to one action; what is not cash is valued, and stands beside the totals.

    People are full-time equivalents, or days at a daily rate. `proof` says what will show that it was done. A line that
    passes on money promised to its giver names that line of another convention (`passes_on_…`): counted there, once.
    """

    line_id: UUID
    organisation_id: UUID
    organisation_name: str
    action_id: UUID
    action_code: str
    kind: ContributionKind = field(metadata=BY_VALUE)
    nature: Nature = field(metadata=BY_VALUE)
    vat_basis: VatBasis = field(metadata=BY_VALUE)
    description: str | None = None
    tranches: tuple[Tranche, ...]
    fte: Decimal | None = None
    days: Decimal | None = None
    day_rate: Decimal | None = None
    proof: str | None = None
    passes_on_line_id: UUID | None = None
    passes_on_reference: str | None = None
    passes_on_organisation: str | None = None


@dataclass(frozen=True, kw_only=True)
class ConventionAction:
    """An action that a convention serves; `added_on` is the day on which an amendment brought it in."""

    action_id: UUID
    action_code: str
    added_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ConventionState(Event):
    """A convention with all its parties, lines and tranches, whatever just happened to it.

    `amendment_number` and `amendment_reference` are those of its latest amendment in force, since `amended_on`.
    """

    convention_id: UUID
    reference: str
    title: str
    programme_code: str
    version: int
    status: ConventionStatus = field(metadata=BY_VALUE)
    starts_on: date
    ends_on: date
    parties: tuple[Party, ...]
    lines: tuple[ContributionLine, ...]
    illustrative: bool = False
    proposed_on: date | None = None
    in_force_on: date | None = None
    ended_on: date | None = None
    ended_by: UUID | None = None
    reason: str | None = None
    actions: tuple[ConventionAction, ...] = ()
    amendment_number: int | None = None
    amendment_reference: str | None = None
    amended_on: date | None = None


ACTION_EXAMPLE = "0198c9a0-0000-7000-8000-000000000010"
REGION_EXAMPLE = "0198c9a0-0000-7000-8000-000000000011"


PARTIES_EXAMPLE: list[dict[str, Any]] = [
    {
        "organisation_id": _DEPARTEMENT["organisation_id"],
        "name": _DEPARTEMENT["name"],
        "role": "project_owner",
        "signed_on": None,
        "mandate_id": "0198c9a0-0000-7000-8000-000000000003",
        "mandate_number": "2017-118",
        "joined_on": None,
        "left_on": None,
    },
    {
        "organisation_id": REGION_EXAMPLE,
        "name": "Région Provence-Alpes-Côte d’Azur",
        "role": "funder",
        "signed_on": None,
        "mandate_id": None,
        "mandate_number": None,
        "joined_on": None,
        "left_on": None,
    },
]

_LINE: dict[str, Any] = {
    "line_id": "0198c9a0-0000-7000-8000-000000000012",
    "organisation_id": REGION_EXAMPLE,
    "organisation_name": "Région Provence-Alpes-Côte d’Azur",
    "action_id": ACTION_EXAMPLE,
    "action_code": "2.1",
    "kind": "cash",
    "nature": "investment",
    "vat_basis": "TTC",
    "description": None,
    "tranches": [
        {
            "tranche_id": "0198c9a0-0000-7000-8000-000000000013",
            "year": 2017,
            "amount": "30000.00",
            "due_on": "2017-12-01",
            "condition": "À la signature",
        },
        {
            "tranche_id": "0198c9a0-0000-7000-8000-000000000014",
            "year": 2018,
            "amount": "50000.00",
            "due_on": "2018-06-30",
            "condition": "Sur justification",
        },
    ],
    **dict.fromkeys(("fte", "days", "day_rate", "proof")),
    **dict.fromkeys(("passes_on_line_id", "passes_on_reference", "passes_on_organisation")),
}


def a_convention(status: ConventionStatus, **changes: Any) -> dict[str, Any]:
    """Give the state that examples of conventions share."""
    state = {
        "convention_id": "0198c9a0-0000-7000-8000-000000000015",
        "reference": "SUN-2017-014",
        "title": "Télémédecine en vallée de l’Ubaye",
        "programme_code": "SUN04",
        "version": 1,
        "status": status.value,
        "starts_on": "2017-11-01",
        "ends_on": "2018-12-31",
        "parties": PARTIES_EXAMPLE,
        "lines": [_LINE],
        "illustrative": True,
        "proposed_on": "2017-10-20",
        "in_force_on": None,
        "ended_on": None,
        "ended_by": None,
        "reason": None,
        "actions": [{"action_id": ACTION_EXAMPLE, "action_code": "2.1", "added_on": None}],
        **dict.fromkeys(("amendment_number", "amendment_reference", "amended_on")),
    }
    return {**state, **changes}


@event("partners.convention.proposed.v1", subject="convention_id", example=a_convention(ConventionStatus.PROPOSED))
class ConventionProposed(ConventionState):
    """The parties may sign from now on; its cash is sought."""


@event(
    "partners.convention.signed.v1",
    subject="convention_id",
    example=a_convention(ConventionStatus.PARTIALLY_SIGNED),
)
class ConventionSigned(ConventionState):
    """One party signed; the parties' `signed_on` say who has."""


@event(
    "partners.convention.entered_into_force.v1",
    subject="convention_id",
    example=a_convention(ConventionStatus.IN_FORCE, in_force_on="2017-11-14"),
)
class ConventionEnteredIntoForce(ConventionState):
    """The last party signed; its cash is secured."""


@event(
    "partners.convention.refused.v1",
    subject="convention_id",
    example=a_convention(
        ConventionStatus.REFUSED, ended_on="2017-11-20", ended_by=REGION_EXAMPLE, reason="Hors statuts"
    ),
)
class ConventionRefused(ConventionState):
    """A party refused to sign the proposal."""


@event(
    "partners.convention.withdrawn.v1",
    subject="convention_id",
    example=a_convention(ConventionStatus.WITHDRAWN, ended_on="2017-11-20", reason="Remplacée par une autre"),
)
class ConventionWithdrawn(ConventionState):
    """The programme office took the proposal back."""


@event(
    "partners.convention.expired.v1",
    subject="convention_id",
    example=a_convention(ConventionStatus.EXPIRED, ended_on="2018-12-31", reason="Période échue, non signée"),
)
class ConventionExpired(ConventionState):
    """Its period ended before everyone had signed."""


@event(
    "partners.convention.terminated.v1",
    subject="convention_id",
    example=a_convention(
        ConventionStatus.TERMINATED,
        in_force_on="2017-11-14",
        ended_on="2018-03-31",
        ended_by=REGION_EXAMPLE,
        reason="Retrait du financeur",
    ),
)
class ConventionTerminated(ConventionState):
    """It ends early, on `ended_on`, for `reason`."""


@event(
    "partners.convention.completed.v1",
    subject="convention_id",
    example=a_convention(ConventionStatus.COMPLETED, in_force_on="2017-11-14", ended_on="2018-12-31"),
)
class ConventionCompleted(ConventionState):
    """Its period ended as agreed."""
