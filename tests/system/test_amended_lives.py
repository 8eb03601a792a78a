"""Whatever becomes of a convention and its amendments: budget's ledger, its projection and a plain model agree."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from chassis.database import transaction
from chassis.errors import InvalidInput, RuleBroken
from chassis.identifiers import new_id
from chassis.service import Service
from chassis.testing import a_service, deliver, emptied
from contracts.amendments import AmendmentStatus, ChangeKind
from contracts.partners import ConventionState
from services.budget import queries, use_cases
from services.budget.domain.payment import Receipt
from services.budget.domain.projection import Cell
from services.budget.worker import BudgetWorker
from services.partners.domain.amendment import Amendment
from services.partners.domain.amendment_changes import Change
from services.partners.domain.amendment_checks import check_changes
from services.partners.domain.organisation import Organisation
from tests.machines import run_lives
from tests.services.partners.builders import (
    OFFICE,
    TODAY,
    Table,
    a_line,
    a_signing,
    a_tranche,
    an_action_event,
    the_programme_event,
)

pytestmark = pytest.mark.needs_postgresql

AMOUNTS = st.sampled_from([Decimal("0.01"), Decimal("12345.67"), Decimal("30000.00"), Decimal("80000.00")])
DAYS = st.sampled_from([date(2017, 12, 1), date(2018, 3, 31), date(2018, 11, 30), date(2019, 2, 1)])
ENDS = st.sampled_from([date(2018, 6, 30), date(2018, 12, 31), date(2019, 6, 30)])
ZERO = Decimal("0.00")
KINDS = [
    *(ChangeKind.AMOUNT, ChangeKind.AMOUNT, ChangeKind.TRANCHE_CHANGED, ChangeKind.TRANCHE_REMOVED),
    *(ChangeKind.TRANCHE_ADDED, ChangeKind.PERIOD, ChangeKind.LINE_ADDED),
]
SOUGHT, BINDING, OVER, NEVER = "sought", "binding", "over early", "never bound"


@pytest.fixture(scope="module")
def budget(database_administration_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with a_service("budget", database_administration_url, tmp_path_factory.mktemp("budget")) as service:
        yield service


class AmendedLife(RuleBasedStateMachine):
    """Anybody does anything at any time; what partners says reaches budget, and a plain model counts along.

    The model knows tranches by id with amount and day, changes them as an amendment in force says, and nothing else.
    """

    service: Service
    effects: int

    @initialize(signed=st.sampled_from([True, True, True, False]), later=st.sampled_from([0, 0, 10]))
    def begin(self, signed: bool, later: int) -> None:
        emptied(self.service)
        self.table, self.today = Table(), date(2017, 11, 2)
        deliver(BudgetWorker.record_programme, the_programme_event())
        deliver(BudgetWorker.record_need, an_action_event())
        self.convention = self.table.draft()
        self.promised = {
            tranche.id: (tranche.amount, tranche.due_on) for line in self.convention.lines for tranche in line.tranches
        }
        self.placed = {number: due_on.year for number, (_, due_on) in self.promised.items()}
        self.received: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
        self.amendment: Amendment | None = None
        self.amended, self.number, self.standing, self.ended_on = 0, 0, SOUGHT, date.max
        self.tell(self.convention.propose("SUN-2017-001", on=TODAY))
        if signed:
            self.convention_is_signed(by_region=True)
            self.convention_is_signed(by_region=False)
            self.amendment_is_proposed(ChangeKind.AMOUNT, Decimal("65432.10"), self.today, date.max, 1, later)
            self.amendment_is_signed((True, False))

    def tell(self, *facts: Any) -> None:
        deliver(BudgetWorker.record_commitment, *(each for each in facts if isinstance(each, ConventionState)), times=2)

    def who(self, by_region: bool) -> Organisation:
        return self.table.region if by_region else self.table.departement

    @rule(days=st.integers(1, 60))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.what_is_due_takes_effect()
        if self.today > self.convention.ends_on and not self.convention.ended_on:
            self.amendment_expires()
            self.tell(self.convention.elapse(today=self.today))
            self.standing = NEVER if self.standing == SOUGHT else self.standing

    @rule(by_region=st.booleans())
    def convention_is_signed(self, by_region: bool) -> None:
        party = self.who(by_region)
        signing = a_signing(self.convention.fingerprint, signed_on=self.today)
        mandate = None if by_region else self.table.mandate
        with suppress(RuleBroken):
            facts = self.convention.sign(party.id, signing, mandate, today=self.today, by=OFFICE)
            self.tell(*facts[-1:])
            self.standing = BINDING if len(facts) == 2 else self.standing

    @rule(refused=st.booleans())
    def proposal_ends(self, refused: bool) -> None:
        with suppress(RuleBroken):
            if refused:
                self.tell(self.convention.refuse(self.table.region.id, "Non", on=self.today, by=OFFICE))
            else:
                self.tell(self.convention.withdraw("Retirée", on=self.today))
            self.standing = NEVER

    @rule(rarely=st.integers(0, 7))
    def convention_is_terminated(self, rarely: int) -> None:
        if rarely == 0:
            with suppress(RuleBroken):
                self.tell(self.convention.terminate("Retrait", on=self.today, by=None, today=self.today))
                self.amendment_expires()
                self.standing, self.ended_on = OVER, self.today

    @rule(
        kind=st.sampled_from(KINDS),
        amount=AMOUNTS,
        day=DAYS,
        ends_on=ENDS,
        chosen=st.integers(0, 9),
        later=st.sampled_from([0, 0, 1, 40]),
    )
    def amendment_is_proposed(
        self, kind: ChangeKind, amount: Decimal, day: date, ends_on: date, chosen: int, later: int
    ) -> None:
        if self.amendment is not None:
            return
        on, known, former = self.today + timedelta(days=later), self.table.known(), self.convention.terms()
        change = self.a_change(kind, amount, day, ends_on, chosen)
        with suppress(RuleBroken, InvalidInput):
            if change is not None:
                check_changes(former, [change], known, effective_on=on, received=self.received)
                facts: dict[str, Any] = {"title": "Avenant", "effective_on": on, "changes": [change], "known": known}
                amendment = Amendment.draft(new_id(), self.convention, **facts)
                amendment.propose(self.number + 1, on=self.today)
                self.amendment, self.number = amendment, self.number + 1

    def a_change(self, kind: ChangeKind, amount: Decimal, day: date, ends_on: date, chosen: int) -> Change | None:
        if not self.promised:
            return None
        line = self.convention.lines[0]
        number = list(self.promised)[chosen % len(self.promised)]
        tranche = a_tranche(str(amount), due_on=day)
        said: dict[ChangeKind, dict[str, Any]] = {
            ChangeKind.AMOUNT: {"tranche_id": number, "amount": amount},
            ChangeKind.TRANCHE_CHANGED: {"tranche_id": number, "due_on": day},
            ChangeKind.TRANCHE_REMOVED: {"tranche_id": number},
            ChangeKind.TRANCHE_ADDED: {"line_id": line.id, "tranche": tranche},
            ChangeKind.PERIOD: {"ends_on": ends_on},
            ChangeKind.LINE_ADDED: {"line": a_line(self.table.departement, self.table.action, tranches=(tranche,))},
        }
        return Change(kind=kind, **said[kind]).identified()

    @rule(by=st.sampled_from([(True,), (False,), (True, False), (False, True)]))
    def amendment_is_signed(self, by: tuple[bool, ...]) -> None:
        for by_region in by if self.amendment is not None else ():
            self.amendment_is_signed_by(by_region)
        self.what_is_due_takes_effect()

    def amendment_is_signed_by(self, by_region: bool) -> None:
        if self.amendment is not None:
            signing = a_signing(self.amendment.fingerprint, signed_on=self.today)
            mandate = None if by_region else self.table.mandate
            with suppress(RuleBroken):
                self.amendment.sign(self.who(by_region).id, signing, mandate, today=self.today, by=OFFICE)

    @rule(refused=st.booleans(), rarely=st.integers(0, 3))
    def amendment_ends(self, refused: bool, rarely: int) -> None:
        if self.amendment is not None and rarely == 0:
            with suppress(RuleBroken):
                if refused:
                    self.amendment.refuse(self.table.region.id, "Non", on=self.today, by=OFFICE)
                else:
                    self.amendment.withdraw("Autrement", on=self.today)
                self.amendment = None

    def amendment_expires(self) -> None:
        if self.amendment is not None:
            self.amendment.expire(on=self.today)
            self.amendment = None

    def what_is_due_takes_effect(self) -> None:
        if self.amendment is not None and self.amendment.due(self.today):
            [change] = self.amendment.changes
            self.tell(*self.amendment.take_effect(self.table.known()))
            self.count(change)
            self.amended += 1
            type(self).effects += 1
            assert self.amendment.status is AmendmentStatus.IN_FORCE
            self.amendment = None

    def count(self, change: Change) -> None:
        """Change the model as the amendment says."""
        number = change.tranche_id
        added = [change.tranche] if change.tranche else list(change.line.tranches) if change.line else []
        self.promised |= {each.id: (each.amount, each.due_on) for each in added if each.id}
        if number and change.amount is not None:
            self.promised[number] = (change.amount, self.promised[number][1])
        if number and change.due_on is not None:
            self.promised[number] = (self.promised[number][0], change.due_on)
        if change.kind is ChangeKind.TRANCHE_REMOVED and number:
            del self.promised[number]
        self.placed |= {each: due_on.year for each, (_, due_on) in self.promised.items()}

    @rule(chosen=st.integers(0, 9), cents=st.integers(1, 9_000_000))
    def office_pays(self, chosen: int, cents: int) -> None:
        if not self.promised:
            return
        number = list(self.promised)[chosen % len(self.promised)]
        receipt = Receipt(tranche_id=number, amount=Decimal(cents) / 100, paid_on=date(2017, 10, 20))
        at = datetime(2018, 1, 1, tzinfo=UTC)
        with suppress(RuleBroken):
            with transaction() as session:
                use_cases.record_payment(session, receipt, author="person:1", at=at, today=self.today)
            self.received[number] += receipt.amount

    @invariant()
    def the_projection_is_what_the_model_counts(self) -> None:
        with transaction() as session:
            cells = session.scalars(select(Cell)).all()
        found: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
        for cell in cells:
            for place, amount in enumerate((cell.sought, cell.secured, cell.received)):
                found[cell.year][place] += amount
        assert {year: sums for year, sums in found.items() if any(sums)} == self.counted()

    def counted(self) -> dict[int, list[Decimal]]:
        sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
        for number, year in self.placed.items():
            amount, due_on = self.promised.get(number, (ZERO, date.max))
            came = self.received[number]
            bound = self.standing == BINDING or (self.standing == OVER and due_on < self.ended_on)
            sums[year][0] += amount if self.standing == SOUGHT else ZERO
            sums[year][1] += max(amount if bound else ZERO, came)
            sums[year][2] += came
        return {year: each for year, each in sums.items() if any(each)}

    @invariant()
    def each_amendment_in_force_is_a_version(self) -> None:
        assert self.convention.version == 1 + self.amended

    def teardown(self) -> None:
        with transaction() as session:
            assert queries.verify(session) == []


def test_ledger_projection_and_a_plain_model_agree_after_any_life(budget: Service) -> None:
    AmendedLife.service, AmendedLife.effects = budget, 0
    run_lives(AmendedLife, lives=20, steps=25)
    assert AmendedLife.effects > 0, "No amendment took effect: nothing was tried."
