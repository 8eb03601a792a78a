"""A file of organisations: columns in French or English, several separators, a remark at each wrong cell."""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from chassis.errors import InvalidInput
from chassis.identifiers import new_id
from chassis.texts import Readable
from services.partners.domain import register_extent, register_file, register_rows
from services.partners.domain.address import Address, AddressUse
from services.partners.domain.folding import legible, spaced
from services.partners.domain.organisation import Organisation, Sheet
from services.partners.domain.register_cells import as_it_is, guarded, unguarded
from services.partners.domain.register_export import FORMS
from services.partners.domain.register_file import RegisterFile, RegisterLine, Remark
from services.partners.domain.register_rows import read_text
from tests.services.partners.builders import DEPARTEMENT_SIREN, DIGNE_SIREN, TODAY
from tests.services.partners.old_spreadsheet import an_old_spreadsheet

pytestmark = pytest.mark.unit


def read_register(file: bytes) -> RegisterFile:
    return register_file.read_register(file, today=TODAY)


def the_lines(text: str) -> list[RegisterLine]:
    return read_register(text.encode()).lines


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
    register = read_register(f"nom,siren,mascotte\nDigne,{DIGNE_SIREN},un âne\n".encode())

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

    assert commune.upon(None).legal_form == "Commune"
    assert community.facts["legal_form"] == "Communauté d’agglomération"


def test_a_line_without_a_name_is_refused_and_the_others_are_not() -> None:
    lines = the_lines(f"nom,siren\n,{DIGNE_SIREN}\nDépartement,{DEPARTEMENT_SIREN}\n")

    assert [line.refused for line in lines] == [True, False]
    assert lines[0].remarks[0].column == "name"


def test_a_column_that_holds_something_under_no_title_is_said_not_to_be_read() -> None:
    register = read_register(b"nom;;siren;;\nDigne;;;;note\nAix;;;;\n")

    assert register.ignored_columns == ["(E)"]


@pytest.mark.parametrize("name", ["Total", "TOTAUX", "Sous-total :", "Total général", "TOTAL : 198 communes"])
def test_the_total_under_a_table_is_no_organisation(name: str) -> None:
    [remark] = [each for each in the_remarks(f"nom,siren,population\n{name},,164308\n") if each.refused]
    assert (remark.column, "total" in remark.reason) == ("name", True)

    assert not [each for each in the_remarks(f"nom,siren\n{name},{DIGNE_SIREN}\nTotal énergie,\n") if each.refused]


def test_a_day_that_a_spreadsheet_counts_is_suggested_as_one_writes_it() -> None:
    [counted] = [each for each in the_remarks("nom,siret depuis\nDigne,42979\n") if each.refused]
    [line] = the_lines("nom,siret depuis\nDigne,01-09-2017\n")

    assert (counted.column, counted.suggestion) == ("siret_since", "2017-09-01")
    assert line.facts["siret_since"] == date(2017, 9, 1)


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


def test_associations_of_one_name_are_told_apart_by_their_rna_and_one_rna_is_one_association() -> None:
    lines = the_lines("nom;rna\nAmis;W043001234\nAmis;W043005678\nAutres;W043001234\n")

    assert [line.refused for line in lines] == [False, False, True]
    assert [remark.reason for remark in lines[2].remarks if remark.refused] == ["Already on line 2."]


@pytest.mark.parametrize("numbered_first", [True, False])
def test_a_name_alone_that_another_line_has_with_its_number_means_nobody_known(numbered_first: bool) -> None:
    rows = ["Gap;210500617", "Gap;"] if numbered_first else ["Gap;", "Gap;210500617"]

    lines = the_lines("nom;siren\n" + "\n".join(rows))

    numbered, alone = lines if numbered_first else reversed(lines)
    assert (numbered.refused, alone.refused) == (False, True)
    [remark] = [each for each in alone.remarks if each.refused]
    assert (remark.column, f"Line {numbered.number} has this name too" in remark.reason) == ("name", True)


def test_a_file_of_one_column_holds_names_whatever_is_in_them() -> None:
    lines = the_lines('Organismes en 2017\nnom\nCaisse, Digne\n"Gap, ville"\nA;B\n')

    assert [line.facts["name"] for line in lines] == ["Caisse, Digne", "Gap, ville", "A;B"]


