"""What partners announces as time goes by: deadlines, each on its day."""

from dataclasses import field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.events import Event, VatBasis, event
from contracts.partners import BY_VALUE, ContributionKind

_REGION_ID = "0198c9a0-0000-7000-8000-000000000011"


class DeadlineKind(StrEnum):
    """What comes to its day: a tranche, a convention's end (agreed or early), a proposal's, an adherence's."""

    TRANCHE_DUE = "tranche_due"
    CONVENTION_ENDING = "convention_ending"
    PROPOSAL_EXPIRING = "proposal_expiring"
    CHARTER_ENDING = "charter_ending"


@event(
    "partners.deadline.reached.v1",
    subject="deadline_id",
    example={
        "deadline_id": "0198c9a0-0000-7000-8000-000000000090",
        "kind": "tranche_due",
        "due_on": "2017-12-01",
        "programme_code": "SUN04",
        "subject_id": "0198c9a0-0000-7000-8000-000000000017",
        "title": "Télémédecine en vallée de l’Ubaye",
        "convention_id": "0198c9a0-0000-7000-8000-000000000015",
        "reference": "SUN-2017-014",
        "charter_id": None,
        "organisation_id": _REGION_ID,
        "organisation_name": "Région Provence-Alpes-Côte d’Azur",
        "action_id": "0198c9a0-0000-7000-8000-000000000010",
        "action_code": "2.1",
        "amount": "30000.00",
        "contribution": "cash",
        "vat_basis": "TTC",
        "party_ids": [_REGION_ID],
    },
)
class DeadlineReached(Event):
    """A deadline's day (Europe/Paris) has come; `subject_id` is the tranche, convention or adherence it is of."""

    deadline_id: UUID
    kind: DeadlineKind = field(metadata=BY_VALUE)
    due_on: date
    programme_code: str
    subject_id: UUID
    title: str
    convention_id: UUID | None = None
    reference: str | None = None
    charter_id: UUID | None = None
    organisation_id: UUID | None = None
    organisation_name: str | None = None
    action_id: UUID | None = None
    action_code: str | None = None
    amount: Decimal | None = None
    contribution: ContributionKind | None = field(default=None, metadata=BY_VALUE)
    vat_basis: VatBasis | None = field(default=None, metadata=BY_VALUE)
    party_ids: tuple[UUID, ...] = ()
