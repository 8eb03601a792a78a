"""What the ledger should hold for a state of things, and the entries that bring it there: always by difference."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.errors import RuleBroken
from chassis.money import VatBasis
from contracts.actions import Need
from contracts.partners import ContributionKind, ConventionStatus
from services.budget.domain.convention import Promise, Terms
from services.budget.domain.ledger import ZERO, CellKey, Labels, Measure, Place, Posting
from services.budget.domain.programme import Action

SOUGHT = frozenset({ConventionStatus.PROPOSED, ConventionStatus.PARTIALLY_SIGNED})
BINDING = frozenset({ConventionStatus.IN_FORCE, ConventionStatus.COMPLETED})
PAYABLE = BINDING | {ConventionStatus.TERMINATED}

Actions = Mapping[UUID, Action]


def differences(held: Iterable[Posting], desired: Iterable[Posting]) -> list[Posting]:
    """Give the postings that make a ledger which holds `held` hold `desired`; none where they agree."""
    amounts: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    labels: dict[Place, Labels] = {}
    for sign, postings in ((-1, held), (1, desired)):
        for place, amount, shown in postings:
            amounts[place] += sign * amount
            labels[place] = shown
    return [Posting(place, amount, labels[place]) for place, amount in amounts.items() if amount]


def promised(terms: Terms, actions: Actions, held: Iterable[Posting]) -> list[Posting]:
    """Give what the ledger should hold for a convention, knowing what was received so far.

    What was received is a fact: it stays, and stays secured, whatever becomes of the promise. A tranche that an
    amendment moved takes it along; one that an amendment removed leaves it where it lay last.
    """
    held = list(held)
    received = received_by_tranche(held)
    desired = [posting for promise in terms.promises for posting in _of_promise(promise, terms, actions, received)]
    present = {promise.tranche_id for promise in terms.promises}
    for posting in _left_behind(held, present, received):
        desired += [posting, posting._replace(place=posting.place._replace(measure=Measure.SECURED))]
    return desired


def _left_behind(
    held: Iterable[Posting], present: Collection[UUID], received: Mapping[UUID | None, Decimal]
) -> list[Posting]:
    """Give what tranches received that are no longer promised, all of it where most of it lies.

    A payment taken back names the place where it was made; what was paid may have moved since, with its tranche.
    """
    last: dict[UUID | None, Posting] = {}
    for posting in held:
        tranche_id = posting.place.tranche_id
        gone = posting.place.measure == Measure.RECEIVED and tranche_id not in present
        if gone and (tranche_id not in last or posting.amount > last[tranche_id].amount):
            last[tranche_id] = posting
    return [posting._replace(amount=received[each]) for each, posting in last.items() if received[each]]


def received_by_tranche(held: Iterable[Posting]) -> dict[UUID | None, Decimal]:
    """Give what each tranche received, in euros."""
    received: dict[UUID | None, Decimal] = defaultdict(lambda: ZERO)
    for place, amount, _ in held:
        if place.measure == Measure.RECEIVED:
            received[place.tranche_id] += amount
    return received


def _of_promise(
    promise: Promise, terms: Terms, actions: Actions, received: Mapping[UUID | None, Decimal]
) -> Iterator[Posting]:
    action = actions[promise.action_id]
    labels = labels_of(promise, terms, action)
    for measure, amount in standing_of(promise, terms, received.get(promise.tranche_id, ZERO)):
        if amount:
            yield Posting(place_of(promise, terms, action, measure), amount, labels)


def labels_of(promise: Promise, terms: Terms, action: Action) -> Labels:
    """Give what a reader of its entries wants to know of a promise."""
    return Labels(action.code, promise.funder_name, terms.reference, promise.mandate_number, promise.passes_on)


def standing_of(promise: Promise, terms: Terms, received: Decimal) -> list[tuple[Measure, Decimal]]:
    """Give how much of a promise is sought, secured and received, in euros; secured is never less than received."""
    secured = promise.amount if is_binding(promise, terms) else ZERO
    sought = promise.amount - received if terms.status in SOUGHT else ZERO
    return [
        (Measure.SOUGHT, max(sought, ZERO)),
        (Measure.SECURED, max(secured, received)),
        (Measure.RECEIVED, received),
    ]


def is_binding(promise: Promise, terms: Terms) -> bool:
    """Say whether a promise holds: its convention is in force or completed, or ended after the promise fell due."""
    if terms.status is ConventionStatus.TERMINATED:
        return promise.due_on < _end_of(terms)
    return terms.status in BINDING


def _end_of(terms: Terms) -> date:
    if terms.ended_on is None:
        raise RuleBroken(f"Convention {terms.reference} is terminated without a date: say when it ended.")
    return terms.ended_on


def place_of(promise: Promise, terms: Terms, action: Action, measure: Measure) -> Place:
    """Give the place of a promise; its quarter is the one it falls due in, if in its budget year."""
    cell = CellKey(
        action.programme_code,
        action.axis_code,
        action.id,
        promise.funder_id,
        promise.year,
        promise.nature,
        promise.kind,
        promise.vat_basis,
        promise.passes_on is not None,
    )
    quarter = (promise.due_on.month + 2) // 3 if promise.due_on.year == promise.year else None
    return Place(cell, measure, quarter, terms.convention_id, promise.line_id, promise.tranche_id)


def pay(terms: Terms, tranche_id: UUID, amount: Decimal, actions: Actions, held: Iterable[Posting]) -> Posting:
    """Give the received entry of a payment against a tranche; `held` is what the ledger holds for the convention.

    Raises RuleBroken for what is no cash, not in force, or more than is secured and not yet received.
    """
    promise = next(each for each in terms.promises if each.tranche_id == tranche_id)
    if promise.kind is not ContributionKind.CASH:
        raise RuleBroken("Only cash is paid: this tranche is a contribution of another kind.")
    if terms.status not in PAYABLE:
        raise RuleBroken(f"Convention {terms.reference} is not in force: nothing is due yet, or any longer.")
    received = received_by_tranche(held)[tranche_id]
    left = max(promise.amount if is_binding(promise, terms) else ZERO, received) - received
    if amount > left:
        raise RuleBroken(f"Of this tranche {left} € are secured and not yet received: record at most that.")
    action = actions[promise.action_id]
    labels = labels_of(promise, terms, action)
    return Posting(place_of(promise, terms, action, Measure.RECEIVED), amount, labels)


def needed(action: Action, needs: Iterable[Need], vat_basis: VatBasis) -> list[Posting]:
    """Give what the ledger should hold of an action's need; a need is cash in the programme's VAT basis."""
    labels = Labels(action.code)
    return [
        Posting(
            Place(
                CellKey(
                    action.programme_code,
                    action.axis_code,
                    action.id,
                    None,
                    need.year,
                    need.nature,
                    ContributionKind.CASH,
                    vat_basis,
                ),
                Measure.NEED,
            ),
            need.amount,
            labels,
        )
        for need in needs
        if need.amount
    ]


def moved(action: Action, held: Iterable[Posting]) -> list[Posting]:
    """Give the same holdings under the axis where the action is now."""
    return [posting._replace(place=posting.place.under_axis(action.axis_code)) for posting in held]


def rebased(held: Iterable[Posting], vat_basis: VatBasis) -> list[Posting]:
    """Give the same needs in the programme's new VAT basis."""
    return [
        posting._replace(place=posting.place._replace(cell=posting.place.cell._replace(vat_basis=vat_basis)))
        for posting in held
    ]
