"""Money, clock, identifiers, settings and causes: the small values everything rests on."""

from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import clock
from chassis.context import Cause, acting, child_of, current_cause, new_traceparent
from chassis.identifiers import new_id, stable_id
from chassis.money import Money, NonNegativeMoney, PositiveMoney
from chassis.settings import SETTINGS, Settings, variable

pytestmark = pytest.mark.unit


class Wallet(ma.Schema):
    """Holds an amount of each kind."""

    any = Money()
    positive = PositiveMoney()
    not_negative = NonNegativeMoney()


@given(st.decimals(min_value=Decimal("-999999999999.99"), max_value=Decimal("999999999999.99"), places=2))
def test_every_amount_in_cents_survives_writing_and_reading(amount: Decimal) -> None:
    written = Wallet().dump({"any": amount})

    assert Wallet().load(written)["any"] == amount


@pytest.mark.parametrize(
    "written",
    [12.34, 12, True, None, "12.345", "1e3", "12,34", "NaN", "Infinity", " 12", "12 ", "", ".5", "5.", "+1", "١٢"],
)
def test_money_is_never_guessed_from_what_is_not_a_string_with_at_most_two_decimals(written: object) -> None:
    with pytest.raises(ma.ValidationError):
        Wallet().load({"any": written})


def test_nothing_is_neither_positive_nor_negative() -> None:
    read = Wallet().load({"any": "-0.00", "not_negative": "-0"})

    assert (str(read["any"]), str(read["not_negative"])) == ("0.00", "0.00")


@pytest.mark.parametrize(("field", "written"), [("positive", "0.00"), ("positive", "-1"), ("not_negative", "-0.01")])
def test_an_amount_that_must_not_be_negative_is_refused_when_it_is(field: str, written: str) -> None:
    with pytest.raises(ma.ValidationError, match="amount must be"):
        Wallet().load({field: written})


def test_zero_is_allowed_where_money_may_not_be_negative() -> None:
    assert Wallet().load({"not_negative": "0"}) == {"not_negative": Decimal("0.00")}


def test_the_budget_year_turns_at_midnight_in_paris() -> None:
    try:
        clock.travel_to(datetime(2017, 12, 31, 23, 30, tzinfo=UTC))
        assert clock.today() == date(2018, 1, 1)
    finally:
        clock.travel_back()


def test_identifiers_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(3)]

    assert {each.version for each in made} == {7}
    assert {each.variant for each in made} == {"specified in RFC 4122"}
    assert abs((made[0].int >> 80) / 1000 - datetime.now(UTC).timestamp()) < 60


def test_a_name_always_has_the_same_identifier() -> None:
    assert stable_id("SUN04", "2.1") == stable_id("SUN04", "2.1") != stable_id("SUN04", "2.2")


def test_a_new_span_stays_in_its_trace() -> None:
    trace = new_traceparent()

    assert child_of(trace).split("-")[1] == trace.split("-")[1]
    assert child_of(trace) != trace


def test_what_happens_inside_answers_to_the_cause_and_what_happens_after_does_not() -> None:
    cause = Cause("correlation", None, "person:1", new_traceparent())

    with acting(cause):
        assert current_cause() is cause

    assert current_cause() is not cause


def test_every_setting_has_a_default_and_a_line_that_explains_it() -> None:
    assert len(SETTINGS) == len(fields(Settings))
    assert all(about for _, _, about in SETTINGS)


def test_settings_come_from_the_environment() -> None:
    given_settings = Settings.from_environment(
        {"DATABASE_URL": "postgresql://db/x", "ENTENTE_BATCH_SIZE": "7", "ENTENTE_WEBHOOK_PRIVATE_ADDRESSES": "yes"}
    )

    assert given_settings.database_url == "postgresql://db/x"
    assert given_settings.batch_size == 7
    assert given_settings.webhook_private_addresses is True
    assert isinstance(given_settings.state_directory, Path)


@pytest.mark.parametrize("name", ["batch_size", "webhook_private_addresses", "retry_first_seconds"])
def test_a_malformed_setting_is_refused_with_its_name(name: str) -> None:
    with pytest.raises(ValueError, match=variable(name)):
        Settings.from_environment({variable(name): "many"})
