from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask

from console import language

pytestmark = pytest.mark.unit

app = Flask(__name__)
app.secret_key = "a test's own"


@contextmanager
def reading(code: str) -> Iterator[None]:
    with app.test_request_context(f"/?lang={code}"):
        yield


@pytest.mark.parametrize(
    ("code", "write", "given", "written"),
    [
        ("fr", language.euros, "1285000.00", "1 285 000 €"),
        ("en", language.euros, "1285000.00", "€1,285,000"),
        ("fr", language.euros, "12.50", "12,50 €"),
        ("fr", language.figure, "-20000.00", "−20 000"),
        ("en", language.euros, "-20000.00", "−€20,000"),
        ("fr", language.difference, "80000.00", "+ 80 000 €"),
        ("fr", language.difference, "-20000.00", "− 20 000 €"),
        ("fr", language.difference, "0.00", "0 €"),
        ("en", language.difference, "80000.00", "+€80,000"),
        ("fr", language.share, 0.314, "31 %"),
        ("en", language.share, 0.314, "31%"),
        ("fr", language.day, date(2017, 11, 1), "1er novembre 2017"),
        ("en", language.day, "2017-11-14", "14 November 2017"),
        ("fr", language.moment, "2017-11-14T08:40:00+00:00", "14 novembre 2017 à 9 h 40"),
        ("fr", language.lapse, 0.011, "11 ms"),
        ("fr", language.lapse, 1.24, "1,2 s"),
        ("en", language.lapse, 281, "5 min"),
        ("fr", language.lapse, 172_800, "2 j"),
        ("fr", language.listed, ["a", "b", "c"], "a, b et c"),
        ("en", language.listed, ["a", "b"], "a and b"),
    ],
)
def test_each_language_writes_it_its_own_way(
    code: str, write: Callable[[object], str], given: object, written: str
) -> None:
    with reading(code):
        assert write(given).replace("\N{NO-BREAK SPACE}", " ") == written


def test_an_amount_never_breaks_over_two_lines() -> None:
    with reading("fr"):
        assert " " not in language.euros("1285000.00")


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/?lang=en", {"Cookie": "entente_language=fr"}, "en"),
        ("/", {"Cookie": "entente_language=en", "Accept-Language": "fr"}, "en"),
        ("/", {"Accept-Language": "en-GB,en;q=0.9"}, "en"),
        ("/", {"Accept-Language": "de"}, "fr"),
        ("/?lang=klingon", {}, "fr"),
    ],
)
def test_the_page_speaks_what_was_asked_for_else_remembered_else_the_browsers_language(
    path: str, headers: dict[str, str], code: str
) -> None:
    with app.test_request_context(path, headers=headers):
        assert language.language().code == code


def test_a_reference_stays_on_one_line_and_nothing_else_is_let_through() -> None:
    assert language.whole("<b> SUN-2017-014") == '&lt;b&gt; <span class="whole">SUN-2017-014</span>'


@pytest.mark.parametrize(("code", "written"), [("fr", "14 novembre 2017"), ("en", "14 November 2017")])
def test_a_day_stays_on_the_line_of_its_month(code: str, written: str) -> None:
    with reading(code):
        assert language.day("2017-11-14") == written.replace(" ", "\N{NO-BREAK SPACE}", 1)
