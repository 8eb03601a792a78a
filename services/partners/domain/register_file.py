"""A CSV file of organisations as people have it: French or English columns, several separators."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import InvalidInput
from services.partners.domain.folding import fold
from services.partners.domain.identifiers import read_identifiers, suggestion

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "nom", "denomination", "raison sociale", "libelle", "organisation", "organisme"),
    "siren": ("siren", "numero siren", "n siren", "siren number"),
    "siret": ("siret", "numero siret", "n siret", "siret number"),
    "legal_form": ("legal form", "type", "forme juridique", "categorie juridique", "nature juridique"),
    "insee_code": ("insee", "insee code", "code insee", "code commune"),
    "population": ("population", "population totale", "population municipale", "habitants"),
    "public": ("public", "organisme public", "secteur public"),
    "funder": ("funder", "financeur", "attribuant"),
}
"""What each column may be called, in folded form."""

LEGAL_FORMS: Mapping[str, str] = {
    "CC": "Communauté de communes",
    "CA": "Communauté d’agglomération",
    "CU": "Communauté urbaine",
    "METRO": "Métropole",
    "MET69": "Métropole",
}
"""The forms of inter-municipal bodies as INSEE abbreviates them."""

YES = frozenset({"oui", "o", "yes", "y", "true", "vrai", "1", "x", "public"})
NO = frozenset({"non", "n", "no", "false", "faux", "0", "prive", "private"})

DELIMITERS = ",;\t|"


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What is wrong with one cell of one line, and what may be meant; a refused line is not imported."""

    line: int
    column: str
    reason: str
    suggestion: str | None = None
    refused: bool = False


@dataclass(kw_only=True)
class RegisterLine:
    """One organisation of the file: only what the line says."""

    number: int
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether the line cannot be imported."""
        return any(each.refused for each in self.remarks)

    def remark(self, column: str, reason: str, *, suggestion: str | None = None, refused: bool = False) -> None:
        """Keep what is wrong with a cell of this line."""
        self.remarks.append(
            Remark(line=self.number, column=column, reason=reason, suggestion=suggestion, refused=refused)
        )


@dataclass(frozen=True, kw_only=True)
class RegisterFile:
    """The file as understood."""

    lines: list[RegisterLine]
    ignored_columns: list[str]


def read_text(file: bytes) -> str:
    """Give the text of a file in UTF-8, or in the Western encoding that older spreadsheets write."""
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", errors="replace")


def read_register(text: str) -> RegisterFile:
    """Read a register; the first line names the columns.

    Raises InvalidInput where there is no such line, no column of names, or a column given twice.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    header = next(rows, [])
    names = {position: _column(title) for position, title in enumerate(header)}
    known = [name for name in names.values() if name]
    if "name" not in known:
        raise InvalidInput(f"No column holds the names: call it one of {', '.join(COLUMNS['name'])}.")
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise InvalidInput(f"Several columns hold the {twice[0]}: keep one of them.")
    ignored = [title for position, title in enumerate(header) if title.strip() and not names[position]]
    return RegisterFile(lines=list(_lines(rows, names)), ignored_columns=ignored)


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _column(title: str) -> str | None:
    return next((name for name, titles in COLUMNS.items() if fold(title.replace("°", " ")) in titles), None)


def _lines(rows: Iterator[list[str]], names: Mapping[int, str | None]) -> Iterator[RegisterLine]:
    seen: dict[str, int] = {}
    number = 2  # the line the next record starts on, after the header's
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            raise InvalidInput(f"Line {number} is not CSV: {error}.") from error
        if cells is None:
            return
        given = {name: cell.strip() for position, cell in enumerate(cells) if (name := names.get(position))}
        if any(cell.strip() for cell in cells):
            yield _line(RegisterLine(number=number), given, seen)
        number = rows.line_num + 1  # type: ignore[attr-defined]  # csv's reader has it, Iterator does not


def _line(line: RegisterLine, given: Mapping[str, str], seen: dict[str, int]) -> RegisterLine:
    if not given.get("name"):
        line.remark("name", "The name is missing.", refused=True)
    for column, text in given.items():
        if text:
            _READERS.get(column, _text)(line, column, text)
    if line.facts.get("insee_code"):
        line.facts.setdefault("legal_form", "Commune")
    _check_identifiers(line)
    _check_once(line, seen)
    return line


def _text(line: RegisterLine, column: str, text: str) -> None:
    line.facts[column] = text


def _legal_form(line: RegisterLine, column: str, text: str) -> None:
    line.facts[column] = LEGAL_FORMS.get(text.upper(), text)


def _whole_number(line: RegisterLine, column: str, text: str) -> None:
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        line.facts[column] = int(digits)
    else:
        line.remark(column, f"“{text}” is not a whole number.", suggestion="Write digits alone.", refused=True)


def _truth(line: RegisterLine, column: str, text: str) -> None:
    word = fold(text)
    if word in YES | NO:
        line.facts[column] = word in YES
    else:
        line.remark(column, f"“{text}” is neither yes nor no.", suggestion="oui or non", refused=True)


_READERS: Mapping[str, Callable[[RegisterLine, str, str], None]] = {
    "legal_form": _legal_form,
    "population": _whole_number,
    "public": _truth,
    "funder": _truth,
}


def _check_identifiers(line: RegisterLine) -> None:
    siren, siret = line.facts.get("siren"), line.facts.get("siret")
    flag = read_identifiers(siren, siret).flag
    if flag is None:
        return
    column, length = ("siret", 14) if siret and flag != "siren_invalid" else ("siren", 9)
    typed = line.facts.get(column)
    line.remark(column, REASONS[flag], suggestion=suggestion(typed, length=length) if typed else None)


REASONS: Mapping[str, str] = {
    "missing": "No SIREN: kept, and unable to sign until it is known.",
    "siren_invalid": "Not a SIREN: kept as typed, unable to sign until it is corrected.",
    "siret_invalid": "Not a SIRET: kept as typed; to be corrected before a payment.",
    "siren_and_siret_differ": "The SIRET belongs to another SIREN: both kept as typed, unable to sign until corrected.",
}


def _check_once(line: RegisterLine, seen: dict[str, int]) -> None:
    siren = read_identifiers(line.facts.get("siren"), line.facts.get("siret")).siren
    key = siren or fold(line.facts.get("name", ""))
    first = seen.setdefault(key, line.number)
    if first != line.number and not line.refused:
        line.remark("siren" if siren else "name", f"Already on line {first}.", suggestion="Keep one.", refused=True)
