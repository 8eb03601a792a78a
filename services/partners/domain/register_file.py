"""A file of organisations as people have it: French or English columns, numbers that a spreadsheet spoilt."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from xlsxwriter.utility import xl_col_to_name

from chassis.errors import InvalidInput
from services.partners.domain.address import Address, AddressUse
from services.partners.domain.folding import fold, legible, spaced
from services.partners.domain.identifiers import RNA, as_typed, digits_lost, read_identifiers, suggestion, valid
from services.partners.domain.legal_category import LABELS, public_by_law
from services.partners.domain.organisation import Sheet
from services.partners.domain.register_cells import unguarded
from services.partners.domain.register_rows import DELIMITERS, Row, read_tables

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "nom", "denomination", "raison sociale", "libelle", "organisation", "organisme"),
    "siren": ("siren", "numero siren", "n siren", "siren number"),
    "siret": ("siret", "numero siret", "n siret", "siret number"),
    "legal_form": ("legal form", "type", "forme juridique", "categorie juridique", "nature juridique"),
    "insee_code": ("insee", "insee code", "code insee", "code commune"),
    "population": ("population", "population totale", "population municipale", "habitants"),
    "public": ("public", "organisme public", "secteur public"),
    "funder": ("funder", "financeur", "attribuant"),
    "needs_mandate": ("needs mandate", "soumis a deliberation", "delibere"),
    "legal_category": (
        "legal category",
        "code categorie juridique",
        "code juridique",
        "code insee categorie juridique",
    ),
    "rna": ("rna", "numero rna", "n rna", "waldec"),
    "epci_siren": ("epci siren", "siren epci", "epci"),
    "siret_since": ("siret since", "siret depuis", "siret depuis le"),
    "street": ("street", "adresse", "voie", "rue"),
    "postal_code": ("postal code", "code postal", "cp"),
    "town": ("town", "ville", "localite"),
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

ADDRESS_COLUMNS = ("street", "postal_code", "town")
FRENCH_NUMBERS = ("siren", "siret", "rna", "insee_code")
HEADER_WITHIN = 20
"""Titles may stand above the table: the header is looked for in so many lines."""

LONGEST = 300


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
    """One organisation of the file: only what the line says; `address` is what it says of the seat's.

    `namesakes` tells that other lines have its name: then its name alone does not say whom it means.
    """

    number: int
    namesakes: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    address: dict[str, Any] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def upon(self, known: Sheet | None) -> Sheet:
        """Give what is known, with what the line says in its place.

        Whoever has a commune's code is one, where nobody has said what it is.
        """
        base = known or Sheet(name="")
        sheet = replace(base, **self.facts, addresses=self._addresses_upon(base.addresses))
        if sheet.insee_code and not (base.insee_code or sheet.legal_form or sheet.legal_category):
            return replace(sheet, legal_form="Commune")
        return sheet

    def _addresses_upon(self, known: tuple[Address, ...]) -> tuple[Address, ...]:
        """Give the addresses with what the line says of the first seat's; the others stay, each in its place."""
        if not self.address:
            return known
        at = next((place for place, each in enumerate(known) if each.use is AddressUse.SEAT), None)
        if at is None:
            return (Address(**self.address), *known)
        return (*known[:at], replace(known[at], **self.address), *known[at + 1 :])

    @property
    def siren(self) -> str | None:
        """Its SIREN where it is valid; a valid SIRET implies it."""
        return read_identifiers(self.facts.get("siren"), self.facts.get("siret")).siren

    @property
    def rna(self) -> str | None:
        """Its RNA number."""
        return self.facts.get("rna")

    @property
    def folded_name(self) -> str:
        """Its name in the form in which names are compared."""
        return fold(self.facts.get("name", ""))

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
    """The file as understood; `spoken_of` holds, while it is imported, on which line it first says what of whom."""

    lines: list[RegisterLine]
    ignored_columns: list[str]
    spoken_of: dict[UUID, int] = field(default_factory=dict)


def read_register(file: bytes, *, today: date) -> RegisterFile:
    """Read a register, whichever program wrote it; the first line that has a column of names is the header.

    No office has moved after `today`. Raises InvalidInput where no line among the first has such a column, a column is
    given twice, or the file cannot be read.
    """
    for rows in read_tables(file):
        for _, header in islice(rows, HEADER_WITHIN):
            names = {position: _column(title) for position, title in enumerate(header)}
            if "name" in names.values():
                return _register(rows, header, names, today)
    raise InvalidInput(f"No column holds the names: call it one of {', '.join(COLUMNS['name'])}.")


