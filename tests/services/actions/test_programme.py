from datetime import date

import pytest

from chassis.errors import RuleBroken
from chassis.money import VatBasis
from contracts.actions import Axis
from services.actions.domain.programme import Frame, Programme
from tests.services.actions.builders import a_frame

pytestmark = pytest.mark.unit

NOTHING: frozenset[str] = frozenset()
NO_YEARS: frozenset[int] = frozenset()


def test_a_new_programme_says_its_whole_frame() -> None:
    _, defined = Programme.of("SUN04", a_frame())

    assert (defined.programme_code, defined.sequence, defined.vat_basis) == ("SUN04", 1, VatBasis.TTC)
    assert [axis.code for axis in defined.axes] == ["2", "4"]


def test_a_programme_gives_back_the_frame_it_was_given() -> None:
    programme, _ = Programme.of("SUN04", a_frame())

    assert programme.frame() == a_frame()


def test_each_definition_counts() -> None:
    programme, _ = Programme.of("SUN04", a_frame())

    defined = programme.define(a_frame(title="Renamed"), axes_in_use=NOTHING, needed_years=NO_YEARS, steered=False)

    assert (defined.sequence, defined.title) == (2, "Renamed")


def test_axes_keep_the_order_of_the_deliberation() -> None:
    axes = (Axis(code="4", title="Socle"), Axis(code="2", title="Qualité de vie"))

    programme, _ = Programme.of("SUN04", a_frame(axes=axes))

    assert [(axis.code, axis.place) for axis in programme.axes] == [("4", 1), ("2", 2)]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (a_frame(axes=(Axis(code="4", title="Socle"),)), "axis 2"),
        (a_frame(starts_on=date(2018, 1, 1)), "2017"),
        (a_frame(ends_on=date(2017, 6, 30)), "2018"),
        (a_frame(vat_basis=VatBasis.HT), "VAT basis"),
    ],
)
def test_a_frame_that_no_longer_fits_the_actions_is_refused(frame: Frame, reason: str) -> None:
    programme, _ = Programme.of("SUN04", a_frame())

    with pytest.raises(RuleBroken, match=reason):
        programme.define(frame, axes_in_use=frozenset({"2"}), needed_years=frozenset({2017, 2018}), steered=False)

    assert programme.frame() == a_frame()


def test_the_vat_basis_may_change_while_nothing_is_needed() -> None:
    programme, _ = Programme.of("SUN04", a_frame())

    defined = programme.define(
        a_frame(vat_basis=VatBasis.HT), axes_in_use=frozenset({"2"}), needed_years=NO_YEARS, steered=False
    )

    assert defined.vat_basis is VatBasis.HT


@pytest.mark.parametrize(
    ("ends_on", "year", "covered"),
    [
        (date(2020, 12, 31), 2016, False),
        (date(2020, 12, 31), 2017, True),
        (date(2020, 1, 1), 2020, True),
        (date(2020, 12, 31), 2021, False),
        (None, 2050, True),
    ],
)
def test_a_programme_covers_each_year_it_touches(ends_on: date | None, year: int, covered: bool) -> None:
    assert a_frame(ends_on=ends_on).covers(year) is covered
