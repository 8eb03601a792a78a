"""An old spreadsheet (.xls), which programs read whole at once: where its cells lie, read record by record before.

It is a compound file ([MS-CFB]), a small disk of sectors chained by a table, in which a stream of records is the
workbook ([MS-XLS]). What is broken in it is for the spreadsheet's reader to tell.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from struct import iter_unpack, unpack_from

_NO_SECTOR = 0xFFFFFFFA
"""From this number on it names no sector."""
_LONG_SECTORS, _SMALL, _ENTRY, _ROOT = 4, 64, 128, 5
"""The version with long sectors, the octets of a small one and of an entry of the directory, the kind of its first."""

_END, _PASSWORD, _SHEET, _SEVERAL, _DIMENSIONS = 0x0A, 0x2F, 0x85, 0xBD, 0x200
_CELLS = frozenset({0x06, _SEVERAL, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x27E})
"""A formula, several numbers, four kinds of text or number, a truth, a short number: each begins with its place."""
_MOST_LINES, _MOST_COLUMNS = 65_536, 256


def extents(file: bytes) -> Iterator[tuple[int, int]]:
    """Give how many lines and columns each sheet reaches; nothing of one under a password.

    Raises struct.error for what ends too early.
    """
    for stream in _Compound(file).streams("workbook", "book"):
        records = list(_records(stream, 0))
        if any(kind == _PASSWORD for kind, _ in records):
            continue
        starts = [unpack_from("<I", said)[0] for kind, said in records if kind == _SHEET]
        reach = {start: _reach(stream, start) for start in set(starts)}
        yield from (reach[start] for start in starts)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Give the records from a place to the end of the part that begins there."""
    kind = None
    while kind != _END and at + 4 <= len(stream):
        kind, length = unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _reach(stream: bytes, start: int) -> tuple[int, int]:
    lines = columns = 0
    for kind, said in _records(stream, start):
        if kind in _CELLS:
            line, column = unpack_from("<HH", said)
            if kind == _SEVERAL:
                (column,) = unpack_from("<H", said, len(said) - 2)
            lines, columns = max(lines, line + 1), max(columns, column + 1)
        elif kind == _DIMENSIONS and len(said) >= 14:
            _, last_line, _, last_column = unpack_from("<IIHH", said)
            if (
                last_line > _MOST_LINES or last_column > _MOST_COLUMNS
            ):  # no program writes it, and some make room for it
                lines, columns = max(lines, last_line), max(columns, last_column)
    return lines, columns


@dataclass(frozen=True)
class _Compound:
    """A compound file: sectors, and small ones inside the stream of its root for whatever is short."""

    file: bytes

    def streams(self, *names: str) -> list[bytes]:
        """Give the streams that have one of these names, whatever the case."""
        (cutoff,) = unpack_from("<I", self.file, 56)
        found = []
        for entry in self._entries:
            (length,) = unpack_from("<H", entry, 64)
            if entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace").lower() in names:
                start, size = unpack_from("<II", entry, 116)
                found.append((self._small(start) if size < cutoff else self._chained(start))[:size])
        return found

    @cached_property
    def _entries(self) -> list[bytes]:
        (start,) = unpack_from("<I", self.file, 48)
        directory = self._chained(start)
        return [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]

    @cached_property
    def _size(self) -> int:
        return 4096 if unpack_from("<H", self.file, 26)[0] == _LONG_SECTORS else 512

    @cached_property
    def _following(self) -> list[int]:
        """Which sector follows each; the sectors of this table are named in the header, then in a chain of its own."""
        places = list(unpack_from("<109I", self.file, 76))
        (more,) = unpack_from("<I", self.file, 68)
        while more < _NO_SECTOR and len(places) * 4 < len(self.file):
            named = _numbers(self._sector(more))
            if not named:
                break
            places += named[:-1]
            more = named[-1]
        table = b"".join(self._sector(place) for place in dict.fromkeys(places) if place < _NO_SECTOR)
        return _numbers(table)[: len(self.file) // self._size]

    def _sector(self, number: int) -> bytes:
        return self.file[(number + 1) * self._size : (number + 2) * self._size]

    def _chained(self, start: int) -> bytes:
        return _chain(start, self._following, self._sector)

    def _small(self, start: int) -> bytes:
        (table,) = unpack_from("<I", self.file, 60)
        root = next((entry for entry in self._entries if entry[66] == _ROOT), bytes(_ENTRY))
        kept = self._chained(unpack_from("<I", root, 116)[0])
        following = _numbers(self._chained(table))[: len(kept) // _SMALL]
        return _chain(start, following, lambda number: kept[number * _SMALL : (number + 1) * _SMALL])


def _numbers(sector: bytes) -> list[int]:
    return [number for (number,) in iter_unpack("<I", sector[: len(sector) // 4 * 4])]


def _chain(start: int, following: Sequence[int], read: Callable[[int], bytes]) -> bytes:
    """Give what is chained from a sector on; a chain that bites its tail ends after as many as there are."""
    number = start
    parts: list[bytes] = []
    while number < len(following) and len(parts) < len(following):
        parts.append(read(number))
        number = following[number]
    return b"".join(parts)
