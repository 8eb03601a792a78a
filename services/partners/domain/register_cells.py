"""Cells that no spreadsheet takes for a formula or a number: guarded by an apostrophe before, and read again."""

import re

_FORMULA = re.compile("'*[=+@-]")
_GUARDED = re.compile("''*[=+@0-9-]")
"""A name may begin with an apostrophe of its own: only before these is it a guard."""


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute, and before what would be read as guarded."""
    return f"'{cell}" if _FORMULA.match(cell) or unguarded(cell) != cell else cell


def as_it_is(cell: str) -> str:
    """Give a cell of a sheet of texts, where nothing is computed: guarded only where it would be read as guarded."""
    return f"'{cell}" if unguarded(cell) != cell else cell


def unguarded(cell: str) -> str:
    """Take off what spreadsheets are told so that they leave a cell alone: an apostrophe before, or ="…" around."""
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        return cell[2:-1].strip()
    return cell[1:].strip() if _GUARDED.match(cell) else cell
