"""A CSV file of organisations: columns in French or English, several separators, a remark at each wrong cell."""

import pytest

from chassis.errors import InvalidInput
from services.partners.domain.register_file import RegisterLine, Remark, read_register, read_text
from tests.services.partners.builders import DEPARTEMENT_SIREN, DIGNE_SIREN

pytestmark = pytest.mark.unit


def the_lines(text: str) -> list[RegisterLine]:
    return read_register(text).lines


def the_remarks(text: str) -> list[Remark]:
    return [remark for line in the_lines(text) for remark in line.remarks]


@pytest.mark.parametrize(
    "header", ["name,siren", "Nom;N° SIREN", "\ufeffDénomination\tNuméro SIREN", '"Raison sociale"|"SIREN"']
)
def test_columns_are_recognised_in_french_and_english_behind_any_separator(header: str) -> None:
    separator = next(each for each in ",;\t|" if each in header)

    [line] = the_lines(f"{header}\r\nDigne{separator}{DIGNE_SIREN}\r\n")

    assert line.facts == {"name": "Digne", "siren": DIGNE_SIREN}
    assert not line.remarks


def test_what_is_not_understood_is_named_and_left_out() -> None:
    register = read_register(f"nom,siren,mascotte\nDigne,{DIGNE_SIREN},un âne\n")

    assert register.ignored_columns == ["mascotte"]
    assert register.lines[0].facts == {"name": "Digne", "siren": DIGNE_SIREN}


def test_an_empty_cell_says_nothing() -> None:
    [line] = the_lines(f"nom,siren,population,financeur\nDigne,{DIGNE_SIREN},,\n")

    assert line.facts == {"name": "Digne", "siren": DIGNE_SIREN}


def test_numbers_and_truths_are_read_as_people_write_them() -> None:
    [line] = the_lines(f"nom;siren;population;public;financeur\nDigne;{DIGNE_SIREN};16 460;Oui;NON\n")

    assert (line.facts["population"], line.facts["public"], line.facts["funder"]) == (16460, True, False)


def test_a_commune_and_an_inter_municipal_body_get_their_legal_form() -> None:
    [commune] = the_lines(f"insee,siren,name\n04070,{DIGNE_SIREN},Digne\n")
    [community] = the_lines("siren,name,type\n200067437,Provence-Alpes,CA\n")

    assert commune.facts["legal_form"] == "Commune"
    assert community.facts["legal_form"] == "Communauté d’agglomération"


def test_a_line_without_a_name_is_refused_and_the_others_are_not() -> None:
    lines = the_lines(f"nom,siren\n,{DIGNE_SIREN}\nDépartement,{DEPARTEMENT_SIREN}\n")

    assert [line.refused for line in lines] == [True, False]
    assert lines[0].remarks[0].column == "name"


@pytest.mark.parametrize(("column", "cell"), [("population", "beaucoup"), ("public", "peut-être")])
def test_a_cell_that_cannot_be_read_refuses_its_line_and_says_where(column: str, cell: str) -> None:
    [remark] = the_remarks(f"nom,siren,{column}\nDigne,{DIGNE_SIREN},{cell}\n")

    assert (remark.line, remark.column, remark.refused) == (2, column, True)
    assert cell in remark.reason
    assert remark.suggestion


def test_a_siren_cut_by_a_spreadsheet_is_kept_with_a_suggestion() -> None:
    [remark] = the_remarks("nom,siren\nThomson,5520176\n")

    assert (remark.column, remark.suggestion, remark.refused) == ("siren", "005520176", False)


def test_a_siret_of_another_siren_is_remarked_at_the_siret() -> None:
    [remark] = the_remarks(f"nom,siren,siret\nDigne,{DIGNE_SIREN},22040001400019\n")

    assert (remark.column, remark.refused) == ("siret", False)
    assert "another SIREN" in remark.reason


def test_an_organisation_given_twice_is_refused_the_second_time() -> None:
    [remark] = the_remarks(f"nom,siren\nDigne,{DIGNE_SIREN}\nVille de Digne,210 400 701\n")

    assert (remark.line, remark.reason, remark.refused) == (3, "Already on line 2.", True)


def test_lines_are_numbered_as_in_the_file_across_empty_and_quoted_lines() -> None:
    lines = the_lines(f'nom,siren\n"Digne\nles Bains",{DIGNE_SIREN}\n\nDépartement,{DEPARTEMENT_SIREN}\n')

    assert [line.number for line in lines] == [2, 5]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "No column holds the names"),
        ("siren\n210400701\n", "No column holds the names"),
        ("nom,name\nDigne,Digne\n", "Several columns hold the name"),
        (f"nom\n{'x' * 200_000}\n", "Line 2 is not CSV"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_register(text)


def test_the_encoding_of_older_spreadsheets_is_read() -> None:
    assert read_text("nom\nDépartement".encode("cp1252")) == "nom\nDépartement"
    assert read_text("nom\nDépartement".encode("utf-8-sig")) == "nom\nDépartement"
