"""Which mandate a form begins with, and what was drawn on one without a ceiling."""

from typing import Any

import pytest

from console.language import UNBREAKABLE
from console.mandates import ceilings, to_begin_with

pytestmark = pytest.mark.unit


def a_mandate(number: str, *, left: str | None, **facts: Any) -> dict[str, Any]:
    draws = [{"act": "sign_conventions", "remaining": left}]
    authorisation = {"acts": ["sign_conventions"], "starts_on": None, "ends_on": None, "draws": draws}
    known = {"id": number, "enforceable_since": "2017-07-05", "corrected_by": None, "authorisations": [authorisation]}
    return {**known, **facts}


@pytest.mark.parametrize(
    ("mandates", "proposed"),
    [
        ([a_mandate("used up", left="0.00"), a_mandate("roomy", left="0.01")], "roomy"),
        ([a_mandate("without a ceiling", left=None), a_mandate("roomy", left="5.00")], "without a ceiling"),
        ([a_mandate("used up", left="0.00"), a_mandate("passed", left="-1.00")], "used up"),
        ([a_mandate("corrected", left="5.00", corrected_by="other")], None),
        ([a_mandate("not enforceable", left="5.00", enforceable_since=None)], None),
        ([], None),
    ],
)
def test_a_form_begins_with_a_mandate_of_which_something_is_left(
    mandates: list[dict[str, Any]], proposed: str | None
) -> None:
    assert to_begin_with(mandates, "sign_conventions") == proposed


def test_what_was_drawn_without_a_ceiling_is_told_by_vat_basis() -> None:
    bases = [{"vat_basis": "TTC", "amount": "700.00"}, {"vat_basis": "HT", "amount": "300.00"}]
    signing = {"act": "sign_conventions", "drawn": "1000.00", "drawn_by_vat_basis": bases, "remaining": None}

    [told] = ceilings({"ceiling": None, "vat_basis": "TTC", "draws": [signing]})

    assert told.words.replace(UNBREAKABLE, " ") == "700 € TTC et 300 € HT à ce jour, sans plafond"
