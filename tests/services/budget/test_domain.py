"""Mandates, credit, envelopes, payments, entries and figures: plain rules, no database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chassis.errors import RuleBroken
from chassis.identifiers import new_id
from chassis.money import VatBasis
from contracts.partners import ContributionKind, Nature
from services.budget.domain.convention import Terms, Tranche
from services.budget.domain.credit import Move, Reallocation
from services.budget.domain.envelope import Envelope, Estimate
from services.budget.domain.ledger import (
    CauseKind,
    CellKey,
    First,
    Labels,
    LedgerEntry,
    Measure,
    Movement,
    Origin,
    Place,
    Posting,
)
from services.budget.domain.partner import Act, Mandate
from services.budget.domain.payment import Payment, Receipt
from services.budget.domain.programme import Action
from services.budget.domain.projection import Standing, cell_changes, coverage
from tests.services.budget.builders import (
    CLOUD,
    CONVENTION,
    DEPARTEMENT,
    MANDATE,
    PROGRAMME,
    REGION,
    TELEMEDICINE,
    a_convention,
)

pytestmark = pytest.mark.unit

TODAY, NOW = date(2017, 11, 14), datetime(2017, 11, 14, 9, tzinfo=UTC)
BY: dict[str, Any] = {"author": "person:1", "at": NOW}


def a_mandate(**changes: Any) -> Mandate:
    facts = {
        "id": MANDATE,
        "number": "2017-118",
        "title": "Adoption du schéma",
        "organisation_id": DEPARTEMENT,
        "organisation_name": "Département",
        "enforceable_since": date(2017, 7, 5),
        "authorises": ["reallocate_credit"],
        "ceiling": Decimal("50000.00"),
    }
    return Mandate(**{**facts, **changes})


def an_action(action_id: Any = TELEMEDICINE, **changes: Any) -> Action:
    facts = {"id": action_id, "programme_code": PROGRAMME, "axis_code": "2", "code": "2.1", "title": "Télémédecine"}
    return Action(**{**facts, **changes})


def a_reallocation(amount: str = "50000.00") -> Reallocation:
    move = Move(from_line="Révision du SDAN04", to_line="Actions du schéma", year=2017, amount=Decimal(amount))
    return Reallocation.of(move, a_mandate(), programme_code=PROGRAMME, **BY)[0]


def a_posting(measure: Measure = Measure.SECURED, amount: str = "100.00", **changes: Any) -> Posting:
    cell = CellKey(
        PROGRAMME, "2", TELEMEDICINE, REGION, 2017, Nature.INVESTMENT, ContributionKind.CASH, VatBasis.TTC
    )._replace(**changes)
    return Posting(Place(cell, measure), Decimal(amount), Labels("2.1"))


def a_movement(*postings: Posting, **changes: Any) -> Movement:
    origin = Origin(
        kind=CauseKind.CONVENTION,
        because="SUN-2017-014",
        event_id=new_id(),
        correlation_id="story",
        author="person:1",
        recorded_at=NOW,
    )
    return Movement(origin=replace(origin, **changes), postings=list(postings))


def a_standing(**amounts: str) -> Standing:
    known = {Measure(name): Decimal(amount) for name, amount in amounts.items()}
    standing = Standing(actions={TELEMEDICINE: an_action()}, bases={PROGRAMME: VatBasis.TTC}, amounts={})
    standing.amounts[TELEMEDICINE] = known
    standing.gaps[PROGRAMME, "2"] = known.get(Measure.NEED, Decimal(0)) - known.get(Measure.SECURED, Decimal(0))
    return standing


def test_a_mandate_authorises_up_to_its_ceiling() -> None:
    a_mandate().authorise(Act.REALLOCATE_CREDIT, Decimal("20000.00"), already=Decimal("30000.00"), on=TODAY)

    with pytest.raises(RuleBroken, match=r"at most 20000\.00 €"):
        a_mandate().authorise(Act.REALLOCATE_CREDIT, Decimal("20000.01"), already=Decimal("30000.00"), on=TODAY)


def test_a_mandate_without_ceiling_authorises_any_amount() -> None:
    a_mandate(ceiling=None).authorise(Act.REALLOCATE_CREDIT, Decimal("999999999.00"), already=Decimal(0), on=TODAY)


@pytest.mark.parametrize("since", [None, date(2017, 11, 15)])
def test_a_mandate_authorises_nothing_before_it_is_enforceable(since: date | None) -> None:
    with pytest.raises(RuleBroken, match="not enforceable"):
        a_mandate(enforceable_since=since).authorise(Act.REALLOCATE_CREDIT, Decimal(1), already=Decimal(0), on=TODAY)


def test_a_mandate_authorises_only_what_it_names() -> None:
    only_commits = a_mandate(authorises=["commit_credit"])

    only_commits.authorise(Act.COMMIT_CREDIT, Decimal(1), already=Decimal(0), on=TODAY)
    with pytest.raises(RuleBroken, match="to reallocate credit"):
        only_commits.authorise(Act.REALLOCATE_CREDIT, Decimal(1), already=Decimal(0), on=TODAY)


def test_credit_that_moved_is_available_and_not_yet_secured() -> None:
    reallocation = a_reallocation()

    assert (reallocation.available, reallocation.committed) == (Decimal("50000.00"), Decimal(0))


def test_credit_committed_to_an_action_is_secured_cash_of_its_organisation_in_its_year() -> None:
    reallocation, action = a_reallocation(), an_action()

    commitment, event = reallocation.commit_to(action, Decimal("30000.00"), Nature.OPERATING, a_mandate(), **BY)
    place, amount, labels = reallocation.posting(commitment, action, VatBasis.TTC)

    assert (place.measure, amount, place.cell.year) == (Measure.SECURED, Decimal("30000.00"), 2017)
    assert (place.cell.funder_id, event.funder_id, labels.mandate_number) == (DEPARTEMENT, DEPARTEMENT, "2017-118")
    assert reallocation.available == Decimal("20000.00")


def test_more_credit_than_is_available_is_not_committed() -> None:
    with pytest.raises(RuleBroken, match=r"50000\.00 € are available"):
        a_reallocation().commit_to(an_action(), Decimal("50000.01"), Nature.OPERATING, a_mandate(), **BY)


def test_credit_stays_in_its_programme() -> None:
    stranger = an_action(programme_code="OTHER")

    with pytest.raises(RuleBroken, match="for SUN04"):
        a_reallocation().commit_to(stranger, Decimal(1), Nature.OPERATING, a_mandate(), **BY)


def test_credit_is_committed_under_a_mandate_of_whose_it_is() -> None:
    with pytest.raises(RuleBroken, match="not of Département"):
        a_reallocation().commit_to(an_action(), Decimal(1), Nature.OPERATING, a_mandate(organisation_id=REGION), **BY)


def test_reversed_credit_is_available_again_and_only_once() -> None:
    reallocation = a_reallocation()
    commitment, _ = reallocation.commit_to(an_action(), Decimal("30000.00"), Nature.OPERATING, a_mandate(), **BY)

    reallocation.take_back(commitment)

    assert (reallocation.available, commitment.reversed) == (Decimal("50000.00"), True)
    with pytest.raises(RuleBroken, match="already"):
        reallocation.take_back(commitment)


def test_an_envelope_is_replaced_by_version() -> None:
    first, _ = Envelope.first((PROGRAMME, "2"), Estimate(amount=Decimal("2000000.00")), vat_basis=VatBasis.TTC, **BY)

    second, revised = first.revise(
        Estimate(amount=Decimal("1900000.00"), reason="Affinée"), vat_basis=VatBasis.TTC, **BY
    )

    assert (second.version, revised.version, revised.sequence) == (2, 2, 2)
    assert second.envelope_id == first.envelope_id
    assert second.estimate() == Estimate(amount=Decimal("1900000.00"), reason="Affinée")


def test_a_payment_is_a_fact_and_so_never_in_the_future() -> None:
    promise = Terms.of(a_convention()).promises[0]._asdict()
    tranche = Tranche(id=promise.pop("tranche_id"), convention_id=CONVENTION, **promise)
    receipt = Receipt(tranche_id=tranche.id, amount=Decimal("1.00"), paid_on=date(2017, 11, 15))

    paid_today = Payment.of(replace(receipt, paid_on=TODAY), tranche, "SUN-2017-014", **BY, today=TODAY)
    assert paid_today.recorded(PROGRAMME).funder_id == REGION
    with pytest.raises(RuleBroken, match="yet to come"):
        Payment.of(receipt, tranche, "SUN-2017-014", **BY, today=TODAY)


def an_entry(cause: CauseKind, **changes: Any) -> LedgerEntry:
    [row] = a_movement(a_posting(Measure.RECEIVED), kind=cause).rows()
    return LedgerEntry(**{**row, **changes})


@pytest.mark.parametrize("cause", [CauseKind.PAYMENT, CauseKind.CREDIT_COMMITMENT])
def test_a_payment_or_credit_is_taken_back_by_its_opposite_where_its_action_is_now(cause: CauseKind) -> None:
    opposite = an_entry(cause).opposite("4")

    assert (opposite.amount, opposite.place.cell.axis_code) == (Decimal("-100.00"), "4")
    assert opposite.place.under_axis("2") == a_posting(Measure.RECEIVED).place


@pytest.mark.parametrize(
    ("cause", "instead"),
    [
        (CauseKind.CONVENTION, "amend or terminate the convention"),
        (CauseKind.ACTION, "change the sheet"),
        (CauseKind.PROGRAMME, "change the programme"),
    ],
)
def test_an_entry_that_follows_from_something_else_is_not_reversed(cause: CauseKind, instead: str) -> None:
    with pytest.raises(RuleBroken, match=instead):
        an_entry(cause).opposite("2")


@pytest.mark.parametrize(
    ("cause", "reverses"), [(CauseKind.REVERSAL, None), (CauseKind.REVERSAL, new_id()), (CauseKind.PAYMENT, new_id())]
)
def test_a_reversal_is_not_reversed(cause: CauseKind, reverses: Any) -> None:
    with pytest.raises(RuleBroken, match="belongs to a reversal"):
        an_entry(cause, reverses=reverses).opposite("2")


def test_the_event_of_a_reversal_names_both_entries() -> None:
    entry, entry_id = an_entry(CauseKind.PAYMENT), new_id()

    event = entry.reversed_by(entry.opposite("2"), entry_id, reason="Saisi deux fois", author="person:1")

    assert (event.entry_id, event.reversed_entry_id) == (entry_id, entry.id)
    assert (event.amount, event.measure) == (Decimal("-100.00"), "received")


def test_only_the_first_entry_of_a_reversal_reverses() -> None:
    entry_id, taken_back = new_id(), new_id()
    movement = replace(a_movement(a_posting(), a_posting(Measure.RECEIVED)), first=First(entry_id, taken_back))

    one, other = movement.rows()

    assert (one["id"], one["reverses"]) == (entry_id, taken_back)
    assert other["id"] != entry_id
    assert other["reverses"] is None


def test_a_cell_gets_what_its_entries_add_up_to() -> None:
    movement = a_movement(a_posting(amount="100.00"), a_posting(amount="-40.00"), a_posting(Measure.SOUGHT, "7.00"))

    [change] = cell_changes([movement])

    assert (change["secured"], change["sought"], change["need"]) == (Decimal("60.00"), Decimal("7.00"), Decimal(0))
    assert change["entries"] == 3


def test_cells_are_always_taken_in_the_same_order() -> None:
    postings = [a_posting(year=year, funder_id=funder) for year in (2018, 2017) for funder in (REGION, None)]

    forwards = cell_changes([a_movement(*postings)])
    backwards = cell_changes([a_movement(*reversed(postings))])

    assert forwards == backwards


def test_secured_money_closes_the_gap_and_sought_money_does_not() -> None:
    standing = a_standing(need="1000.00")

    [sought] = standing.record(a_movement(a_posting(Measure.SOUGHT, "400.00")))
    [secured] = standing.record(a_movement(a_posting(Measure.SOUGHT, "-400.00"), a_posting(Measure.SECURED, "400.00")))

    assert (sought.after.gap, secured.after.gap) == (Decimal("1000.00"), Decimal("600.00"))
    assert (secured.before, secured.axis_gap_before, secured.axis_gap_after) == (
        sought.after,
        Decimal(1000),
        Decimal(600),
    )
    assert (sought.sequence, secured.sequence) == (1, 2)


def test_what_was_paid_never_reopens_the_gap() -> None:
    [paid] = a_standing(need="1000.00", secured="400.00").record(a_movement(a_posting(Measure.RECEIVED, "400.00")))

    assert (paid.before.gap, paid.after.gap, paid.after.received) == (Decimal(600), Decimal(600), Decimal(400))


@pytest.mark.parametrize("other", [{"kind": ContributionKind.PEOPLE}, {"vat_basis": VatBasis.HT}])
def test_other_kinds_and_another_vat_basis_are_never_added(other: dict[str, Any]) -> None:
    assert a_standing(need="1000.00").record(a_movement(a_posting(**other))) == []


def test_what_changes_no_figure_is_not_announced() -> None:
    assert a_standing(need="1000.00").record(a_movement(a_posting(amount="5.00"), a_posting(amount="-5.00"))) == []


def test_an_action_without_money_yet_starts_at_nothing() -> None:
    standing = a_standing()
    standing.actions = {CLOUD: an_action(CLOUD, axis_code="4", code="4.1")}

    [changed] = standing.record(a_movement(a_posting(Measure.NEED, "10.00", action_id=CLOUD, axis_code="4")))

    assert (changed.before.need, changed.after.need, changed.axis_gap_after) == (Decimal(0), Decimal(10), Decimal(10))


def test_an_action_that_moves_closes_one_axis_and_opens_the_other() -> None:
    standing = a_standing(need="1000.00")
    standing.actions = {TELEMEDICINE: an_action(axis_code="4")}
    leaving, arriving = (
        a_posting(Measure.NEED, amount, axis_code=axis) for amount, axis in (("-1000", "2"), ("1000", "4"))
    )

    [changed] = standing.record(a_movement(leaving, arriving))

    assert (changed.axis_code, changed.axis_gap_before, changed.axis_gap_after) == ("4", Decimal(0), Decimal(1000))
    assert (changed.before, standing.gaps[PROGRAMME, "2"]) == (changed.after, Decimal(0))


def test_coverage_is_the_part_of_the_need_that_is_secured() -> None:
    assert coverage(Decimal(180000), Decimal(80000)) == Decimal("0.4444")
    assert coverage(Decimal(0), Decimal(80000)) is None
