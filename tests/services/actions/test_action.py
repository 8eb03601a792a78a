from decimal import Decimal

import pytest

from chassis.errors import InvalidInput, RuleBroken
from contracts.actions import ActionChanged, ActionPlanned, Priority
from contracts.partners import Nature
from services.actions.domain.action import Action, code_order, in_order
from tests.services.actions.builders import TELEMEDICINE, a_frame, a_need, a_sheet

pytestmark = pytest.mark.unit


def test_a_planned_action_says_what_it_needs_each_year() -> None:
    _, planned = Action.of(TELEMEDICINE, a_sheet())

    assert isinstance(planned, ActionPlanned)
    assert (planned.subject, planned.sequence) == (str(TELEMEDICINE), 1)
    assert [(need.year, need.nature, need.amount) for need in planned.needs] == [
        (2017, Nature.INVESTMENT, Decimal("120000.00")),
        (2018, Nature.OPERATING, Decimal("60000.00")),
    ]


def test_an_action_gives_back_the_sheet_it_was_given() -> None:
    action, _ = Action.of(TELEMEDICINE, a_sheet())

    assert action.sheet() == a_sheet()


def test_a_changed_sheet_replaces_the_needs_and_counts() -> None:
    action, _ = Action.of(TELEMEDICINE, a_sheet())

    changed = action.change(a_sheet(priority=Priority.LOW, closed=True, needs=(a_need(2019),)))

    assert isinstance(changed, ActionChanged)
    assert (changed.sequence, changed.priority, changed.closed) == (2, Priority.LOW, True)
    assert [need.year for need in changed.needs] == [2019]


def test_a_new_code_is_also_sorted_anew() -> None:
    action, _ = Action.of(TELEMEDICINE, a_sheet(code="2.9"))

    action.change(a_sheet(code="2.10"))

    assert action.code_order > code_order("2.9")


def test_an_action_stays_in_its_programme() -> None:
    action, _ = Action.of(TELEMEDICINE, a_sheet())

    with pytest.raises(RuleBroken, match="belongs to SUN04"):
        action.change(a_sheet(programme_code="SUN05"))


def test_a_sheet_that_fits_its_programme_passes() -> None:
    a_sheet().fit(a_frame())


def test_a_sheet_names_each_field_that_does_not_fit() -> None:
    with pytest.raises(InvalidInput) as refused:
        a_sheet(axis_code="9", needs=(a_need(2017), a_need(2021))).fit(a_frame())

    assert sorted(refused.value.errors) == ["/axis_code", "/needs/1/year"]


def test_codes_sort_as_people_count() -> None:
    assert sorted(["1.10", "10.1", "1.9", "1.2"], key=code_order) == ["1.2", "1.9", "1.10", "10.1"]


def test_needs_are_put_in_order() -> None:
    needs = [a_need(2018), a_need(2017, nature=Nature.OPERATING), a_need(2017)]

    assert [(need.year, need.nature) for need in in_order(needs)] == [
        (2017, Nature.INVESTMENT),
        (2017, Nature.OPERATING),
        (2018, Nature.INVESTMENT),
    ]
