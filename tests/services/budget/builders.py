"""What the tests of the budget are made of, valid by default."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from chassis.identifiers import stable_id
from chassis.money import VatBasis
from contracts.actions import ActionChanged, ActionPlanned, ActionState, Axis, Need, Priority, ProgrammeDefined
from contracts.amendments import ConventionAmended
from contracts.partners import (
    ContributionKind,
    ContributionLine,
    ConventionCompleted,
    ConventionEnteredIntoForce,
    ConventionExpired,
    ConventionProposed,
    ConventionRefused,
    ConventionSigned,
    ConventionState,
    ConventionStatus,
    ConventionTerminated,
    ConventionWithdrawn,
    MandateRecorded,
    Nature,
    OrganisationRegistered,
    Party,
    PartyRole,
    Tranche,
)

PROGRAMME = "SUN04"
DEPARTEMENT, REGION, COMMUNE, STRANGER = (
    stable_id("organisation", name) for name in ("04", "region", "barcelonnette", "stranger")
)
NAMES = {DEPARTEMENT: "Département", REGION: "Région", COMMUNE: "Barcelonnette", STRANGER: "Ailleurs"}
TELEMEDICINE, CLOUD = stable_id("action", "2.1"), stable_id("action", "4.1")
CODES = {TELEMEDICINE: "2.1", CLOUD: "4.1"}
CONVENTION, OTHER_CONVENTION = stable_id("convention", "14"), stable_id("convention", "15")
MANDATE = stable_id("mandate", "2017-118")

STATUSES: dict[ConventionStatus, type[ConventionState]] = {
    ConventionStatus.PROPOSED: ConventionProposed,
    ConventionStatus.PARTIALLY_SIGNED: ConventionSigned,
    ConventionStatus.IN_FORCE: ConventionEnteredIntoForce,
    ConventionStatus.REFUSED: ConventionRefused,
    ConventionStatus.WITHDRAWN: ConventionWithdrawn,
    ConventionStatus.EXPIRED: ConventionExpired,
    ConventionStatus.TERMINATED: ConventionTerminated,
    ConventionStatus.COMPLETED: ConventionCompleted,
}
_ORDER = list(STATUSES)
_sequences = count(1)


def a_programme(**changes: Any) -> ProgrammeDefined:
    facts = {
        "programme_code": PROGRAMME,
        "title": "Schéma départemental des usages numériques",
        "starts_on": date(2017, 1, 1),
        "ends_on": date(2020, 12, 31),
        "vat_basis": VatBasis.TTC,
        "axes": (Axis(code="2", title="Qualité de vie"), Axis(code="4", title="Socle accélérateur")),
        "sequence": next(_sequences),
    }
    return ProgrammeDefined(**{**facts, **changes})


def a_need(amount: str = "180000.00", year: int = 2017, nature: Nature = Nature.INVESTMENT) -> Need:
    return Need(year=year, nature=nature, amount=Decimal(amount))


def an_action(action_id: UUID = TELEMEDICINE, *, changed: bool = False, **changes: Any) -> ActionState:
    facts = {
        "action_id": action_id,
        "programme_code": PROGRAMME,
        "axis_code": CODES[action_id][0],
        "code": CODES[action_id],
        "title": f"Action {CODES[action_id]}",
        "priority": Priority.STRONG,
        "needs": (a_need(),),
        "sequence": next(_sequences),
    }
    return (ActionChanged if changed else ActionPlanned)(**{**facts, **changes})


def an_organisation(organisation_id: UUID, **changes: Any) -> OrganisationRegistered:
    facts = {"organisation_id": organisation_id, "name": NAMES[organisation_id], "sequence": next(_sequences)}
    return OrganisationRegistered(**{**facts, **changes})


def a_mandate(**changes: Any) -> MandateRecorded:
    facts = {
        "mandate_id": MANDATE,
        "number": "2017-118",
        "title": "Adoption du schéma",
        "organisation_id": DEPARTEMENT,
        "organisation_name": NAMES[DEPARTEMENT],
        "adopted_on": date(2017, 6, 30),
        "enforceable_since": date(2017, 7, 5),
        "authorises": ("sign_conventions", "reallocate_credit"),
        "ceiling": Decimal("50000.00"),
        "sequence": next(_sequences),
    }
    return MandateRecorded(**{**facts, **changes})


def a_tranche(
    amount: str = "30000.00", *, name: str = "2017", due_on: date = date(2017, 12, 1), **changes: Any
) -> Tranche:
    facts = {
        "tranche_id": stable_id("tranche", name),
        "year": due_on.year,
        "amount": Decimal(amount),
        "due_on": due_on,
    }
    return Tranche(**{**facts, **changes})


FIRST, SECOND = a_tranche(), a_tranche("50000.00", name="2018", due_on=date(2018, 6, 30))


def a_line(funder_id: UUID = REGION, tranches: Sequence[Tranche] = (FIRST, SECOND), **changes: Any) -> ContributionLine:
    action_id = changes.get("action_id", TELEMEDICINE)
    facts = {
        "line_id": stable_id("line", NAMES[funder_id]),
        "organisation_id": funder_id,
        "organisation_name": NAMES[funder_id],
        "action_id": action_id,
        "action_code": CODES.get(action_id, "9.9"),
        "kind": ContributionKind.CASH,
        "nature": Nature.INVESTMENT,
        "vat_basis": VatBasis.TTC,
        "tranches": tuple(tranches),
    }
    return ContributionLine(**{**facts, **changes})


def a_party(organisation_id: UUID, role: PartyRole, mandate_number: str | None = None) -> Party:
    return Party(organisation_id=organisation_id, name=NAMES[organisation_id], role=role, mandate_number=mandate_number)


PARTIES = (a_party(DEPARTEMENT, PartyRole.PROJECT_OWNER, "2017-118"), a_party(REGION, PartyRole.FUNDER))


def a_convention(status: ConventionStatus = ConventionStatus.IN_FORCE, **changes: Any) -> ConventionState:
    """A convention of the Région: 30,000 € due in December 2017, 50,000 € due in June 2018."""
    facts = {
        "convention_id": CONVENTION,
        "reference": "SUN-2017-014",
        "title": "Télémédecine",
        "programme_code": PROGRAMME,
        "version": 1,
        "status": status,
        "starts_on": date(2017, 11, 1),
        "ends_on": date(2018, 12, 31),
        "parties": PARTIES,
        "lines": (a_line(),),
        "ended_on": date(2018, 3, 31) if status is ConventionStatus.TERMINATED else None,
        "sequence": _ORDER.index(status) + 1,
    }
    return STATUSES[status](**{**facts, **changes})


def an_amended_convention(**changes: Any) -> ConventionState:
    """The same convention once its first amendment took effect, on 1 February 2018."""
    facts = {
        **vars(a_convention()),
        "version": 2,
        "sequence": 9,
        "amendment_number": 1,
        "amendment_reference": "SUN-2017-014 avenant n° 1",
        "amended_on": date(2018, 2, 1),
    }
    return ConventionAmended(**{**facts, **changes})
