"""An organisation is known by its SIREN; SIREN and SIRET are both checked, and what is wrong is kept and flagged."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import RuleBroken
from contracts.partners import OrganisationChanged, OrganisationRegistered
from services.partners.domain.address import Address
from services.partners.domain.folding import fold
from services.partners.domain.identifiers import IdentifierFlag, Identifiers, read_identifiers, suggestion
from services.partners.domain.organisation import Organisation
from tests.services.partners.builders import DEPARTEMENT_SIREN, DIGNE_SIREN, TODAY, a_sheet, an_organisation

pytestmark = pytest.mark.unit


def test_a_valid_siret_implies_its_siren() -> None:
    assert read_identifiers(None, "220 400 014 00019") == Identifiers(siren="220400014", siret="22040001400019")


def test_a_siret_that_passes_its_checksum_is_refused_when_its_siren_does_not() -> None:
    published_wrongly = "22040000000000"

    assert read_identifiers(None, published_wrongly) == Identifiers(
        typed_siret=published_wrongly, flag=IdentifierFlag.SIRET_INVALID
    )


def test_zeros_are_nobodys_number() -> None:
    read = read_identifiers("000 000 000", "00000000000018")

    assert (read.siren, read.siret, read.flag) == (None, None, IdentifierFlag.SIREN_INVALID)


@pytest.mark.parametrize("siret", ["35600000000048", "35600000049837", "35600000009075"])
def test_an_establishment_of_la_poste_may_follow_the_rule_of_five(siret: str) -> None:
    assert read_identifiers("356000000", siret).siret == siret


def test_a_siret_of_another_siren_makes_neither_trusted() -> None:
    read = read_identifiers(DIGNE_SIREN, "22040001400019")

    assert read == Identifiers(
        typed_siren=DIGNE_SIREN, typed_siret="22040001400019", flag=IdentifierFlag.SIREN_AND_SIRET_DIFFER
    )


def test_an_invalid_siret_leaves_a_valid_siren_standing() -> None:
    organisation = an_organisation(siret="12345678901234")

    assert (organisation.siren, organisation.siret, organisation.typed_siret) == (DIGNE_SIREN, None, "12345678901234")
    assert organisation.identifier_flag == "siret_invalid"
    organisation.ensure_it_may_sign()


@pytest.mark.parametrize(("siren", "flag"), [(None, "missing"), ("  ", "missing"), ("210400702", "siren_invalid")])
def test_an_organisation_without_a_valid_siren_is_kept_and_cannot_sign(siren: str | None, flag: str) -> None:
    organisation, registered = Organisation.register(an_organisation().id, a_sheet(siren=siren))

    assert (organisation.siren, organisation.identifier_flag, registered.identifier_flag) == (None, flag, flag)
    with pytest.raises(RuleBroken, match=r"no valid SIREN .*: correct it before it signs"):
        organisation.ensure_it_may_sign()


def test_a_cut_leading_zero_is_suggested_back() -> None:
    assert suggestion("5520176", length=9) == "005520176"
    assert suggestion("12", length=9) is None
    assert suggestion("none", length=9) is None


def test_each_change_announces_the_full_state_with_the_next_sequence() -> None:
    organisation, registered = Organisation.register(an_organisation().id, a_sheet())

    changed = organisation.change(a_sheet("Ville de Digne", population=16460))

    assert isinstance(registered, OrganisationRegistered)
    assert isinstance(changed, OrganisationChanged)
    assert (registered.sequence, changed.sequence) == (1, 2)
    assert (changed.name, changed.siren, changed.population) == ("Ville de Digne", DIGNE_SIREN, 16460)


def test_saying_the_same_again_announces_nothing() -> None:
    organisation = an_organisation(siren="typo", siret=" 22040001400019")

    assert organisation.change(organisation.sheet) is None
    assert organisation.sequence == 1


def test_what_differs_by_the_kind_of_its_spaces_alone_is_the_same() -> None:
    organisation = an_organisation("Pays de Digne", addresses=(Address(street="1 rue Haute"),))

    assert not organisation.differs(a_sheet("Pays\u00a0de Digne ", addresses=(Address(street="1\u202frue Haute"),)))


@pytest.mark.parametrize(("since", "kept"), [(date(2015, 1, 1), date(2015, 1, 1)), (date(2017, 9, 1), None)])
def test_no_number_was_in_use_until_before_it_began(since: date, kept: date | None) -> None:
    organisation = an_organisation(siret="21040070100012", siret_since=since)

    [left] = organisation.left_behind(a_sheet(siret="21040070100020", siret_since=date(2016, 5, 1)), today=TODAY)

    assert (left.value, left.since, left.until) == ("21040070100012", kept, date(2016, 5, 1))


def test_a_number_that_is_said_no_longer_is_one_of_former_days() -> None:
    organisation = an_organisation(siret="21040070100012", siret_since=date(2016, 5, 1), rna="W043001234")

    left = organisation.left_behind(a_sheet("Digne", siren=None), today=TODAY)

    assert [(str(each.kind), each.value, each.since, each.until) for each in left] == [
        ("siren", DIGNE_SIREN, None, TODAY),
        ("siret", "21040070100012", date(2016, 5, 1), TODAY),
        ("rna", "W043001234", None, TODAY),
    ]


def test_a_correction_takes_the_flag_away() -> None:
    organisation = an_organisation(siren="220400015")

    organisation.change(a_sheet(siren=DEPARTEMENT_SIREN))

    assert (organisation.siren, organisation.typed_siren, organisation.identifier_flag) == (
        DEPARTEMENT_SIREN,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Allemagne-en-Provence", "allemagne en provence"), ("L’Œuvre d’Été", "l oeuvre d ete"), ("  Ÿ — Ç ", "y c")],
)
def test_a_name_is_folded_without_accents_case_or_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_was_typed_is_either_valid_or_kept_and_flagged(siren: str, siret: str) -> None:
    read = read_identifiers(siren, siret)

    assert (read.flag is None) == (read.siren is not None and read.typed_siren is None and read.typed_siret is None)
    assert read.flag is None or (read.typed_siren or "", read.typed_siret or "") == (siren.strip(), siret.strip())
