"""How far a spreadsheet reaches, read before it is unfolded: one cell in a corner unfolds to all that lie before."""

import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from xml.parsers.expat import ExpatError, ParserCreate

from chassis.errors import InvalidInput
from services.partners.domain.register_records import extents

MOST_CELLS = 5_000_000
MOST_BYTES_UNPACKED = 50_000_000
"""A spreadsheet is a compressed folder: a small one may unpack to more than the machine holds."""

_PLACE = re.compile("([A-Z]*)([0-9]*)")


def ensure_it_unfolds(file: bytes) -> None:
    """Refuse a spreadsheet that is more than the machine holds, unpacked or with the empty cells between its own.

    Raises InvalidInput, BadZipFile.
    """
    with zipfile.ZipFile(io.BytesIO(file)) as folder:
        if sum(each.file_size for each in folder.infolist()) > MOST_BYTES_UNPACKED:
            raise InvalidInput("This spreadsheet is too large: cut it into several files, or save it as CSV.")
        if "xl/workbook.bin" in folder.namelist():
            raise InvalidInput("This spreadsheet cannot be read (it is a binary one): save it again, or as CSV.")
        for name in folder.namelist():
            if name == "content.xml" or "sheet" in name:
                _ensure_the_cells_are_near(_tables(folder.read(name)))


def ensure_its_records_unfold(file: bytes) -> None:
    """Refuse an old spreadsheet (.xls) whose sheets, which are read all at once, reach too far.

    Raises InvalidInput.
    """
    reaches: list[tuple[int, int]] = []
    with suppress(struct.error):  # what is broken is for the spreadsheet's reader
        reaches.extend(extents(file))
    _ensure_the_cells_are_near(reaches)


def _ensure_the_cells_are_near(reaches: Sequence[tuple[int, int]]) -> None:
    """Refuse tables that are unfolded together, by their lines and columns, where they are too many cells."""
    if sum(lines * columns for lines, columns in reaches) > MOST_CELLS:
        lines, columns = max(reaches, key=lambda reach: reach[0] * reach[1])
        raise InvalidInput(
            f"A cell as far as line {lines}, column {columns} holds something: "
            "clear what lies outside of the table, or save it as CSV."
        )


def _tables(sheet: bytes) -> list[tuple[int, int]]:
    extent, parser = _Extent(), ParserCreate()
    parser.StartElementHandler = extent.begin
    with suppress(ExpatError, ValueError):  # what is no sheet, or a broken one, is for the spreadsheet's reader
        parser.Parse(sheet, True)
    return [*extent.before, (extent.lines, extent.columns)]


class _Extent:
    """The last line and the last column of a sheet in which a cell holds something, as its elements come.

    Office Open XML names a place or goes on to the next one; OpenDocument repeats a cell or a line so many times, and
    has its sheets one after the other: `before` holds those that are over.
    """

    def __init__(self) -> None:
        self.before: list[tuple[int, int]] = []
        self.lines = self.columns = 0
        self._line = self._column = 0

    def begin(self, element: str, said: Mapping[str, str]) -> None:
        """Take in one more element."""
        match element.rpartition(":")[2]:
            case "table":
                self.before.append((self.lines, self.columns))
                self.lines = self.columns = self._line = 0
            case "row":
                self._line, self._column = int(said["r"]) if "r" in said else self._line + 1, 0
            case "c":
                self._go_to(said.get("r", ""))
            case "table-row":
                self._line, self._column = self._line + int(said.get("table:number-rows-repeated", 1)), 0
            case "table-cell" | "covered-table-cell":
                self._column += int(said.get("table:number-columns-repeated", 1))
            case "v" | "is" | "f" | "p":
                self.lines, self.columns = max(self.lines, self._line), max(self.columns, self._column)

    def _go_to(self, place: str) -> None:
        letters, digits = found.groups() if (found := _PLACE.fullmatch(place)) else ("", "")
        self._line = int(digits) if digits else self._line
        self._column = _number_of(letters) if letters else self._column + 1


def _number_of(letters: str) -> int:
    number = 0
    for each in letters:
        number = 26 * number + ord(each) - ord("A") + 1
    return number
