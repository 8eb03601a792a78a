"""What partners announces of amendments: what changes in a convention, who signs it, and when it takes effect."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.events import Event, event
from contracts.partners import (
    ACTION_EXAMPLE,
    BY_VALUE,
    PARTIES_EXAMPLE,
    REGION_EXAMPLE,
    ConventionState,
    ConventionStatus,
    Party,
    a_convention,
)


class AmendmentStatus(StrEnum):
    """Where an amendment stands in its life; a signed one awaits the day it takes effect."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PARTIALLY_SIGNED = "partially_signed"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ChangeKind(StrEnum):
    """What an amendment changes."""

    PERIOD = "period"
    PARTY_JOINS = "party_joins"
    PARTY_LEAVES = "party_leaves"
    ACTION_ADDED = "action_added"
    LINE_ADDED = "line_added"
    AMOUNT = "amount"
    TRANCHE_ADDED = "tranche_added"
    TRANCHE_CHANGED = "tranche_changed"
    TRANCHE_REMOVED = "tranche_removed"
    CLAUSE = "clause"


@event(
    "partners.convention.amended.v1",
    subject="convention_id",
    example=a_convention(
        ConventionStatus.IN_FORCE,
        version=2,
        in_force_on="2017-11-14",
        amendment_number=1,
        amendment_reference="SUN-2017-014 avenant n° 1",
        amended_on="2018-02-01",
    ),
)
class ConventionAmended(ConventionState):
    """An amendment took effect: this is the convention's new version."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that an amendment changes: what, of whom, and from what to what; the other fields place it.

    `field` names what changes of it: `amount`, `due_on`, `ends_on`, `role`, `text`…; amounts are in euros, of the kind
    of `contribution` and the `vat_basis` that their line has.
    """

    kind: ChangeKind = field(metadata=BY_VALUE)
    field: str
    before: str | None = None
    after: str | None = None
    organisation_id: UUID | None = None
    organisation_name: str | None = None
    action_id: UUID | None = None
    action_code: str | None = None
    line_id: UUID | None = None
    tranche_id: UUID | None = None
    year: int | None = None
    clause: str | None = None
    contribution: str | None = None
    vat_basis: str | None = None


@dataclass(frozen=True, kw_only=True)
class AmendmentState(Event):
    """An amendment of a convention, with what it changes and who signs it; it takes effect on `effective_on`."""

    amendment_id: UUID
    convention_id: UUID
    convention_reference: str
    number: int
    reference: str
    title: str
    programme_code: str
    status: AmendmentStatus = field(metadata=BY_VALUE)
    effective_on: date
    fingerprint: str
    parties: tuple[Party, ...]
    differences: tuple[Difference, ...]
    proposed_on: date | None = None
    in_force_on: date | None = None
    ended_on: date | None = None
    ended_by: UUID | None = None
    reason: str | None = None


def _amendment(status: AmendmentStatus, **changes: Any) -> dict[str, Any]:
    state = {
        "amendment_id": "0198c9a0-0000-7000-8000-000000000016",
        "convention_id": "0198c9a0-0000-7000-8000-000000000015",
        "convention_reference": "SUN-2017-014",
        "number": 1,
        "reference": "SUN-2017-014 avenant n° 1",
        "title": "Report de la seconde tranche",
        "programme_code": "SUN04",
        "status": status.value,
        "effective_on": "2018-02-01",
        "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "parties": PARTIES_EXAMPLE,
        "differences": [
            {
                "kind": "amount",
                "field": "amount",
                "before": "50000.00",
                "after": "65000.00",
                "organisation_id": REGION_EXAMPLE,
                "organisation_name": "Région Provence-Alpes-Côte d’Azur",
                "action_id": ACTION_EXAMPLE,
                "action_code": "2.1",
                "line_id": "0198c9a0-0000-7000-8000-000000000012",
                "tranche_id": "0198c9a0-0000-7000-8000-000000000014",
                "year": 2018,
                "clause": None,
                "contribution": "cash",
                "vat_basis": "TTC",
            }
        ],
        "proposed_on": "2018-01-15",
        "in_force_on": None,
        "ended_on": None,
        "ended_by": None,
        "reason": None,
    }
    return {**state, **changes}


@event("partners.amendment.proposed.v1", subject="amendment_id", example=_amendment(AmendmentStatus.PROPOSED))
class AmendmentProposed(AmendmentState):
    """The parties may sign the amendment from now on, those that join or leave included."""


@event("partners.amendment.signed.v1", subject="amendment_id", example=_amendment(AmendmentStatus.PARTIALLY_SIGNED))
class AmendmentSigned(AmendmentState):
    """One party signed the amendment; once all have, it takes effect on its day."""


@event(
    "partners.amendment.entered_into_force.v1",
    subject="amendment_id",
    example=_amendment(AmendmentStatus.IN_FORCE, in_force_on="2018-02-01"),
)
class AmendmentEnteredIntoForce(AmendmentState):
    """All signed and its day has come: the convention has a new version."""


@event(
    "partners.amendment.refused.v1",
    subject="amendment_id",
    example=_amendment(AmendmentStatus.REFUSED, ended_on="2018-01-20", ended_by=REGION_EXAMPLE, reason="Hors budget"),
)
class AmendmentRefused(AmendmentState):
    """A party refused to sign the amendment; the convention stays as it is."""


@event(
    "partners.amendment.withdrawn.v1",
    subject="amendment_id",
    example=_amendment(AmendmentStatus.WITHDRAWN, ended_on="2018-01-20", reason="Remplacé par un autre"),
)
class AmendmentWithdrawn(AmendmentState):
    """The programme office took the amendment back."""


@event(
    "partners.amendment.expired.v1",
    subject="amendment_id",
    example=_amendment(AmendmentStatus.EXPIRED, ended_on="2018-12-31", reason="La convention a pris fin"),
)
class AmendmentExpired(AmendmentState):
    """The convention ended before everyone had signed the amendment."""
