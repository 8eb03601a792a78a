"""A table of cells as people have it: CSV in several encodings and separators, or a spreadsheet of several programs."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from chassis.errors import InvalidInput
from services.partners.domain.register_extent import ensure_it_unfolds, ensure_its_records_unfold

Row = tuple[int, list[str]]
"""The number of a line in its file, from 1, and its cells."""

DELIMITERS = ",;\t|"
UNDIVIDED = "\x1f"
"""What separates the cells of a text in one column: it holds none."""
MOST_LINES = 100_000

_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def read_tables(file: bytes) -> Iterator[Iterator[Row]]:
    """Give the tables that a file may be, row by row: each sheet of a spreadsheet, or a text undivided and divided.

    Names may hold what separates cells elsewhere: whose titles are one cell each way, that is a text of one column.
    Raises InvalidInput for a spreadsheet that cannot be read, and for a file too long.
    """
    if file.startswith((_ZIP, _COMPOUND)):
        return _sheets(file)
    return _csv_tables(read_text(file))


def read_text(file: bytes) -> str:
    """Give the text of a file: as its mark says, else UTF-16 or UTF-8, else what older Western programs write."""
    marked = next((encoding for mark, encoding in _MARKS.items() if file.startswith(mark)), None)
    try:
        return file.decode(marked or _unmarked(file)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return file.decode("cp1252", errors="replace")


def _unmarked(file: bytes) -> str:
    """Give the encoding of a text without a mark: in UTF-16 the first or the second byte of most letters is zero."""
    zeros = Counter(place % 2 for place, byte in enumerate(file[:1000]) if byte == 0)
    most = len(file[:1000]) / 3
    return "utf-16-be" if zeros[0] > most else "utf-16-le" if zeros[1] > most else "utf-8"


def _csv_tables(text: str) -> Iterator[Iterator[Row]]:
    yield _rows(text, UNDIVIDED, before=0)
    if text[:4].lower() == "sep=":  # a line that Excel reads and does not show
        named, _, rest = text.partition("\n")
        yield _rows(rest, named[4:5] or ",", before=1)
    else:
        yield from (_rows(text, delimiter, before=0) for delimiter in _delimiters(text))


def _rows(text: str, delimiter: str, *, before: int) -> Iterator[Row]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 1 + before
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            raise InvalidInput(f"Line {number} is not CSV: {error}.") from error
        if cells is None:
            return
        _ensure_it_ends(number)
        yield number, [cell.strip() for cell in cells]
        number = rows.line_num + 1 + before


def _delimiters(text: str) -> list[str]:
    """Give separators, first that which most of the first lines have equally often: in names it comes by chance."""
    first = text.split("\n", 20)[:20]

    def regular(delimiter: str) -> tuple[int, int]:
        counts = Counter(count for line in first if (count := line.count(delimiter)))
        count, lines = counts.most_common(1)[0] if counts else (0, 0)
        return lines, count

    return sorted(DELIMITERS, key=regular, reverse=True)


def _sheets(file: bytes) -> Iterator[Iterator[Row]]:
    try:
        if file.startswith(_ZIP):
            ensure_it_unfolds(file)
        else:
            ensure_its_records_unfold(file)
        book = CalamineWorkbook.from_filelike(io.BytesIO(file))
        for name in book.sheet_names:
            yield _sheet_rows(book.get_sheet_by_name(name).iter_rows())
    except (CalamineError, zipfile.BadZipFile) as error:
        raise InvalidInput(f"This spreadsheet cannot be read ({error}): save it again, or as CSV.") from error


def _sheet_rows(rows: Iterable[list[Any]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=1):
        _ensure_it_ends(number)
        yield number, [_written(cell) for cell in cells]


def _written(cell: Any) -> str:
    """Write a cell as a person would: a whole number without a decimal point, a truth as a word."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    text = str(cell).strip()
    return text if isinstance(cell, str) else text.removesuffix(".0")


def _ensure_it_ends(number: int) -> None:
    if number > MOST_LINES:
        raise InvalidInput(f"The file has more than {MOST_LINES} lines: cut it into several.")
