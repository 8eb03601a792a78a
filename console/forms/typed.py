"""What people type, read as they mean it, in French or English; what could mean two things is never guessed."""

import re
from datetime import date
from decimal import Decimal

from console.language import FRENCH, language, say

_SPACES = re.compile(r"[\s€]")
_PLAIN = re.compile(r"[-+]?\d+([.,]\d+)?", re.ASCII)
_GROUPS = {
    ",": re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII),
    ".": re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?", re.ASCII),
}
_DAYS = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)", re.ASCII),
    re.compile(r"(?P<day>\d\d?)[/. -](?P<month>\d\d?)[/. -](?P<year>\d{4})", re.ASCII),
)


def number(text: str, places: int = 2) -> Decimal:
    """Read a number such as 1 234,56 or 1,234.56 or 1234.56.

    `1.234` is a thousand and more to some and hardly more than one to others: in French neither is guessed, in English
    a comma parts thousands. Raises ValueError with a sentence.
    """
    written = _SPACES.sub("", text).replace("\N{MINUS SIGN}", "-")
    exact = _read(written)
    if exact is None or -int(exact.as_tuple().exponent) > places:
        raise ValueError(_how(places))
    return exact


def _read(written: str) -> Decimal | None:
    for mark, pattern in _GROUPS.items():
        if pattern.fullmatch(written) and _surely_grouped(written, mark):
            return Decimal(written.replace(mark, "").replace(",", "."))
    return Decimal(written.replace(",", ".")) if _PLAIN.fullmatch(written) else None


def _surely_grouped(written: str, mark: str) -> bool:
    """Tell whether `mark` can only part thousands: it comes twice, the other mark follows, or English says so."""
    other = "." if mark == "," else ","
    return written.count(mark) > 1 or other in written or (mark == "," and language() is not FRENCH)


def _how(places: int) -> str:
    if places == 0:
        return say("Write a whole number, such as 12.")
    return say("Write a number such as 1,234.56, with two decimals at most.")


def day(text: str) -> date:
    """Read a date as a browser sends it or as people write it, the day first.

    Raises ValueError with a sentence.
    """
    for pattern in _DAYS:
        if found := pattern.fullmatch(text.strip()):
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                break
    raise ValueError(say("Write a date that exists, such as 31/12/2017."))
