"""The register as a file that people open and an import reads again; no cell of it is a formula."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import xlsxwriter

from services.partners.domain.address import Address, AddressUse
from services.partners.domain.organisation import Organisation
from services.partners.domain.register_cells import as_it_is, guarded

COLUMNS: Mapping[str, Callable[[Organisation], Any]] = {
    "nom": lambda each: each.name,
    "forme juridique": lambda each: each.legal_form,
    "code catégorie juridique": lambda each: each.legal_category,
    "SIREN": lambda each: each.siren or each.typed_siren,
    "SIRET": lambda each: each.siret or each.typed_siret,
    "SIRET depuis": lambda each: each.siret_since,
    "RNA": lambda each: each.rna,
    "organisme public": lambda each: each.public,
    "financeur": lambda each: each.funder,
    "soumis à délibération": lambda each: each.needs_mandate,
    "code INSEE": lambda each: each.insee_code,
    "population": lambda each: each.population,
    "SIREN EPCI": lambda each: each.epci_siren,
    "adresse": lambda each: _seat(each).street,
    "code postal": lambda each: _seat(each).postal_code,
    "ville": lambda each: _seat(each).town,
}
"""What others may know of an organisation, under the names that an import reads."""

_NOWHERE = Address()


def as_csv(organisations: Iterable[Organisation]) -> bytes:
    """Write a CSV file in UTF-8 with a mark, as spreadsheets want it; a cell that would be a formula is guarded."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";")
    rows.writerow(COLUMNS)
    rows.writerows([guarded(cell) for cell in _cells(each)] for each in organisations)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(organisations: Iterable[Organisation]) -> bytes:
    """Write a spreadsheet whose cells are all texts, so that no digit is lost; one row at a time is in memory."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Organisations")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 45)
        sheet.set_column(1, len(COLUMNS) - 1, 18)
        heading = book.add_format({"bold": True})
        for place, title in enumerate(COLUMNS):
            sheet.write_string(0, place, title, heading)
        for number, each in enumerate(organisations, start=1):
            for place, cell in enumerate(_cells(each)):
                sheet.write_string(number, place, as_it_is(cell))
    return file.getvalue()


FORMS: Mapping[str, Callable[[Iterable[Organisation]], bytes]] = {"csv": as_csv, "xlsx": as_xlsx}
MIME_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _cells(organisation: Organisation) -> list[str]:
    return [_written(read(organisation)) for read in COLUMNS.values()]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "" if value is None else str(value)


def _seat(organisation: Organisation) -> Address:
    return next((each for each in organisation.addresses if each.use is AddressUse.SEAT), _NOWHERE)
