"""What the tests of actions are made of, valid by default."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.identifiers import stable_id
from chassis.money import VatBasis
from contracts.actions import Axis, Need, Priority
from contracts.partners import (
    CharterSigned,
    CharterWithdrawn,
    ContributionKind,
    ContributionLine,
    ConventionEnteredIntoForce,
    ConventionState,
    ConventionStatus,
    Nature,
    Party,
    PartyRole,
)
from services.actions.domain.action import Sheet
from services.actions.domain.programme import Frame

DEPARTEMENT, REGION, COMMUNE = (stable_id("organisation", name) for name in ("04", "region", "barcelonnette"))
NAMES = {DEPARTEMENT: "Département", REGION: "Région", COMMUNE: "Barcelonnette"}
TELEMEDICINE, CLOUD = stable_id("action", "2.1"), stable_id("action", "4.1")
CODES = {TELEMEDICINE: "2.1", CLOUD: "4.1"}
CHARTER_SIGNATURE, CONVENTION = stable_id("signature", "region"), stable_id("convention", "14")


def a_frame(**changes: Any) -> Frame:
    facts = {
        "title": "Schéma départemental des usages numériques",
        "starts_on": date(2017, 1, 1),
        "ends_on": date(2020, 12, 31),
        "vat_basis": VatBasis.TTC,
        "axes": (Axis(code="2", title="Qualité de vie"), Axis(code="4", title="Socle accélérateur")),
    }
    return Frame(**{**facts, **changes})


def a_need(year: int = 2017, amount: str = "120000.00", nature: Nature = Nature.INVESTMENT) -> Need:
    return Need(year=year, nature=nature, amount=Decimal(amount))


def a_sheet(**changes: Any) -> Sheet:
    facts = {
        "programme_code": "SUN04",
        "axis_code": "2",
        "code": "2.1",
        "title": "Télémédecine en vallée de l’Ubaye",
        "summary": "",
        "priority": Priority.STRONG,
        "lead_organisation_id": None,
        "closed": False,
        "illustrative": True,
        "needs": (a_need(2017), a_need(2018, "60000.00", Nature.OPERATING)),
    }
    return Sheet(**{**facts, **changes})


def a_charter_signature(organisation_id: UUID = REGION, *, sequence: int = 1, **changes: Any) -> CharterSigned:
    facts = {
        "charter_signature_id": stable_id("charter", str(organisation_id)),
        "charter_id": stable_id("charter"),
        "charter_title": "Charte partenariale",
        "charter_version": 1,
        "programme_code": "SUN04",
        "organisation_id": organisation_id,
        "organisation_name": NAMES[organisation_id],
        "signed_on": date(2017, 9, 12),
    }
    return CharterSigned(sequence=sequence, **{**facts, **changes})


def a_charter_withdrawal(organisation_id: UUID = REGION, *, sequence: int = 2, **changes: Any) -> CharterWithdrawn:
    signed = a_charter_signature(organisation_id)
    facts = {name: getattr(signed, name) for name in signed.state()}
    return CharterWithdrawn(sequence=sequence, **{**facts, "withdrawn_on": date(2018, 3, 31), **changes})


def a_line(action_id: UUID = TELEMEDICINE) -> ContributionLine:
    return ContributionLine(
        line_id=stable_id("line", str(action_id)),
        organisation_id=REGION,
        organisation_name=NAMES[REGION],
        action_id=action_id,
        action_code=CODES[action_id],
        kind=ContributionKind.CASH,
        nature=Nature.INVESTMENT,
        vat_basis=VatBasis.TTC,
        tranches=(),
    )


def a_party(organisation_id: UUID) -> Party:
    return Party(organisation_id=organisation_id, name=NAMES[organisation_id], role=PartyRole.CONTRIBUTOR)


def a_convention(
    kind: type[ConventionState] = ConventionEnteredIntoForce,
    *,
    sequence: int = 4,
    parties: tuple[UUID, ...] = (DEPARTEMENT, REGION),
    actions: tuple[UUID, ...] = (TELEMEDICINE,),
    **changes: Any,
) -> Any:
    """Give a convention's event; by default it is in force since 14 November 2017."""
    facts = {
        "convention_id": CONVENTION,
        "reference": "SUN-2017-014",
        "title": "Télémédecine",
        "programme_code": "SUN04",
        "version": 1,
        "status": ConventionStatus.IN_FORCE,
        "starts_on": date(2017, 11, 1),
        "ends_on": date(2018, 12, 31),
        "in_force_on": date(2017, 11, 14),
        "parties": tuple(map(a_party, parties)),
        "lines": tuple(map(a_line, actions)),
    }
    return kind(sequence=sequence, **{**facts, **changes})