def test_a_line_of_more_cells_than_titles_is_refused_and_nothing_of_it_lost_unseen() -> None:
    lines = the_lines(f"nom,siren,ville\nCaisse, Digne,{DIGNE_SIREN},Digne\nGap,210500617,Gap,,\n")

    assert [line.refused for line in lines] == [True, False]
    assert "More cells than titles" in lines[0].remarks[-1].reason


def test_codes_get_the_zero_back_that_a_spreadsheet_cut() -> None:
    line, abroad = the_lines("nom;insee;cp;siren\nDigne;4070;4000;210400701\nLuxembourg;;1009;\n")

    assert (line.facts["insee_code"], line.address["postal_code"], line.remarks) == ("04070", "04000", [])
    assert (abroad.address["postal_code"], abroad.remarks[0].suggestion) == ("1009", "01009")


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
        read_register(text.encode())


def test_the_encoding_of_older_spreadsheets_is_read() -> None:
    assert read_text("nom\nDépartement".encode("cp1252")) == "nom\nDépartement"
    assert read_text("nom\nDépartement".encode("utf-8-sig")) == "nom\nDépartement"
    assert read_text("nom\nDépartement".encode("utf-16")) == "nom\nDépartement"
    assert read_text("nom\nDépartement".encode("utf-16-le")) == "nom\nDépartement"
    assert read_text("nom\nDépartement".encode("utf-16-be")) == "nom\nDépartement"


def a_spreadsheet(*rows: Sequence[object], before: Sequence[Sequence[object]] = ()) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Lisez-moi").write(0, 0, "Ce classeur contient la liste des organismes")
        sheet = book.add_worksheet("Liste")
        for number, row in enumerate([*before, *rows]):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def test_a_spreadsheet_is_read_whose_identifiers_are_numbers() -> None:
    file = a_spreadsheet(("Nom", "SIRET", "Population"), ("Département", 22040001400019, 164308))

    [line] = read_register(file).lines

    assert line.facts == {"name": "Département", "siret": "22040001400019", "population": 164308}
    assert not line.remarks


def test_the_header_is_found_below_titles_and_on_a_later_sheet() -> None:
    titles = [("Organismes du département",), (), ("Mis à jour en mars",)]
    file = a_spreadsheet(("Nom", "SIREN"), ("Digne", int(DIGNE_SIREN)), before=titles)

    [line] = read_register(file).lines

    assert (line.number, line.facts["siren"]) == (5, DIGNE_SIREN)


def test_a_line_that_names_the_separator_is_passed_over() -> None:
    [line] = the_lines(f"sep=;\nnom;siren\nDigne, ville;{DIGNE_SIREN}\n")

    assert (line.number, line.facts["name"]) == (3, "Digne, ville")


@pytest.mark.parametrize(
    "cell",
    ["2.2040001400019E+13", "2,2040001400019E+13", "22040001400019.0", "220 400 014 00019", "22040001400019,00"],
)
def test_an_identifier_that_lost_no_digit_is_read_through_what_a_spreadsheet_made_of_it(cell: str) -> None:
    [line] = the_lines(f'nom;siret\nDépartement;"{cell}"\n')

    assert (line.facts["siret"].replace(" ", ""), line.remarks) == ("22040001400019", [])


@pytest.mark.parametrize("guarded", ["'22040001400019", '="22040001400019"'])
def test_an_identifier_guarded_against_spreadsheets_is_read(guarded: str) -> None:
    written = guarded.replace('"', '""')

    assert the_lines(f'nom;siret\nDépartement;"{written}"\n')[0].facts["siret"] == "22040001400019"


@pytest.mark.parametrize(
    ("cell", "suggested"),
    [("2.20E+13", None), ("22040001400000", "SIREN 220400014"), ("73282932000000", "SIREN 732829320")],
)
def test_lost_digits_are_told_and_never_guessed(cell: str, suggested: str | None) -> None:
    [remark] = the_remarks(f"nom;siret\nDépartement;{cell}\n")

    assert (remark.column, remark.suggestion, remark.refused) == ("siret", suggested, False)
    assert "digits are lost" in remark.reason


def test_a_legal_category_tells_its_form_and_whether_the_body_is_public() -> None:
    coded, named = the_lines("nom;code catégorie juridique\nAmis des fablabs;9220\nDigne;Commune\n")

    assert (coded.facts["legal_category"], coded.facts["public"]) == ("9220", False)
    assert (named.facts["legal_category"], named.facts["public"]) == ("7210", True)


