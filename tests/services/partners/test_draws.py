"""What was signed is held by VAT basis, whatever mandates with and without ceilings correct one another."""

from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis.database import transaction
from chassis.errors import InvalidInput, RuleBroken
from chassis.identifiers import new_id
from chassis.money import VatBasis
from chassis.testing_http import ApiClient
from services.partners.domain.authorisation import Act, Bearing
from services.partners.domain.mandate import Mandate, require_mandate
from services.partners.domain.organisation import Organisation
from services.partners.use_cases.mandates import find_mandate, give_back, record_mandate
from tests.services.partners.bodies import MANDATE, Json, Story, made
from tests.services.partners.builders import TODAY, a_deliberation, a_signing, an_authorisation
from tests.services.partners.test_mandates_door import DEROGATION, recorded

pytestmark = pytest.mark.needs_postgresql

ZERO = Decimal(0)
WITHOUT_TAX: Json = {"acts": ["sign_conventions"], "ceiling": "100000.00", "vat_basis": "HT"}


@pytest.fixture
def story(door: ApiClient) -> Story:
    return Story(door)


def promised(story: Story, mandate: Json, **amounts: str) -> Json:
    """Propose a convention in which the département promises an amount by VAT basis."""
    line = {**story.text()["lines"][0], "organisation_id": story.departement["id"]}
    lines = [
        {**line, "vat_basis": basis, "tranches": [{"amount": amount, "due_on": "2017-12-01"}]}
        for basis, amount in amounts.items()
    ]
    parties = [dict(each) for each in story.text()["parties"]]
    parties[0]["mandate_id"], parties[1]["role"] = mandate["id"], "beneficiary"
    return story.proposal(lines=lines, parties=parties)


def drawn(story: Story, mandate: Json) -> list[tuple[str | None, str]]:
    draws = made(story.office.get(f"/v1/mandates/{mandate['id']}/draws"))["items"]
    return sorted((each["vat_basis"] or "", each["amount"]) for each in draws)


def test_a_first_ceiling_counts_nothing_that_was_signed_on_another_vat_basis(story: Story) -> None:
    mandate = recorded(story, None)
    convention = promised(story, mandate, HT="300.00", TTC="500.00")
    made(story.sign(convention, story.departement))
    correction = {**MANDATE, "number": "2017-118 bis", "authorisations": [WITHOUT_TAX], "corrects": mandate["id"]}
    correction["organisation_id"] = story.departement["id"]

    mixed = story.office.post("/v1/mandates", json=correction)
    made(story.office.post(f"/v1/conventions/{convention['id']}/withdrawal", json={"reason": "Autrement"}))
    made(story.sign(promised(story, mandate, TTC="200.00"), story.departement))
    other = story.office.post("/v1/mandates", json=correction)

    assert drawn(story, mandate) == [("HT", "300.00"), ("TTC", "200.00"), ("TTC", "500.00")]
    [error] = mixed.get_json()["errors"]
    assert (mixed.status_code, error["pointer"]) == (422, "/authorisations/0/vat_basis")
    assert "300.00 € were signed HT and 500.00 € TTC: no ceiling counts both" in error["detail"]
    assert "200.00 € were signed TTC: state the ceiling of its correction likewise" in other.get_json()["detail"]


def test_without_a_ceiling_what_was_drawn_is_told_by_vat_basis(story: Story) -> None:
    mandate = recorded(story, None)
    made(story.sign(promised(story, mandate, HT="300.00", TTC="500.00"), story.departement))
    made(story.sign(promised(story, mandate, TTC="200.00"), story.departement))

    [authorisation] = made(story.office.get(f"/v1/mandates/{mandate['id']}"))["authorisations"]
    [signing] = authorisation["draws"]

    assert (signing["drawn"], signing["remaining"]) == ("1000.00", None)
    told = [(each["vat_basis"], each["amount"]) for each in signing["drawn_by_vat_basis"]]
    assert told == [("TTC", "700.00"), ("HT", "300.00")]


def test_what_was_signed_by_derogation_stands_as_it_is_under_a_first_ceiling(story: Story) -> None:
    mandate = recorded(story, None, enforceable_since=None)
    made(story.sign(promised(story, mandate, TTC="200.00"), story.departement, derogation=DEROGATION))

    correction = recorded(story, "ceiling", authorisations=[WITHOUT_TAX], corrects=mandate["id"])

    assert drawn(story, correction) == [("TTC", "200.00")]
    [of_one] = correction["authorisations"][0]["draws"]
    assert (of_one["drawn"], of_one["remaining"]) == ("200.00", "99800.00")


