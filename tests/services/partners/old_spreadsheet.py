"""A workbook as programs wrote it until 2007 (.xls), which no library of ours writes."""

from collections.abc import Mapping
from struct import pack


def an_old_spreadsheet(*sheets: Mapping[tuple[int, int], str], short: bool) -> bytes:
    """Write a workbook of texts as Excel 97 did ([MS-XLS]); a short one lies in the small sectors of its file."""
    begin = [pack("<HH6H", 0x809, 12, 0x600, kind, 0, 0, 0, 0) for kind in (0x05, 0x10)]
    end, names = pack("<HH", 0x0A, 0), [f"S{number}".encode() for number in range(len(sheets))]
    parts = [
        begin[1]
        + b"".join(
            pack("<HHHHHHB", 0x204, 9 + len(text), *place, 0, len(text), 0) + text.encode()
            for place, text in sheet.items()
        )
        + end
        for sheet in sheets
    ]
    start = len(begin[0]) + sum(12 + len(name) for name in names) + len(end)
    listed = b""
    for name, part in zip(names, parts, strict=True):
        listed += pack("<HHIHBB", 0x85, 8 + len(name), start, 0, len(name), 0) + name
        start += len(part)
    return a_compound_file(begin[0] + listed + end + b"".join(parts), short=short)


def a_compound_file(stream: bytes, *, short: bool) -> bytes:
    """Put a stream into a file of sectors ([MS-CFB]): table, directory, and the stream, whole or in small sectors."""
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    stream = stream.ljust(2048 if short else 4096, b"\0")
    count = len(stream) // 512
    chained = [*range(3, 2 + count), end]  # from the third sector on
    small = [*range(1, len(stream) // 64), end] if short else []
    table = [0xFFFFFFFD, end, *chained, *([end] if short else [])]
    entries = [("Root Entry", 5, 2 if short else end, len(stream) if short else 0)]
    entries.append(("Workbook", 2, 0 if short else 2, len(stream)))
    directory = b"".join(
        pack(
            "<64sHBB3I36xIQ",
            f"{name}\0".encode("utf-16-le"),
            2 * len(name) + 2,
            kind,
            1,
            free,
            free,
            child,
            first,
            size,
        )
        for (name, kind, first, size), child in zip(entries, (1, free), strict=True)
    )
    header = pack("<8s16xHHHHH6xIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0)
    header += pack("<5I", 4096, 2 + count if short else end, 1 if short else 0, end, 0)
    sectors = [
        header + pack("<109I", 0, *[free] * 108),
        pack("<128I", *table, *[free] * (128 - len(table))),
        directory.ljust(512, b"\0"),
        stream,
        pack("<128I", *small, *[free] * (128 - len(small))) if short else b"",
    ]
    return b"".join(sectors)
