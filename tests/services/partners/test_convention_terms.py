"""What a convention says is checked before anybody signs it, all findings at once, each with its place."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.errors import InvalidInput, NotYetKnown
from chassis.identifiers import new_id
from chassis.money import VatBasis
from contracts.partners import ContributionKind, Nature, PartyRole
from services.partners.domain.convention_checks import check
from services.partners.domain.convention_terms import ClauseTerms, PartyTerms, Terms, Upstream
from tests.services.partners.builders import Table, a_known_action, a_line, a_tranche, an_organisation

pytestmark = pytest.mark.unit

BY_DAYS = {"kind": ContributionKind.PEOPLE, "days": Decimal(200), "day_rate": Decimal("400.00")}


def findings(table: Table, terms: Terms) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as refused:
        check(terms, table.known())
    return {pointer: list(found) for pointer, found in refused.value.errors.items()}


def the_line(table: Table, **changes: Any) -> dict[str, Any]:
    return {"lines": (a_line(table.region, table.action, **changes),)}


def test_good_terms_pass() -> None:
    table = Table()

    check(table.terms(), table.known())


def test_it_ends_after_it_starts() -> None:
    table = Table()

    assert "/ends_on" in findings(table, table.terms(ends_on=date(2017, 10, 31)))


def test_one_party_alone_makes_no_convention() -> None:
    table = Table()
    alone = table.terms().parties[:1]

    assert "/parties" in findings(table, table.terms(parties=alone, lines=(a_line(table.departement, table.action),)))


def test_somebody_owns_the_project() -> None:
    table = Table()
    parties = tuple(replace(party, role=PartyRole.FUNDER) for party in table.terms().parties)

    found = findings(table, table.terms(parties=parties))

    assert found["/parties"] == ["One party at least is the project owner."]


def test_a_party_is_registered_and_has_one_role() -> None:
    table = Table()
    stranger = PartyTerms(organisation_id=new_id(), role=PartyRole.CONTRIBUTOR)
    again = PartyTerms(organisation_id=table.region.id, role=PartyRole.CONTRIBUTOR)

    found = findings(table, table.terms(parties=(*table.terms().parties, stranger, again)))

    assert found.keys() == {"/parties/2/organisation_id", "/parties/3/organisation_id"}


def test_a_mandate_that_is_named_is_recorded() -> None:
    table = Table()
    parties = tuple(replace(party, mandate_id=new_id()) for party in table.terms().parties)

    assert "/parties/0/mandate_id" in findings(table, table.terms(parties=parties))


def test_a_funder_funds_something() -> None:
    table = Table()

    found = findings(table, table.terms(lines=(a_line(table.departement, table.action),)))

    assert found.keys() == {"/parties/1/role"}


def test_a_convention_promises_something() -> None:
    table = Table()

    assert "/lines" in findings(table, table.terms(lines=()))


def test_whoever_contributes_is_a_party() -> None:
    table = Table()
    lines = (*table.terms().lines, a_line(an_organisation(), table.action))

    assert findings(table, table.terms(lines=lines)).keys() == {"/lines/1/organisation_id"}


def test_a_beneficiary_brings_no_cash_and_may_bring_people() -> None:
    table, commune = Table(), an_organisation()
    parties = (
        *table.terms().parties,
        PartyTerms(organisation_id=commune.id, role=PartyRole.BENEFICIARY),
    )
    cash, people = (
        (*table.terms().lines, a_line(commune, table.action, kind=kind, fte=fte))
        for kind, fte in ((ContributionKind.CASH, None), (ContributionKind.PEOPLE, Decimal("0.50")))
    )

    with pytest.raises(InvalidInput, match="A beneficiary brings no cash"):
        check(table.terms(parties=parties, lines=cash), table.known(commune))
    check(table.terms(parties=parties, lines=people), table.known(commune))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"closed": True}, "is closed"), ({"programme_code": "SUN05"}, "belongs to programme SUN05")],
)
def test_an_action_is_open_and_of_the_same_programme(changes: dict[str, Any], reason: str) -> None:
    table = Table()
    table.action = a_known_action(**changes)

    [[found]] = findings(table, table.terms()).values()

    assert reason in found


def test_a_line_comes_in_tranches() -> None:
    table = Table()

    assert findings(table, table.terms(**the_line(table, tranches=()))).keys() == {"/lines/0/tranches"}


def test_cash_is_more_than_zero_and_a_promise_without_value_may_be_zero() -> None:
    table = Table()
    nothing = (a_tranche("0.00"),)

    cash, less = (
        table.terms(**the_line(table, tranches=nothing)),
        table.terms(**the_line(table, kind=ContributionKind.IN_KIND, tranches=(a_tranche("-1.00"),))),
    )
    assert findings(table, cash).keys() == findings(table, less).keys() == {"/lines/0/tranches/0/amount"}
    promise = table.terms(**the_line(table, kind=ContributionKind.ORGANISATIONAL, tranches=nothing, proof="Arrêté"))
    check(promise, table.known())


def test_a_convention_promises_no_more_than_can_be_added_up() -> None:
    table = Table()
    whole, more = a_line(table.region, table.action, tranches=(a_tranche("9999999999.99"),)), a_tranche("0.01")

    check(table.terms(lines=(whole,)), table.known())
    found = findings(table, table.terms(lines=(whole, a_line(table.region, table.action, tranches=(more, more)))))

    assert found == {
        "/lines/1/tranches": ["A convention promises 9999999999.99 € at most, with this line 10000000000.01 €."]
    }


def test_a_tranche_weighs_on_the_year_of_its_day_unless_another_is_said() -> None:
    assert a_tranche(due_on=date(2018, 1, 15)).budget_year == 2018
    assert a_tranche(due_on=date(2018, 1, 15), year=2017).budget_year == 2017


def test_a_tranche_cannot_weigh_on_a_distant_year() -> None:
    table = Table()

    found = findings(table, table.terms(**the_line(table, tranches=(a_tranche(year=2020),))))

    assert found.keys() == {"/lines/0/tranches/0/year"}


def test_a_programme_or_action_whose_event_has_not_come_is_worth_trying_again() -> None:
    table = Table()
    elsewhere = table.terms(lines=(a_line(table.region, a_known_action("9.9")),))

    with pytest.raises(NotYetKnown, match=r"Action .* is not known here"):
        check(elsewhere, table.known())
    table.programme = None
    with pytest.raises(NotYetKnown, match="Programme SUN04 is not known here"):
        check(table.terms(), table.known())


def test_the_fingerprint_is_that_of_the_terms() -> None:
    table = Table()

    assert table.terms().fingerprint() == table.terms().fingerprint()
    assert table.terms().fingerprint() != table.terms(title="Autre").fingerprint()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kind": ContributionKind.CASH, "fte": Decimal("0.50")}, "kind"),
        ({"kind": ContributionKind.PEOPLE}, "fte"),
        (
            {"kind": ContributionKind.PEOPLE, "fte": Decimal("0.50"), "days": Decimal(10), "day_rate": Decimal(8000)},
            "fte",
        ),
        ({"kind": ContributionKind.PEOPLE, "days": Decimal(10)}, "days"),
        ({**BY_DAYS, "day_rate": Decimal("300.00")}, "tranches"),
        ({"kind": ContributionKind.ORGANISATIONAL}, "proof"),
    ],
)
def test_each_kind_says_what_it_must_and_no_more(changes: dict[str, Any], place: str) -> None:
    table = Table()

    assert findings(table, table.terms(**the_line(table, **changes))).keys() == {f"/lines/0/{place}"}


def test_days_at_a_rate_make_what_the_tranches_say() -> None:
    table = Table()

    check(
        table.terms(**the_line(table, kind=ContributionKind.PEOPLE, days=Decimal(200), day_rate=Decimal("400.00"))),
        table.known(),
    )


def test_half_a_cent_of_days_at_a_rate_is_rounded_up() -> None:
    table = Table()
    people = {"kind": ContributionKind.PEOPLE, "days": Decimal("2.50"), "day_rate": Decimal("333.33")}

    check(table.terms(**the_line(table, **people, tranches=(a_tranche("833.33"),))), table.known())


def an_upstream(table: Table, **changes: Any) -> Upstream:
    facts: dict[str, Any] = {
        "line_id": new_id(),
        "convention_id": new_id(),
        "reference": "SUN-2017-003",
        "organisation_name": "État",
        "action_id": table.action.id,
        "kind": ContributionKind.CASH,
        "nature": Nature.INVESTMENT,
        "vat_basis": VatBasis.TTC,
        "amount": Decimal("100000.00"),
        "passed_on": Decimal("0.00"),
        "standing": True,
        "parties": {table.region.id},
        "givers": (new_id(),),
    }
    return Upstream(**{**facts, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"passed_on": Decimal("20000.00")}, None),
        ({"passed_on": Decimal("20000.01")}, "79999.99 € of SUN-2017-003 are not passed on yet"),
        ({"standing": False}, "is not on the table any more"),
        ({"parties": set()}, "Only a party of SUN-2017-003 passes its money on"),
        ({"nature": Nature.OPERATING}, "Pass on the same kind, nature and VAT basis"),
        ({"givers": "the region"}, "passed on in a circle, it is no money"),
    ],
)
def test_money_is_passed_on_by_who_gets_it_and_within_what_there_is(
    changes: dict[str, Any], reason: str | None
) -> None:
    table = Table()
    if changes.get("givers"):
        changes = {"givers": (table.region.id, new_id())}
    upstream = an_upstream(table, **changes)
    terms = table.terms(**the_line(table, passes_on=upstream.line_id))
    known = replace(table.known(), upstream={upstream.line_id: upstream})

    if reason is None:
        check(terms, known)
    else:
        with pytest.raises(InvalidInput, match=reason):
            check(terms, known)


def test_two_lines_together_pass_on_no_more_than_there_is() -> None:
    table = Table()
    upstream = an_upstream(table)
    line = a_line(table.region, table.action, passes_on=upstream.line_id)
    known = replace(table.known(), upstream={upstream.line_id: upstream})

    with pytest.raises(InvalidInput, match="put your own money on a line of its own"):
        check(table.terms(lines=(line, line)), known)


def test_a_line_that_others_pass_on_keeps_what_they_pass_on() -> None:
    table = Table()
    line = a_line(table.region, table.action, id=(line_id := new_id()))
    known = replace(table.known(), passed_on={line_id: Decimal("80000.01")})

    with pytest.raises(InvalidInput, match=r"80000\.01 € of this line are passed on in other conventions"):
        check(table.terms(lines=(line,)), known)
    with pytest.raises(InvalidInput, match="A line that other conventions pass on is missing"):
        check(table.terms(), known)


def test_a_text_without_what_came_later_keeps_the_fingerprint_it_had() -> None:
    terms = Terms(
        programme_code="SUN04",
        title="Télémédecine",
        starts_on=date(2017, 11, 1),
        ends_on=date(2018, 12, 31),
        parties=(PartyTerms(organisation_id=UUID(int=1), role=PartyRole.PROJECT_OWNER),),
        lines=(),
    )

    assert terms.text == (
        '{"ends_on":"2018-12-31","illustrative":false,"lines":[],"parties":[{"mandate_id":null,"mandate_number":null,'
        '"organisation_id":"00000000-0000-0000-0000-000000000001","role":"project_owner"}],"programme_code":"SUN04",'
        '"starts_on":"2017-11-01","title":"Télémédecine"}'
    )


def test_clauses_are_part_of_what_is_signed() -> None:
    table = Table()
    clause = ClauseTerms(code="objet", title="Objet", text="La convention a pour objet…")

    assert table.terms(clauses=(clause,)).fingerprint() != table.terms().fingerprint()
    assert "/clauses/1/code" in findings(table, table.terms(clauses=(clause, clause)))
