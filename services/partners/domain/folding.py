"""The folded form of a text: what a search compares and a list sorts by, without accents, case or punctuation."""

import re
import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Give `text` in lower-case ASCII letters and digits, its words set apart by single spaces."""
    lower = text.casefold().translate(_LETTERS)
    plain = "".join(each for each in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(each))
    return _NEITHER_LETTER_NOR_DIGIT.sub(" ", plain).strip()
