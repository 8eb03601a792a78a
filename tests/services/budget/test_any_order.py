"""Whatever happens, in whatever order it arrives and however often: ledger, cells and a plain recomputation agree."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from chassis.database import transaction
from chassis.errors import NotFound, RuleBroken
from chassis.identifiers import stable_id
from chassis.money import VatBasis
from chassis.service import Service
from chassis.testing import deliver, emptied
from contracts.actions import ActionState
from contracts.partners import ContributionKind, ConventionState, ConventionStatus, Nature
from services.budget import queries, use_cases
from services.budget.domain.credit import Move
from services.budget.domain.payment import Receipt
from services.budget.domain.projection import Cell
from services.budget.worker import BudgetWorker
from tests.machines import run_lives
from tests.services.budget.builders import (
    CLOUD,
    COMMUNE,
    DEPARTEMENT,
    MANDATE,
    PROGRAMME,
    REGION,
    TELEMEDICINE,
    a_convention,
    a_line,
    a_mandate,
    a_need,
    a_programme,
    a_tranche,
    an_action,
)

pytestmark = pytest.mark.needs_postgresql

Status = ConventionStatus
Key = tuple[Any, ...]
Sums = dict[Key, dict[str, Decimal]]
ZERO, CENT = Decimal("0.00"), Decimal("0.01")
TODAY, NOW = date(2018, 3, 1), datetime(2018, 3, 1, 10, tzinfo=UTC)
BY: dict[str, Any] = {"author": "person:1", "at": NOW}
UPSTREAM = stable_id("line", "whose money is handed on")
DAYS = (date(2017, 12, 1), date(2018, 3, 31), date(2018, 6, 30))
NO = [Status.REFUSED, Status.WITHDRAWN, Status.EXPIRED]
NEXT = {
    None: [Status.PROPOSED],
    Status.PROPOSED: [Status.IN_FORCE] * 4
    + [Status.PARTIALLY_SIGNED, Status.REFUSED, Status.WITHDRAWN, Status.EXPIRED],
    Status.PARTIALLY_SIGNED: [Status.IN_FORCE] * 3 + [Status.REFUSED, Status.WITHDRAWN, Status.EXPIRED],
    Status.IN_FORCE: [Status.TERMINATED, Status.IN_FORCE, Status.TERMINATED, Status.PROPOSED, Status.COMPLETED],
}

tranches = st.builds(
    lambda name, amount, due_on: (name, amount, due_on),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["100.00", "250.51", "0.01", "0.00"]),
    st.sampled_from(DAYS),
)
lines = st.tuples(
    st.sampled_from([REGION, COMMUNE]),
    st.sampled_from([TELEMEDICINE, CLOUD]),
    st.sampled_from([ContributionKind.CASH, ContributionKind.CASH, ContributionKind.PEOPLE]),
    st.sampled_from([VatBasis.TTC, VatBasis.TTC, VatBasis.HT]),
    st.sampled_from([None, None, UPSTREAM]),
    st.lists(tranches, min_size=1, max_size=3, unique_by=lambda each: each[0]),
)
contributions = st.lists(lines, min_size=1, max_size=2, unique_by=lambda each: each[0])


@dataclass
class Paid:
    """A payment that the budget accepted."""

    entry_id: UUID
    tranche_id: UUID
    amount: Decimal


class AnyOrder(RuleBasedStateMachine):
    """Partners and actions speak, the messages arrive somehow, the office pays and mends; a model counts along."""

    service: Service

    def __init__(self) -> None:
        super().__init__()
        self.said: list[ConventionState | ActionState] = []
        self.newest: dict[UUID, Any] = {}
        self.lives = Counter[str]()
        self.applied: dict[UUID, Any] = {}
        self.lies: dict[UUID, Key] = {}
        self.payments: list[Paid] = []
        self.commitments: list[tuple[UUID, UUID, Decimal]] = []

    @initialize(drawn=contributions, other=contributions)
    def a_programme_runs_and_two_conventions_are_in_force(self, drawn: list[Any], other: list[Any]) -> None:
        emptied(self.service)
        deliver(BudgetWorker.record_programme, a_programme())
        deliver(BudgetWorker.record_mandate, a_mandate(ceiling=None))
        for action_id in (TELEMEDICINE, CLOUD):
            self.say_action(action_id, "2", "1000.00")
            self.arrive([0], 1)
        with transaction() as session:
            move = Move(from_line="A", to_line="B", year=2017, amount=Decimal("300.00"))
            self.credit = use_cases.reallocate_credit(
                session, programme_code=PROGRAMME, move=move, mandate_id=MANDATE, **BY, today=TODAY
            ).id
        for name, parts in (("x", drawn), ("y", other)):
            self.partners_speak(name, 0, parts, DAYS[0], late=True)
            self.partners_speak(name, 0, parts, DAYS[0], late=False)
        for part in ("all", "half", "half"):
            self.office_pays(0, part)

    @rule(
        name=st.sampled_from(["x", "y"]),
        choice=st.integers(0, 9),
        drawn=contributions,
        ended_on=st.sampled_from(DAYS),
        late=st.booleans(),
    )
    def partners_speak(self, name: str, choice: int, drawn: list[Any], ended_on: date, late: bool) -> None:
        name = f"{name}{self.lives[name]}"
        convention_id = stable_id("convention", name)
        before = self.newest.get(convention_id)
        ways = NEXT[before.status if before else None]
        status = ways[choice % len(ways)]
        amended = status in (Status.PROPOSED, before and before.status)
        state = a_convention(
            status,
            convention_id=convention_id,
            reference=name,
            sequence=before.sequence + 1 if before else 1,
            lines=tuple(_lines(name, drawn)) if before is None or amended else before.lines,
            ended_on=ended_on if status is Status.TERMINATED else None,
        )
        self.newest[convention_id] = state
        self.said.append(state)
        self.lives[name[0]] += status not in NEXT
        if not late:
            self.arrive([0], 1)

    @rule(
        action_id=st.sampled_from([TELEMEDICINE, CLOUD]),
        axis=st.sampled_from(["2", "4"]),
        amount=st.sampled_from(["0.00", "1000.00", "12.34"]),
    )
    def say_action(self, action_id: UUID, axis: str, amount: str) -> None:
        before = self.newest.get(action_id)
        sheet = an_action(
            action_id, axis_code=axis, needs=(a_need(amount),), sequence=before.sequence + 1 if before else 1
        )
        self.newest[action_id] = sheet
        self.said.append(sheet)

    @rule(chosen=st.lists(st.integers(0, 3) | st.integers(0, 99), min_size=1, max_size=4), times=st.integers(1, 2))
    def arrive(self, chosen: list[int], times: int) -> None:
        messages = [self.said[-1 - each % len(self.said)] for each in chosen]
        for kind, method in (
            (ActionState, BudgetWorker.record_need),
            (ConventionState, BudgetWorker.record_commitment),
        ):
            of_kind = [each for each in messages if isinstance(each, kind)]
            deliver(method, *of_kind, times=times)
            for each in of_kind:
                self._apply(each)

    def _apply(self, state: Any) -> None:
        held = self.applied.get(UUID(state.subject))
        if held is None or held.sequence < state.sequence:
            self.applied[UUID(state.subject)] = state
        for convention in self._conventions():
            self.lies.update({tranche.tranche_id: key for tranche, key in _places(convention)})

    @rule(chosen=st.integers(0, 99), part=st.sampled_from(["half", "all", "all", "too much"]))
    def office_pays(self, chosen: int, part: str) -> None:
        known = sorted(self.lies, key=lambda each: (not self._payable(each), str(each)))
        open_ones = [each for each in known if self._payable(each)] or known
        if open_ones:
            tranche_id = open_ones[chosen % len(open_ones)]
            left = self._payable(tranche_id)
            amount = {"half": (left / 2).quantize(CENT), "all": left, "too much": left + CENT}[part] or CENT
            with transaction() as session:
                receipt = Receipt(tranche_id=tranche_id, amount=amount, paid_on=TODAY)
                try:
                    entry_id = use_cases.record_payment(session, receipt, **BY, today=TODAY).entry_id
                    self.payments.append(Paid(entry_id, tranche_id, amount))
                    assert amount <= left
                except (RuleBroken, NotFound):
                    assert amount > left

    @rule(chosen=st.integers(0, 99))
    def office_takes_a_payment_back(self, chosen: int) -> None:
        if self.payments:
            mistake = self.payments.pop(chosen % len(self.payments))
            with transaction() as session:
                use_cases.reverse_entry(session, mistake.entry_id, reason="Saisi deux fois", **BY)

    @rule(action_id=st.sampled_from([TELEMEDICINE, CLOUD]), amount=st.sampled_from(["100.00", "300.00"]))
    def office_commits_credit(self, action_id: UUID, amount: str) -> None:
        fits = sum(each[2] for each in self.commitments) + Decimal(amount) <= 300
        facts: dict[str, Any] = {
            "action_id": action_id,
            "amount": Decimal(amount),
            "nature": Nature.OPERATING,
        }
        with transaction() as session:
            try:
                done = use_cases.commit_credit(
                    session, reallocation_id=self.credit, **facts, year=None, mandate_id=MANDATE, **BY, today=TODAY
                )
                self.commitments.append((done.entry_id, action_id, Decimal(amount)))
                assert fits
            except RuleBroken:
                assert not fits

    @rule(chosen=st.integers(0, 99))
    def office_takes_credit_back(self, chosen: int) -> None:
        if self.commitments:
            entry_id, _, _ = self.commitments.pop(chosen % len(self.commitments))
            with transaction() as session:
                use_cases.reverse_entry(session, entry_id, reason="Mauvaise action", **BY)

    def teardown(self) -> None:
        with transaction() as session:
            assert queries.verify(session) == []

    @invariant()
    def cells_and_a_plain_recomputation_agree(self) -> None:
        with transaction() as session:
            assert _cells(session) == {key: sums for key, sums in self._recomputed().items() if any(sums.values())}

    def _conventions(self) -> list[Any]:
        return [state for state in self.applied.values() if isinstance(state, ConventionState)]

    def _received(self, tranche_id: UUID) -> Decimal:
        return sum((paid.amount for paid in self.payments if paid.tranche_id == tranche_id), ZERO)

    def _payable(self, tranche_id: UUID) -> Decimal:
        for convention in self._conventions():
            for tranche, key in _places(convention):
                if tranche.tranche_id == tranche_id and key[5] is ContributionKind.CASH:
                    return max(_bound(convention, tranche) - self._received(tranche_id), ZERO)
        return ZERO

    def _recomputed(self) -> Sums:
        sums: Sums = defaultdict(lambda: dict.fromkeys(("need", "sought", "secured", "received"), ZERO))
        for state in self.applied.values():
            if isinstance(state, ActionState):
                for need in state.needs:
                    key = self._full((state.action_id, None, need.year, need.nature, False, "cash", VatBasis.TTC))
                    sums[key]["need"] += need.amount
        for _, action_id, amount in self.commitments:
            key = self._full((action_id, DEPARTEMENT, 2017, Nature.OPERATING, False, "cash", VatBasis.TTC))
            sums[key]["secured"] += amount
        standing = {
            tranche.tranche_id: (convention, tranche)
            for convention in self._conventions()
            for tranche, _ in _places(convention)
        }
        for tranche_id, place in self.lies.items():
            cell, received = sums[self._full(place)], self._received(tranche_id)
            cell["received"] += received
            bound = _bound(*standing[tranche_id]) if tranche_id in standing else ZERO
            cell["secured"] += max(bound, received)
            if tranche_id in standing and standing[tranche_id][0].status in (Status.PROPOSED, Status.PARTIALLY_SIGNED):
                cell["sought"] += max(standing[tranche_id][1].amount - received, ZERO)
        return sums

    def _full(self, place: Key) -> Key:
        return (self.applied[place[0]].axis_code, *place)


def _lines(name: str, drawn: list[Any]) -> Iterator[Any]:
    taken: set[str] = set()
    for funder_id, action_id, kind, basis, passes_on, parts in drawn:
        own = [part for part in parts if part[0] not in taken]
        taken.update(part[0] for part in own)
        made = tuple(a_tranche(amount, name=f"{name}{part}", due_on=due_on) for part, amount, due_on in own)
        line_id = stable_id(name, str(funder_id))
        said = {"action_id": action_id, "kind": kind, "vat_basis": basis, "passes_on_line_id": passes_on}
        yield a_line(funder_id, made, line_id=line_id, **said)


def _places(convention: ConventionState) -> Iterator[tuple[Any, Key]]:
    for line in convention.lines:
        for tranche in line.tranches:
            handed_on = line.passes_on_line_id is not None
            key = (
                line.action_id,
                line.organisation_id,
                tranche.year,
                line.nature,
                handed_on,
                line.kind,
                line.vat_basis,
            )
            yield tranche, key


def _bound(convention: ConventionState, tranche: Any) -> Decimal:
    """What the convention still binds its funder to, received or not."""
    if convention.status is Status.TERMINATED and convention.ended_on is not None:
        return Decimal(tranche.amount) if tranche.due_on < convention.ended_on else ZERO
    return Decimal(tranche.amount) if convention.status in (Status.IN_FORCE, Status.COMPLETED) else ZERO


def _cells(session: Any) -> Sums:
    found: Sums = {}
    for cell in session.scalars(select(Cell)):
        where = (cell.axis_code, cell.action_id, cell.funder_id, cell.year, cell.nature)
        key = (*where, cell.passed_on, cell.kind, cell.vat_basis)
        sums = {"need": cell.need, "sought": cell.sought, "secured": cell.secured, "received": cell.received}
        if any(sums.values()):
            found[key] = sums
    return found


def test_ledger_projection_and_a_plain_recomputation_agree_whatever_the_order(budget: Service) -> None:
    AnyOrder.service = budget
    run_lives(AnyOrder, lives=15, steps=30)