def test_draws_kept_before_are_of_the_basis_of_their_ceiling_or_of_their_lines(story: Story) -> None:
    ceiling = recorded(story, "ceiling", authorisations=[WITHOUT_TAX])
    made(story.sign(promised(story, ceiling, HT="100.00"), story.departement))
    none = recorded(story, "none", authorisations=[{"acts": ["sign_conventions"]}])
    for amounts in ({"HT": "300.00"}, {"TTC": "200.00"}, {"HT": "0.01", "TTC": "0.02"}):
        made(story.sign(promised(story, none, **amounts), story.departement))
    migration = import_module("services.partners.migrations.versions.0012_vat_basis_of_draws")

    with transaction() as session:
        session.execute(text("UPDATE mandate_draws SET vat_basis = NULL"))
        session.execute(text(migration.OF_THE_CEILING))
        session.execute(text(migration.OF_THE_LINES))

    assert drawn(story, ceiling) == [("HT", "100.00")]
    assert drawn(story, none) == [("", "0.01"), ("", "0.02"), ("HT", "300.00"), ("TTC", "200.00")]


amounts = st.dictionaries(st.sampled_from(VatBasis), st.integers(-50, 300).map(Decimal), max_size=2)
signed = st.tuples(st.just("sign"), amounts, st.booleans())
corrections = st.tuples(
    st.just("correct"), st.none() | st.integers(0, 900).map(Decimal), st.sampled_from([*VatBasis, VatBasis.TTC])
)
returned = st.tuples(st.just("give back"), st.integers(0, 20), st.none())


@dataclass
class Chain:
    """Mandates that correct one another, and what was signed under them and is held: euros, basis, derogated."""

    session: Session
    organisation_id: UUID
    number: int = 0
    mandate_id: UUID | None = None
    held: dict[UUID, list[tuple[Decimal, VatBasis, bool]]] = field(default_factory=dict)

    def correct(self, ceiling: Decimal | None, basis: VatBasis) -> None:
        """Record the next mandate: refused where what was signed without derogation is of another basis."""
        self.number += 1
        terms = an_authorisation(acts=(Act.SIGN_CONVENTIONS,), signatories=(), ceiling=ceiling, vat_basis=basis)
        deliberation = a_deliberation(number=f"2017-118 {self.number}", authorisations=(terms,))
        others = {its for _, its, derogated in self.draws if not derogated} - {basis}
        refused = True
        with suppress(InvalidInput), self.session.begin_nested():
            self.mandate_id = record_mandate(
                self.session,
                organisation_id=self.organisation_id,
                deliberation=deliberation,
                corrects=self.mandate_id,
            ).id
            refused = False
        assert refused == (ceiling is not None and others != set())

    def sign(self, amounts: dict[VatBasis, Decimal], derogates: bool) -> None:
        """Sign a convention, by derogation where it is not covered; or be refused."""
        subject = new_id()
        bearing = Bearing(act=Act.SIGN_CONVENTIONS, subject_id=subject, subject_name="SUN", amounts=amounts)
        signing = a_signing("f", derogation_document="Arrêté" if derogates else None)
        organisation = self.session.get_one(Organisation, self.organisation_id)
        with suppress(RuleBroken):
            lacking = require_mandate(organisation, self.mandate, signing, bearing)
            self.held[subject] = [(each, basis, lacking != ()) for basis, each in amounts.items() if each > 0]
        self.session.flush()

    def give_back(self, place: int) -> None:
        """Let one of the conventions come to nothing."""
        if subjects := list(self.held):
            subject = subjects[place % len(subjects)]
            give_back(self.session, [subject], on=TODAY, because="Refus")
            del self.held[subject]
            self.session.flush()

    @property
    def mandate(self) -> Mandate:
        """The one in force, as it is kept."""
        found = find_mandate(self.session, self.mandate_id, organisation_id=self.organisation_id)
        assert found
        return found

    @property
    def draws(self) -> list[tuple[Decimal, VatBasis, bool]]:
        """All that is held."""
        return [draw for draws in self.held.values() for draw in draws]


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(signed | corrections | returned, max_size=12))
def steps_keep_the_sums(organisation_id: UUID, steps: list[tuple[str, Any, Any]]) -> None:
    with transaction() as session:
        chain = Chain(session, organisation_id)
        chain.correct(None, VatBasis.TTC)
        for step, what, how in steps:
            if step == "sign":
                chain.sign(what, how)
            elif step == "correct":
                chain.correct(what, how)
            else:
                chain.give_back(what)

            [authorisation] = chain.mandate.authorisations
            if authorisation.counted:
                own = [draw for draw in chain.draws if draw[1] is authorisation.vat_basis or draw[2]]
                assert authorisation.drawn == sum((amount for amount, *_ in own), ZERO)
        session.rollback()


def test_a_ceiling_counts_what_is_held_on_its_own_basis_and_by_derogation_however_mandates_were_corrected(
    story: Story,
) -> None:
    steps_keep_the_sums(UUID(story.departement["id"]))