def _register(rows: Iterator[Row], header: list[str], names: Mapping[int, str | None], today: date) -> RegisterFile:
    known = [name for name in names.values() if name]
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise InvalidInput(f"Several columns hold the {twice[0]}: keep one of them.")
    ignored = [legible(title)[:LONGEST] for position, title in enumerate(header) if title and not names[position]]
    untitled: set[int] = set()
    lines = list(_lines(rows, names, header, untitled))
    ignored += [f"({xl_col_to_name(position)})" for position in sorted(untitled)]
    for line in lines:
        _check_day(line, today)
    _check_once(lines)
    return RegisterFile(lines=lines, ignored_columns=ignored)


def _column(title: str) -> str | None:
    if any(each in title for each in DELIMITERS):
        return None
    return next((name for name, titles in COLUMNS.items() if fold(title.replace("°", " ")) in titles), None)


def _lines(
    rows: Iterator[Row], names: Mapping[int, str | None], header: Sequence[str], untitled: set[int]
) -> Iterator[RegisterLine]:
    """Read line after line; `untitled` takes in which columns hold something under no title."""
    for number, cells in rows:
        untitled |= {position for position, title in enumerate(header[: len(cells)]) if cells[position] and not title}
        given = {name: unguarded(spaced(cell)) for position, cell in enumerate(cells) if (name := names.get(position))}
        if any(cells):
            line = _line(RegisterLine(number=number), given)
            if any(cells[len(header) :]):
                line.remark(
                    "name", "More cells than titles: put quotes around a name that holds the separator.", refused=True
                )
            yield line


def _line(line: RegisterLine, given: Mapping[str, str]) -> RegisterLine:
    if not given.get("name"):
        line.remark("name", "The name is missing.", refused=True)
    elif _TOTAL.fullmatch(fold(given["name"])) and not any(given.get(each) for each in ("siren", "siret", "rna")):
        out = "Take the line out, or give its SIREN."
        line.remark("name", "It reads as a total, not as an organisation.", suggestion=out, refused=True)
    for column, text in given.items():
        if len(text) > LONGEST or legible(text) != text:
            line.remark(column, f"Longer than {LONGEST} characters, or on several lines.", refused=True)
        elif text:
            _READERS.get(column, _text)(line, column, text)
    _restore_zeros(line)
    line.address = {name: line.facts.pop(name) for name in ADDRESS_COLUMNS if name in line.facts}
    _check_identifiers(line)
    return line


def _restore_zeros(line: RegisterLine) -> None:
    """Give codes of communes and French postal codes the zero that a spreadsheet cut: they have five digits.

    Postal codes abroad may have four; whoever has a French number has a French one.
    """
    french = any(line.facts.get(each) for each in FRENCH_NUMBERS)
    for column in ("insee_code", "postal_code"):
        code = line.facts.get(column, "")
        if len(code) == 4 and code.isascii() and code.isdigit():
            whole = code.zfill(5)
            if french:
                line.facts[column] = whole
            else:
                line.remark(column, "It has four digits, as abroad: kept as it came.", suggestion=whole)


def _text(line: RegisterLine, column: str, text: str) -> None:
    line.facts[column] = text


def _identifier(line: RegisterLine, column: str, text: str) -> None:
    """Read an identifier through what a spreadsheet made of it, where nothing of it was lost."""
    number = as_typed(text)
    line.facts[column] = number if len(number) in (9, 14) else text


def _rna(line: RegisterLine, column: str, text: str) -> None:
    number = "".join(text.upper().split())
    if RNA.fullmatch(number):
        line.facts[column] = number
    else:
        line.remark(column, f"“{text}” is not an RNA number: left out.", suggestion="W and nine digits, as W043001234.")


def _legal_category(line: RegisterLine, column: str, text: str) -> None:
    code = text.strip()
    if len(code) == 4 and code.isascii() and code.isdigit():
        line.facts[column] = code
        line.facts.setdefault("public", public_by_law(code))
    elif fold(code) in _CODES_BY_LABEL:
        line.facts[column] = _CODES_BY_LABEL[fold(code)]
        line.facts.setdefault("public", public_by_law(line.facts[column]))
    else:
        _legal_form(line, "legal_form", code)


