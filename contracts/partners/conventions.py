"""What partners announces of conventions: what several parties promise each other, from proposal to end."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.events import Event, VatBasis, event
from contracts.partners.organisations import DEPARTEMENT_EXAMPLE
from contracts.partners.words import BY_VALUE, ContributionKind, ConventionStatus, Nature, PartyRole


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
        "organisation_id": DEPARTEMENT_EXAMPLE["organisation_id"],
        "name": DEPARTEMENT_EXAMPLE["name"],
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
