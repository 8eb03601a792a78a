import re

import pytest
from babel.messages.pofile import read_po

from console.language import CATALOGUES
from tests.console.words_of_the_pages import needed_words

pytestmark = pytest.mark.unit

PLACES = re.compile(r"%\(\w+\)s|</?\w+[^>]*>")


def french() -> dict[str | tuple[str, ...], str | tuple[str, ...]]:
    with (CATALOGUES / "fr.po").open("rb") as source:
        return {message.id: message.string for message in read_po(source) if message.id}


def test_every_word_of_the_pages_has_its_french() -> None:
    assert needed_words() - set(french()) == set()


def test_the_catalogue_holds_no_word_that_no_page_says() -> None:
    assert set(french()) - needed_words() == set()


def test_french_keeps_every_fact_and_every_mark_of_the_english() -> None:
    wrong = [
        many
        for message, said in french().items()
        for many, written in [(message[-1], said[-1]) if isinstance(message, tuple) else (message, said)]
        if sorted(PLACES.findall(many)) != sorted(PLACES.findall(str(written)))
    ]

    assert wrong == []


def test_french_punctuation_never_starts_a_line() -> None:
    loose = [
        said
        for said in french().values()
        for each in ([said] if isinstance(said, str) else said)
        if re.search(" [:;?!»]|« ", each)
    ]

    assert loose == []
