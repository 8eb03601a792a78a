"""The invented programme: the same for the same seed, and whole numbers that nobody has."""

import pytest
from stdnum.fr import siren as siren_number

from entente import synthetic

pytestmark = pytest.mark.unit


def test_the_same_seed_invents_the_same() -> None:
    assert synthetic._line(1, 7).facts == synthetic._line(1, 7).facts != synthetic._line(2, 7).facts


def test_invented_numbers_are_well_formed_and_each_is_given_once() -> None:
    numbers = [synthetic.siren(2017, number) for number in range(3_000)]

    assert len(set(numbers)) == 3_000
    assert all(siren_number.is_valid(each) for each in numbers)