def _day(line: RegisterLine, column: str, text: str) -> None:
    found = _DAY.fullmatch(text.partition(" ")[0])
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (found["y"], found["m"], found["d"]) if found["y"] else (found["Y"], found["M"], found["D"])
        line.facts[column] = date(int(year), int(month), int(day))
    except ValueError:
        meant = _counted_day(text)
        line.remark(column, f"“{text}” is not a day.", suggestion=meant or HOW_TO_WRITE_A_DAY, refused=True)


def _counted_day(text: str) -> str | None:
    """Give the day that a spreadsheet's number may mean; only suggested, since some count from 1904."""
    return (BEFORE_DAY_ONE + timedelta(days=int(text))).isoformat() if _COUNTED_DAY.fullmatch(text) else None


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


_DAY = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:T.*)?|(?P<D>\d{1,2})[-/.](?P<M>\d{1,2})[-/.](?P<Y>\d{4})"
)
_COUNTED_DAY = re.compile("[2-6][0-9]{4}", re.ASCII)
HOW_TO_WRITE_A_DAY = "Write 2024-01-31 or 31/01/2024."
BEFORE_DAY_ONE = date(1899, 12, 30)
"""From which spreadsheets count days, for those after February 1900."""
_TOTAL = re.compile("(sous |grand )?(total|totaux)( general)?( [0-9].*)?")
_CODES_BY_LABEL = {fold(label): code for code, label in LABELS.items()}

_READERS: Mapping[str, Callable[[RegisterLine, str, str], None]] = {
    "siren": _identifier,
    "siret": _identifier,
    "epci_siren": _identifier,
    "rna": _rna,
    "legal_category": _legal_category,
    "siret_since": _day,
    "legal_form": _legal_form,
    "needs_mandate": _truth,
    "population": _whole_number,
    "public": _truth,
    "funder": _truth,
}


def _check_identifiers(line: RegisterLine) -> None:
    siren, siret = line.facts.get("siren"), line.facts.get("siret")
    if (epci := line.facts.get("epci_siren")) and not valid(epci, length=9):
        line.facts.pop("epci_siren")
        line.remark("epci_siren", "Not a SIREN: left out.", suggestion=suggestion(epci, length=9))
    flag = read_identifiers(siren, siret).flag
    if flag is None:
        return
    column, length = ("siret", 14) if siret and flag != "siren_invalid" else ("siren", 9)
    typed = line.facts.get(column)
    line.remark(column, _reason(flag, typed), suggestion=suggestion(typed, length=length) if typed else None)


def _reason(flag: str, typed: str | None) -> str:
    return CUT if typed and digits_lost(typed) else REASONS[flag]


CUT = "A spreadsheet took it for a number and its last digits are lost: kept as it came, to be corrected."
REASONS: Mapping[str, str] = {
    "missing": "No SIREN: kept, and unable to sign until it is known.",
    "siren_invalid": "Not a SIREN: kept as typed, unable to sign until it is corrected.",
    "siret_invalid": "Not a SIRET: kept as typed; to be corrected before a payment.",
    "siren_and_siret_differ": "The SIRET belongs to another SIREN: both kept as typed, unable to sign until corrected.",
}


def _check_day(line: RegisterLine, today: date) -> None:
    if line.facts.get("siret_since", today) > today:
        line.remark("siret_since", "It lies in the future.", refused=True)


def _check_once(lines: Sequence[RegisterLine]) -> None:
    """Refuse whom the file names twice: by a number, or by a name alone that other lines have too."""
    seen: dict[tuple[str, str], int] = {}
    numbered = {line.folded_name: line.number for line in reversed(lines) if line.siren or line.rna}
    names = [line.folded_name for line in lines]
    often = Counter(names)
    for line, name in zip(lines, names, strict=True):
        line.namesakes = often[name] > 1
        numbers = [(column, number) for column, number in (("siren", line.siren), ("rna", line.rna)) if number]
        named = [] if name in numbered else [("name", name)]
        for column, value in numbers or named:
            first = seen.setdefault((column, value), line.number)
            if first != line.number and not line.refused:
                line.remark(column, f"Already on line {first}.", suggestion="Keep one.", refused=True)
        if not numbers and not named and not line.refused:
            line.remark(
                "name",
                f"Line {numbered[name]} has this name too, and a number: whom this one means is not known.",
                suggestion="Give its SIREN or its RNA number.",
                refused=True,
            )
