"""What people type, read as they mean it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.forms import typed
from console.language import figure
from tests.console.test_language import reading

pytestmark = pytest.mark.unit

AMOUNTS = st.decimals(Decimal("-999999999999.99"), Decimal("999999999999.99"), places=2)


@pytest.mark.parametrize(
    "text", ["1234,56", "1234.56", "1 234,56", "1\N{NO-BREAK SPACE}234,56 €", "1,234.56", "1.234,56", "€1,234.56"]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_amount_is_read_however_it_is_typed(text: str, language: str) -> None:
    with reading(language):
        assert typed.number(text) == Decimal("1234.56")


@pytest.mark.parametrize(("language", "text"), [("fr", "1.234"), ("fr", "1,234"), ("en", "1.234")])
def test_what_could_be_a_thousand_or_hardly_more_than_one_is_not_guessed(language: str, text: str) -> None:
    with reading(language), pytest.raises(ValueError, match=r"1.234[.,]56"):
        typed.number(text)


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "12.345.6", "--1", "1e5", "NaN", "١٢"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="deux décimales"):
        typed.number(text)


@given(AMOUNTS, st.sampled_from(["fr", "en"]))
def test_every_amount_that_a_page_writes_is_read_back_to_the_cent(amount: Decimal, language: str) -> None:
    with reading(language):
        assert typed.number(figure(amount)) == amount


@pytest.mark.parametrize("text", ["2017-11-14", "14/11/2017", "14.11.2017", "14 11 2017"])
def test_a_day_is_read_as_a_browser_or_a_person_writes_it(text: str) -> None:
    assert typed.day(text) == date(2017, 11, 14)


@pytest.mark.parametrize("text", ["31/02/2017", "11/14/2017", "demain", "14/11/17"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="31/12/2017"):
        typed.day(text)
