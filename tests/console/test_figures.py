from decimal import Decimal

import pytest

from console.figures import Line, Table

pytestmark = pytest.mark.unit


def a_line(**amounts: str) -> Line:
    return Line.read({"key": "2", "label": "Qualité de vie", **amounts})


def widths(line: Line) -> dict[str, Decimal]:
    return {each.measure: each.width for each in line.segments}


def test_a_bar_stacks_received_then_the_rest_of_secured_then_sought() -> None:
    line = a_line(need="1000.00", sought="150.00", secured="300.00", received="100.00", gap="700.00")

    assert [(each.measure, each.start, each.width) for each in line.segments] == [
        ("received", Decimal("0.00"), Decimal("10.00")),
        ("secured", Decimal("10.00"), Decimal("20.00")),
        ("sought", Decimal("30.00"), Decimal("15.00")),
    ]


def test_a_bar_never_overflows_its_track() -> None:
    line = a_line(need="100.00", sought="500.00", secured="80.00", received="0.00", gap="20.00")

    assert sum(widths(line).values()) == 100


def test_more_secured_than_needed_fills_the_bar_and_misses_nothing() -> None:
    line = a_line(need="100.00", sought="0.00", secured="150.00", received="0.00", gap="-50.00")

    assert (widths(line)["secured"], line.missing, line.covered) == (Decimal(100), Decimal(0), Decimal("1.5"))


def test_an_axis_without_need_has_no_bar_and_no_percentage() -> None:
    line = a_line(need="0.00", sought="0.00", secured="0.00", received="0.00", gap="0.00")

    assert (line.segments, line.covered) == ([], None)


def test_amounts_stay_exact_to_the_cent() -> None:
    table = Table.read({"rows": [], "total": {"need": "9007199254740993.01"}})

    assert table.total.need == Decimal("9007199254740993.01")
