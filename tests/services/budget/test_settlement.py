"""What a state of things puts in the ledger: plain calculations, no database."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chassis.errors import RuleBroken
from chassis.money import VatBasis
from contracts.partners import ContributionKind, ConventionStatus, Nature, PartyRole
from services.budget.domain.convention import Terms, Tranche
from services.budget.domain.ledger import Measure, Posting
from services.budget.domain.programme import Action
from services.budget.domain.settlement import differences, moved, needed, pay, promised, rebased
from tests.services.budget.builders import (
    CLOUD,
    CONVENTION,
    DEPARTEMENT,
    FIRST,
    PARTIES,
    PROGRAMME,
    REGION,
    SECOND,
    TELEMEDICINE,
    a_convention,
    a_line,
    a_need,
    a_party,
    a_tranche,
)

pytestmark = pytest.mark.unit

ACTIONS = {
    TELEMEDICINE: Action(id=TELEMEDICINE, programme_code=PROGRAMME, axis_code="2", code="2.1", title="Télémédecine"),
    CLOUD: Action(id=CLOUD, programme_code=PROGRAMME, axis_code="4", code="4.1", title="Nuage"),
}


def terms(status: ConventionStatus = ConventionStatus.IN_FORCE, **changes: Any) -> Terms:
    return Terms.of(a_convention(status, **changes))


def desired(of: Terms, held: Iterable[Posting] = ()) -> list[Posting]:
    return promised(of, ACTIONS, held)


def amounts(postings: Iterable[Posting]) -> dict[tuple[str, int], str]:
    return {(posting.place.measure.value, posting.place.cell.year): str(posting.amount) for posting in postings}


def paid(amount: str = "10000.00", tranche: Any = FIRST, of: Terms | None = None) -> list[Posting]:
    """What a convention in force holds once a tranche received an amount."""
    of = of or terms()
    held = desired(of)
    return desired(of, [*held, pay(of, tranche.tranche_id, Decimal(amount), ACTIONS, held)])


@pytest.mark.parametrize("status", [ConventionStatus.PROPOSED, ConventionStatus.PARTIALLY_SIGNED])
def test_what_is_proposed_is_sought(status: ConventionStatus) -> None:
    assert amounts(desired(terms(status))) == {("sought", 2017): "30000.00", ("sought", 2018): "50000.00"}


@pytest.mark.parametrize("status", [ConventionStatus.IN_FORCE, ConventionStatus.COMPLETED])
def test_what_is_in_force_or_completed_is_secured(status: ConventionStatus) -> None:
    assert amounts(desired(terms(status))) == {("secured", 2017): "30000.00", ("secured", 2018): "50000.00"}


@pytest.mark.parametrize(
    "status",
    [ConventionStatus.DRAFT, ConventionStatus.REFUSED, ConventionStatus.WITHDRAWN, ConventionStatus.EXPIRED],
)
def test_what_came_to_nothing_is_neither_sought_nor_secured(status: ConventionStatus) -> None:
    wanted = a_convention(ConventionStatus.IN_FORCE)
    came_to_nothing = Terms(
        convention_id=CONVENTION,
        reference="SUN-2017-014",
        status=status,
        ended_on=None,
        promises=Terms.of(wanted).promises,
    )

    assert desired(came_to_nothing) == []


def test_a_termination_keeps_what_fell_due_before_it() -> None:
    assert amounts(desired(terms(ConventionStatus.TERMINATED))) == {("secured", 2017): "30000.00"}


def test_a_termination_takes_out_what_falls_due_on_its_day() -> None:
    ended = terms(ConventionStatus.TERMINATED, ended_on=SECOND.due_on)

    assert amounts(desired(ended)) == {("secured", 2017): "30000.00"}


def test_a_termination_keeps_what_was_received_ahead_of_time() -> None:
    held = paid("20000.00", SECOND)

    ended = amounts(desired(terms(ConventionStatus.TERMINATED), held))

    assert ended == {("secured", 2017): "30000.00", ("secured", 2018): "20000.00", ("received", 2018): "20000.00"}


def test_a_termination_without_a_date_is_refused() -> None:
    with pytest.raises(RuleBroken, match="without a date"):
        desired(terms(ConventionStatus.TERMINATED, ended_on=None))


def test_what_was_received_stays_secured_when_an_amendment_promises_less() -> None:
    less = terms(lines=(a_line(tranches=(a_tranche("5000.00"),)),), sequence=4)

    assert amounts(desired(less, paid("10000.00"))) == {("secured", 2017): "10000.00", ("received", 2017): "10000.00"}


def test_a_tranche_that_an_amendment_removed_leaves_what_was_received_where_it_lies() -> None:
    without = terms(lines=(a_line(tranches=(SECOND,)),))

    left = amounts(desired(without, paid("10000.00")))

    assert left == {("secured", 2017): "10000.00", ("received", 2017): "10000.00", ("secured", 2018): "50000.00"}


def test_a_tranche_that_an_amendment_moved_takes_along_what_was_received() -> None:
    elsewhere = terms(lines=(a_line(action_id=CLOUD, tranches=(FIRST,)),))

    written = differences(paid("10000.00"), desired(elsewhere, paid("10000.00")))

    received = [(posting.place.cell.action_id, str(posting.amount)) for posting in written if is_received(posting)]
    assert sorted(received, key=str) == sorted([(TELEMEDICINE, "-10000.00"), (CLOUD, "10000.00")], key=str)


def is_received(posting: Posting) -> bool:
    return posting.place.measure is Measure.RECEIVED


def test_an_amendment_under_signature_seeks_only_what_was_not_received() -> None:
    again = terms(ConventionStatus.PROPOSED)

    sought = amounts(desired(again, paid("10000.00")))

    assert (sought["sought", 2017], sought["secured", 2017]) == ("20000.00", "10000.00")


def test_a_tranche_of_nothing_makes_no_entry() -> None:
    assert desired(terms(lines=(a_line(tranches=(a_tranche("0.00"),)),))) == []


def test_the_quarter_is_that_of_the_due_date_within_the_budget_year() -> None:
    late = a_tranche(name="late", due_on=date(2018, 2, 1), year=2017)

    quarters = [posting.place.quarter for posting in desired(terms(lines=(a_line(tranches=(FIRST, SECOND, late)),)))]

    assert quarters == [4, 2, None]


def test_nothing_is_written_where_ledger_and_promise_agree() -> None:
    assert differences(desired(terms()), desired(terms())) == []


def test_a_difference_is_what_is_missing() -> None:
    written = differences(desired(terms(ConventionStatus.PROPOSED)), desired(terms()))

    assert amounts(written) == {
        ("sought", 2017): "-30000.00",
        ("sought", 2018): "-50000.00",
        ("secured", 2017): "30000.00",
        ("secured", 2018): "50000.00",
    }


def test_a_need_is_cash_in_the_programmes_vat_basis_and_has_no_funder() -> None:
    [posting] = needed(ACTIONS[TELEMEDICINE], [a_need("100.00"), a_need("0.00", 2018)], VatBasis.HT)

    cell = posting.place.cell
    assert (cell.funder_id, cell.kind, cell.vat_basis) == (None, ContributionKind.CASH, VatBasis.HT)
    assert (posting.amount, cell.nature, posting.place.measure) == (Decimal("100.00"), Nature.INVESTMENT, Measure.NEED)


def test_money_follows_its_action_to_another_axis() -> None:
    action = Action(id=TELEMEDICINE, programme_code=PROGRAMME, axis_code="4", code="4.9", title="Télémédecine")

    assert {posting.place.cell.axis_code for posting in moved(action, desired(terms()))} == {"4"}


def test_needs_follow_the_programmes_vat_basis() -> None:
    held = needed(ACTIONS[TELEMEDICINE], [a_need()], VatBasis.TTC)

    assert [posting.place.cell.vat_basis for posting in rebased(held, VatBasis.HT)] == [VatBasis.HT]


def test_the_mandate_behind_a_contribution_is_its_givers() -> None:
    parties = (PARTIES[0], a_party(REGION, PartyRole.FUNDER, "R-7"))

    assert {promise.mandate_number for promise in terms(parties=parties).promises} == {"R-7"}


def test_without_a_mandate_of_its_giver_the_project_owners_stands_behind_it() -> None:
    assert {promise.mandate_number for promise in terms().promises} == {"2017-118"}


def test_a_contribution_may_have_no_mandate_behind_it() -> None:
    parties = (a_party(DEPARTEMENT, PartyRole.PROJECT_OWNER), a_party(REGION, PartyRole.FUNDER))

    assert {promise.mandate_number for promise in terms(parties=parties).promises} == {None}


def test_a_payment_cannot_exceed_what_is_secured_and_not_received() -> None:
    with pytest.raises(RuleBroken, match=r"20000\.00 €"):
        pay(terms(), FIRST.tranche_id, Decimal("20000.01"), ACTIONS, paid("10000.00"))


def test_nothing_is_paid_before_a_convention_is_in_force() -> None:
    with pytest.raises(RuleBroken, match="not in force"):
        pay(terms(ConventionStatus.PROPOSED), FIRST.tranche_id, Decimal(1), ACTIONS, [])


def test_a_terminated_convention_still_pays_what_fell_due_before() -> None:
    ended = terms(ConventionStatus.TERMINATED)

    assert pay(ended, FIRST.tranche_id, Decimal("30000.00"), ACTIONS, desired(ended)).amount == Decimal("30000.00")
    with pytest.raises(RuleBroken, match=r"0\.00 €"):
        pay(ended, SECOND.tranche_id, Decimal("0.01"), ACTIONS, desired(ended))


def test_only_cash_is_paid() -> None:
    people = terms(lines=(a_line(kind=ContributionKind.PEOPLE),))

    with pytest.raises(RuleBroken, match="Only cash"):
        pay(people, FIRST.tranche_id, Decimal(1), ACTIONS, desired(people))


def test_our_own_copy_of_a_tranche_says_the_same_as_the_event() -> None:
    [first, _] = terms().promises
    copy = Tranche(id=first.tranche_id, convention_id=CONVENTION, **_without_id(first))

    assert copy.promise() == first


def _without_id(promise: Any) -> dict[str, Any]:
    return {name: value for name, value in promise._asdict().items() if name != "tranche_id"}


def test_a_payment_taken_back_is_missed_where_its_tranche_went_even_once_it_is_gone() -> None:
    elsewhere, without = terms(lines=(a_line(action_id=CLOUD, tranches=(FIRST,)),)), terms(lines=())
    before = paid("10000.00")
    held = desired(without, desired(elsewhere, before))
    [opposite] = [posting._replace(amount=-posting.amount) for posting in before if is_received(posting)]

    assert desired(without, [*held, opposite]) == []
