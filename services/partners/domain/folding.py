"""Texts in one form: with the spaces that one types, and folded, as a search compares and a list sorts them."""

import re
import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^a-z0-9]+")


_OTHER_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_WITHOUT_WIDTH = re.compile("[\u00ad\u200b\u2060\ufeff]")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def spaced(text: str) -> str:
    """Give a text with plain spaces, none around it: copied from a page it has others, and marks without any width."""
    return _OTHER_SPACES.sub(" ", _WITHOUT_WIDTH.sub("", text)).strip()


def legible(text: str) -> str:
    """Give a text on one line, without control characters and without marks that turn its direction."""
    return _UNSEEN.sub(" ", text)


def fold(text: str) -> str:
    """Give `text` in lower-case ASCII letters and digits, its words set apart by single spaces."""
    lower = text.casefold().translate(_LETTERS)
    plain = "".join(each for each in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(each))
    return _NEITHER_LETTER_NOR_DIGIT.sub(" ", plain).strip()


def trigrams(folded: str) -> list[str]:
    """Give the groups of three letters that a folded text is made of, each once, with a space around each word.

    A slip of the pen spoils three of them and leaves the others: that is how a search finds what was misspelt.
    """
    return sorted({group for word in folded.split() for group in groups_of_three(f" {word} ")})


def groups_of_three(word: str) -> list[str]:
    """Give the groups of three letters within a word, each once; whatever has the word in it has them too."""
    return sorted({word[at : at + 3] for at in range(len(word) - 2)})
