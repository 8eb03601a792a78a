"""Sums of cash on the pages: each told by VAT basis, with what other conventions promised first told beside."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import today
from chassis.identity import Role
from console.amendments import Amendment
from console.language import UNBREAKABLE
from console.sums import all_together, by_basis, together
from tests.console.conftest import House
from tests.console.test_amendment_pages import signed
from tests.console.test_convention_pages import parties
from tests.console.test_forms import ACTION, words_of

__all__ = ["parties"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("amounts", "written"),
    [
        ([("HT", "5000.00"), ("TTC", "100000.00"), ("TTC", "20000.00")], "120 000 € TTC et 5 000 € HT"),
        ([("HT", "5000.00"), ("TTC", "0.00")], "5 000 € HT"),
        ([(None, "12.50")], "12,50 €"),
        ([], "0 €"),
    ],
)
def test_a_sum_is_told_by_vat_basis(amounts: list[tuple[str | None, str]], written: str) -> None:
    assert by_basis(together(amounts)).replace(UNBREAKABLE, " ") == written
    assert all_together([together(amounts), together(amounts)]) == together(amounts * 2)


@pytest.mark.unit
def test_what_an_amendment_takes_away_without_vat_offsets_nothing_of_what_it_adds_with_vat() -> None:
    told = {"field": "amount", "contribution": "cash", "before": None, "after": None}
    added = {**told, "vat_basis": "TTC", "after": "300.00"}
    taken = {**told, "vat_basis": "HT", "before": "100.00"}

    amendment = Amendment("1", "", "", "proposed", {"differences": [added, taken]})

    assert amendment.added == {"TTC": Decimal(300)}
    assert amendment.effect.replace(UNBREAKABLE, " ") == "+ 300 € TTC et − 100 € HT"


@pytest.fixture(scope="module")
def promises(house: House, parties: dict[str, UUID]) -> None:
    """Two conventions in force: the funder pays 80,000 € TTC and 5,000 € HT today, 30,000 of it handed on."""
    authority, funder = str(parties["authority"]), str(parties["funder"])

    def line(giver: str, basis: str, amount: str, **more: Any) -> dict[str, Any]:
        tranches = [{"amount": amount, "due_on": str(today())}]
        told = {"organisation_id": giver, "action_id": ACTION, "kind": "cash", "nature": "investment"}
        return {**told, "vat_basis": basis, "tranches": tranches, **more}

    def in_force(lines: list[dict[str, Any]], role: str) -> dict[str, Any]:
        both = [{"organisation_id": authority, "role": "project_owner"}, {"organisation_id": funder, "role": role}]
        period = {"starts_on": "2017-01-01", "ends_on": "2099-12-31"}
        text = {"programme_code": "SUN04", "title": "Sommes", "parties": both, "lines": lines, **period}
        path = f"/v1/conventions/{house.call('POST', 'partners', '/v1/conventions', text).json()['id']}"
        house.call("POST", "partners", f"{path}/proposal")
        for each in ("authority", "funder"):
            signed(house, path, parties[each])
        return dict(house.call("GET", "partners", path).json())

    source = in_force([line(funder, "TTC", "80000.00"), line(funder, "HT", "5000.00")], "funder")
    in_force([line(authority, "TTC", "30000.00", passes_on=source["lines"][0]["line_id"])], "contributor")


@pytest.mark.needs_postgresql
@pytest.mark.usefixtures("promises")
def test_a_list_of_conventions_adds_up_each_vat_basis_by_itself(house: House) -> None:
    office = house.visitor()

    page, english = (words_of(office.get(f"/conventions/?search=sommes&lang={code}")) for code in ("fr", "en"))

    assert "2 conventions, qui promettent 110 000 € TTC et 5 000 € HT" in page
    assert "Dont 30 000 € TTC transmettent ce que d’autres conventions promettent." in page
    assert "Région de l’essai : 80 000 € TTC et 5 000 € HT, action 2.1" in page
    assert "2 conventions, which promise €110,000 incl. VAT and €5,000 excl. VAT" in english


@pytest.mark.needs_postgresql
@pytest.mark.usefixtures("promises")
def test_the_deadlines_of_a_month_add_up_each_vat_basis_and_say_what_is_handed_on(
    house: House,
    parties: dict[str, UUID],
) -> None:
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])

    page, english = (words_of(partner.get(f"/deadlines/?lang={code}")) for code in ("fr", "en"))

    assert "pour 110 000 € TTC et 5 000 € HT" in page
    assert "Dont 30 000 € TTC transmettent ce que d’autres conventions promettent." in page
    assert "for €110,000 incl. VAT and €5,000 excl. VAT" in english
    assert "Of this, €30,000 incl. VAT hands on what other conventions promise." in english