def test_an_address_and_a_day_are_read_as_people_write_them() -> None:
    [line] = the_lines("nom;adresse;code postal;ville;siret depuis\nDigne;1 rue Haute;04000;Digne;01/02/2017\n")

    assert line.address == {"street": "1 rue Haute", "postal_code": "04000", "town": "Digne"}
    assert line.facts["siret_since"] == date(2017, 2, 1)


def test_what_is_no_rna_and_no_epci_is_left_out_with_a_remark() -> None:
    [line] = the_lines("nom;rna;siren epci\nAmis;W04;200067438\n")

    assert line.facts == {"name": "Amis"}
    assert [remark.column for remark in line.remarks if not remark.refused] == ["rna", "epci_siren", "siren"]


@pytest.mark.parametrize("broken", [b"PK\x03\x04 no folder", b"\xd0\xcf\x11\xe0 no workbook"])
def test_a_spreadsheet_that_cannot_be_read_is_refused(broken: bytes) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_register(broken)


def test_a_spreadsheet_that_unpacks_to_more_than_it_seems_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_extent, "MOST_BYTES_UNPACKED", 1000)

    with pytest.raises(InvalidInput, match="too large"):
        read_register(a_spreadsheet(("nom",), ("Digne",)))


@pytest.mark.parametrize(
    "name", ["Digne\u00a0les\u202fBains", "\ufeffDigne les\u3000Bains", "Di\u00adgne les Ba\u200bins"]
)
def test_spaces_and_marks_that_a_page_leaves_in_a_name_are_read_as_one_types_it(name: str) -> None:
    [line] = the_lines(f"nom;siren\n{name};210\u00a0400\u202f701\n")

    assert (line.facts["name"], line.remarks) == ("Digne les Bains", [])


@pytest.mark.parametrize("column", ["type", "siren", "siret", "rna", "code insee", "population", "ville"])
def test_a_character_that_cannot_be_kept_is_told_at_its_cell(column: str) -> None:
    register = read_register(f"nom;{column};a\x00b\nDigne;a\x00b;\n".encode())

    [remark] = [each for each in register.lines[0].remarks if each.refused]
    assert (remark.line, "several lines" in remark.reason, register.ignored_columns) == (2, True, ["a b"])


def test_a_cell_in_the_last_corner_is_told_before_all_that_lies_between_fills_the_memory() -> None:
    far = io.BytesIO()
    with xlsxwriter.Workbook(far) as book:
        sheet = book.add_worksheet("Liste")
        sheet.write_column(0, 0, ("nom", "Digne"))
        sheet.write(1_048_575, 16_383, "x")

    with pytest.raises(InvalidInput, match="line 1048576, column 16384"):
        read_register(far.getvalue())


@pytest.mark.parametrize("short", [True, False])
def test_a_cell_in_the_last_corner_of_an_old_spreadsheet_is_told_before_any_is_unfolded(
    monkeypatch: pytest.MonkeyPatch, short: bool
) -> None:
    near = {(0, 0): "nom", (1, 0): "Digne"}
    [line] = read_register(an_old_spreadsheet(near, short=short)).lines
    assert (line.number, line.facts) == (2, {"name": "Digne"})

    monkeypatch.setattr(register_rows, "CalamineWorkbook", None)  # nothing is unfolded any more
    with pytest.raises(InvalidInput, match="line 65536, column 256"):
        read_register(an_old_spreadsheet({**near, (65_535, 255): "x"}, short=short))
    with pytest.raises(InvalidInput, match="line 20000, column 200"):
        read_register(an_old_spreadsheet(near, {(19_999, 199): "x"}, {(19_999, 199): "y"}, short=short))


def test_the_sheets_of_an_open_document_are_unfolded_together() -> None:
    far = f"{empty_rows(19_999)}<table:table-row>{'<table:table-cell/>' * 199}{a_cell('x')}</table:table-row>"
    next_one = '</table:table><table:table table:name="Autre">'

    with pytest.raises(InvalidInput, match="line 20000, column 200"):
        read_register(an_open_document(f"{far}{next_one}{far}"))


