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


def trigrams(folded: str) -> list[str]:
    """Give the groups of three letters that a folded text is made of, each once, with a space around each word.

    A slip of the pen spoils three of them and leaves the others: that is how a search finds what was misspelt.
    """
    return sorted({group for word in folded.split() for group in groups_of_three(f" {word} ")})


def groups_of_three(word: str) -> list[str]:
    """Give the groups of three letters within a word, each once; whatever has the word in it has them too."""
    return sorted({word[at : at + 3] for at in range(len(word) - 2)})
