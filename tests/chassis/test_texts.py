"""What a text from outside may hold."""

import marshmallow as ma
import pytest

from chassis.texts import Readable, Written

pytestmark = pytest.mark.unit

ONE_LINE, LINES = Readable(), Readable(lines=True)


@pytest.mark.parametrize("text", ["Digne-les-Bains", "a", " Œuvre d’art n° 4 ", "مدينة", "x" * 300])
def test_a_text_that_says_something_is_taken_as_it_is(text: str) -> None:
    assert ONE_LINE(text) == LINES(text) == text


@pytest.mark.parametrize("text", ["", "   ", "\N{NO-BREAK SPACE}"])
def test_a_text_that_says_nothing_is_refused(text: str) -> None:
    for validator in (ONE_LINE, LINES):
        with pytest.raises(ma.ValidationError, match="Write something"):
            validator(text)


@pytest.mark.parametrize("text", ["a\nb", "a\n", "\x00", "a\x7f", "a\u2028b", "\u202emoc.elpmaxe"])
def test_one_line_has_no_break_and_no_character_that_nobody_sees(text: str) -> None:
    with pytest.raises(ma.ValidationError, match="Leave out control characters and line breaks"):
        ONE_LINE(text)


def test_several_lines_keep_their_breaks_and_nothing_else_that_nobody_sees() -> None:
    assert LINES("Article 1\r\n\tSuite\n") == "Article 1\r\n\tSuite\n"
    for text in ("a\x00b", "\x00", "a\u2066b", "a\x0bb"):
        with pytest.raises(ma.ValidationError, match="Leave out control characters"):
            LINES(text)


@pytest.mark.parametrize("text", ["210400701\n", "21040070", "٢١٠٤٠٠٧٠١", " 210400701"])
def test_a_pattern_is_that_of_the_whole_text(text: str) -> None:
    nine = Written("[0-9]{9}", error="Nine digits.")

    assert nine("210400701") == "210400701"
    with pytest.raises(ma.ValidationError, match="Nine digits"):
        nine(text)