def test_an_open_document_repeats_its_empty_cells_and_is_read_as_far_as_it_says_something() -> None:
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    rest = f'<table:table-row table:number-rows-repeated="1048570">{empty}</table:table-row>'
    named, digne = (f"<table:table-row>{a_cell(each)}{empty}</table:table-row>" for each in ("nom", "Digne"))

    [line] = read_register(an_open_document(f"{empty_rows(3)}{named}{digne}{rest}")).lines

    assert (line.number, line.facts) == (5, {"name": "Digne"})
    far = f"<table:table-row>{empty}{a_cell('x')}</table:table-row>"
    with pytest.raises(InvalidInput, match="line 1048572, column 16385"):
        read_register(an_open_document(f"{named}{rest}{far}"))


def empty_rows(count: int) -> str:
    return f'<table:table-row table:number-rows-repeated="{count}"><table:table-cell/></table:table-row>'


def a_cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def an_open_document(rows: str) -> bytes:
    kind, names = "application/vnd.oasis.opendocument.spreadsheet", "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{each}="{names}:{each}:1.0"' for each in ("office", "table", "text"))
    table = f'<table:table table:name="Liste">{rows}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("mimetype", kind)
        folder.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>')
        folder.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    return file.getvalue()


def test_a_code_of_a_commune_makes_none_of_whom_one_knows_better() -> None:
    [line] = the_lines("nom;insee\nDigne;04070\n")

    assert line.upon(Sheet(name="Digne", legal_form="Syndicat mixte")).legal_form == "Syndicat mixte"
    assert line.upon(Sheet(name="Digne", insee_code="04070")).legal_form is None


@pytest.mark.parametrize("kept", ["=x", "'=x", "''12", "'t Hof", '="x"', "-", "+33", "@b", "A;B", "12", "1,0"])
def test_a_text_is_what_it_was_after_it_was_guarded_and_read_again(kept: str) -> None:
    for guard in (guarded, as_it_is):
        assert unguarded(guard(kept)) == kept
    assert not guarded(kept).startswith(("=", "+", "-", "@"))


WORDS = st.text("aé=+-@'\"019 ,;|.EW\u00a0’", min_size=1, max_size=12).filter(lambda text: bool(spaced(text)))
SHEETS = st.builds(
    Sheet,
    name=WORDS,
    legal_form=st.none() | WORDS,
    siren=st.sampled_from([None, DIGNE_SIREN, "210400702"]) | WORDS,
    siret=st.sampled_from([None, "21040070100012", "2.20E+13", "123 456"]),
    public=st.booleans(),
    funder=st.booleans(),
    insee_code=st.sampled_from([None, "04070", "2A004"]),
    population=st.none() | st.integers(0, 10**8),
    needs_mandate=st.booleans(),
    legal_category=st.sampled_from([None, "7210", "9220", "7999"]),
    rna=st.sampled_from([None, "W043001234"]),
    epci_siren=st.sampled_from([None, "200067437"]),
    siret_since=st.none() | st.dates(date(1000, 1, 1), TODAY),
    addresses=st.sampled_from([(), (Address(street="'1 rue Haute", postal_code="04000", town="Digne"),)]),
)


@given(SHEETS, st.sampled_from(list(FORMS.values())))
def test_what_was_exported_says_what_was_known_when_it_is_read_again(
    sheet: Sheet, written: Callable[[Iterable[Organisation]], bytes]
) -> None:
    organisation, _ = Organisation.register(new_id(), sheet)

    [line] = read_register(written([organisation])).lines

    assert not [each for each in line.remarks if each.refused]
    assert not organisation.differs(line.upon(organisation.sheet))


@given(st.binary(max_size=300))
def test_whatever_the_file_holds_it_is_read_or_refused(file: bytes) -> None:
    with suppress(InvalidInput):
        read_register(b"nom;siret\n" + file)


def test_a_file_holds_the_characters_that_any_request_may_hold_and_no_others() -> None:
    said = [f"a{chr(code)}" for code in range(0x2100)]

    assert [each for each in said if (legible(each) == each) is not taken(each)] == []


def taken(text: str) -> bool:
    try:
        Readable()(text)
    except ValidationError:
        return False
    return True


def test_an_address_is_said_of_the_first_seat_and_every_other_one_stays_in_its_place() -> None:
    [line] = the_lines("nom,ville\nDigne,Digne-les-Bains\n")
    letters, seat = Address(use=AddressUse.LETTERS, town="Aix"), Address(street="1 place", town="Digne")
    second = Address(town="Barrême")

    sheet = line.upon(Sheet(name="Digne", addresses=(letters, seat, second)))

    assert sheet.addresses == (letters, Address(street="1 place", town="Digne-les-Bains"), second)
