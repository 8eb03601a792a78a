import re

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from console.language import CATALOGUES
from tests.console.words_of_the_pages import Word, needed_words

pytestmark = pytest.mark.unit

PLACES = re.compile(r"%\(\w+\)s|</?\w+[^>]*>")


def french() -> dict[Word, list[str]]:
    """What is said for each word: one string, or one for each number."""
    with (CATALOGUES / "fr.po").open("rb") as source:
        catalogue = read_po(source, locale="fr")
    return {_key(message): _said(message) for message in catalogue if message.id}


def _key(message: Message) -> Word:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _said(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [])


def test_every_word_of_the_pages_has_its_french() -> None:
    assert needed_words() - set(french()) == set()


def test_the_catalogue_holds_no_word_that_no_page_says() -> None:
    assert set(french()) - needed_words() == set()


def test_french_keeps_every_fact_and_every_mark_of_the_english() -> None:
    wrong = [
        message
        for message, said in french().items()
        if marks(message if isinstance(message, str) else message[-1]) != marks(said[-1])
    ]

    assert wrong == []


def marks(words: str) -> list[str]:
    return sorted(PLACES.findall(words))


def test_french_punctuation_never_starts_a_line() -> None:
    assert [words for said in french().values() for words in said if re.search(" [:;?!»]|« ", words)] == []
