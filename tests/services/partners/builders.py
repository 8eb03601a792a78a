"""What the tests of partners are made of, valid by default; it is 20 October 2017 where nothing else is said."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.identifiers import new_id, stable_id
from chassis.identity import Caller, Role
from chassis.money import VatBasis
from contracts.actions import ActionChanged, ActionPlanned, Axis, Priority, ProgrammeDefined
from contracts.partners import ContributionKind, Nature, PartyRole, SignatureLevel
from services.partners.domain.convention import Convention
from services.partners.domain.convention_terms import Known, LineTerms, PartyTerms, Terms, TrancheTerms
from services.partners.domain.mandate import Act, AuthorisationTerms, Deliberation, Mandate
from services.partners.domain.organisation import Organisation, Sheet
from services.partners.domain.programme import KnownAction, KnownProgramme
from services.partners.domain.signing import Signing

OCTOBER = datetime(2017, 10, 20, 9, tzinfo=UTC)
TODAY = date(2017, 10, 20)
OFFICE = Caller(subject="office", role=Role.PROGRAMME_OFFICE)

DEPARTEMENT_SIREN, REGION_SIREN, DIGNE_SIREN = "220400014", "231300021", "210400701"


def a_sheet(name: str = "Digne-les-Bains", **changes: Any) -> Sheet:
    return replace(Sheet(name=name, siren=DIGNE_SIREN), **changes)


def an_organisation(name: str = "Digne-les-Bains", **changes: Any) -> Organisation:
    return Organisation.register(new_id(), a_sheet(name, **changes))[0]


def the_departement() -> Organisation:
    return an_organisation("Département", siren=DEPARTEMENT_SIREN, needs_mandate=True)


def the_region() -> Organisation:
    return an_organisation("Région", siren=REGION_SIREN, funder=True)


def an_authorisation(**changes: Any) -> AuthorisationTerms:
    return replace(
        AuthorisationTerms(
            acts=(Act.SIGN_CONVENTIONS, Act.SIGN_CHARTER), signatories=("Président du conseil départemental",)
        ),
        **changes,
    )


def a_deliberation(**changes: Any) -> Deliberation:
    return replace(
        Deliberation(
            number="2017-118",
            title="Adoption du schéma",
            body="Conseil départemental",
            adopted_on=date(2017, 6, 30),
            enforceable_since=date(2017, 7, 5),
            authorisations=(an_authorisation(),),
        ),
        **changes,
    )


def a_mandate(organisation: Organisation, **changes: Any) -> Mandate:
    return Mandate.record(new_id(), organisation, a_deliberation(**changes), today=TODAY)[0]


def a_signing(fingerprint: str, **changes: Any) -> Signing:
    return replace(
        Signing(
            signed_on=TODAY,
            signatory_name="Jeanne Martin",
            capacity="President du Conseil départemental",
            level=SignatureLevel.PAPER,
            fingerprint=fingerprint,
            evidence="Registre, feuillet 14",
        ),
        **changes,
    )


def a_known_action(code: str = "2.1", **changes: Any) -> KnownAction:
    facts = {"programme_code": "SUN04", "title": f"Action {code}", "closed": False}
    return KnownAction(id=stable_id("action", code), code=code, **{**facts, **changes})


def the_known_programme() -> KnownProgramme:
    return KnownProgramme(code="SUN04", title="SUN", starts_on=date(2017, 1, 1), ends_on=None, vat_basis=VatBasis.TTC)


def a_tranche(amount: str = "30000.00", **changes: Any) -> TrancheTerms:
    return replace(TrancheTerms(amount=Decimal(amount), due_on=date(2017, 12, 1)), **changes)


def a_line(organisation: Organisation, action: KnownAction, **changes: Any) -> LineTerms:
    return replace(
        LineTerms(
            organisation_id=organisation.id,
            action_id=action.id,
            kind=ContributionKind.CASH,
            nature=Nature.INVESTMENT,
            vat_basis=VatBasis.TTC,
            tranches=(a_tranche(), a_tranche("50000.00", due_on=date(2018, 6, 30))),
        ),
        **changes,
    )


class Table:
    """Who sits at the table where a convention is made: the département owns the project, the région funds it."""

    def __init__(self) -> None:
        self.departement, self.region = the_departement(), the_region()
        self.mandate = a_mandate(self.departement)
        self.action = a_known_action()
        self.programme: KnownProgramme | None = the_known_programme()

    def terms(self, **changes: Any) -> Terms:
        return replace(
            Terms(
                programme_code="SUN04",
                title="Télémédecine",
                starts_on=date(2017, 11, 1),
                ends_on=date(2018, 12, 31),
                parties=(
                    PartyTerms(organisation_id=self.departement.id, role=PartyRole.PROJECT_OWNER),
                    PartyTerms(organisation_id=self.region.id, role=PartyRole.FUNDER),
                ),
                lines=(a_line(self.region, self.action),),
            ),
            **changes,
        )

    def known(self, *more: Organisation) -> Known:
        organisations = {each.id: each for each in (self.departement, self.region, *more)}
        return Known(
            programme=self.programme,
            organisations=organisations,
            actions={self.action.id: self.action},
            mandates={self.mandate.id: self.mandate.organisation.id},
        )

    def draft(self, **changes: Any) -> Convention:
        return Convention.draft(new_id(), self.terms(**changes), self.known())

    def proposal(self, **changes: Any) -> Convention:
        convention = self.draft(**changes)
        convention.propose("SUN-2017-001", on=TODAY)
        return convention

    def sign(
        self, convention: Convention, organisation: Organisation, *, by: Caller = OFFICE, **changes: Any
    ) -> list[Any]:
        return convention.sign(
            organisation.id,
            a_signing(convention.fingerprint, **changes),
            self.mandate if organisation is self.departement else None,
            today=TODAY,
            by=by,
        )

    def in_force(self) -> Convention:
        convention = self.proposal()
        self.sign(convention, self.region)
        self.sign(convention, self.departement)
        return convention


def the_programme_event(sequence: int = 1, **changes: Any) -> ProgrammeDefined:
    facts = {
        "programme_code": "SUN04",
        "title": "Schéma des usages numériques",
        "starts_on": date(2017, 1, 1),
        "vat_basis": VatBasis.TTC,
        "axes": (Axis(code="2", title="Qualité de vie"),),
    }
    return ProgrammeDefined(sequence=sequence, **{**facts, **changes})


def an_action_event(
    code: str = "2.1", *, kind: type[Any] = ActionPlanned, sequence: int = 1, **changes: Any
) -> ActionPlanned | ActionChanged:
    facts = {
        "action_id": stable_id("action", code),
        "programme_code": "SUN04",
        "axis_code": "2",
        "code": code,
        "title": f"Action {code}",
        "priority": Priority.STRONG,
        "needs": (),
    }
    event: ActionPlanned | ActionChanged = kind(sequence=sequence, **{**facts, **changes})
    return event


def the_action_id(code: str = "2.1") -> UUID:
    return stable_id("action", code)
