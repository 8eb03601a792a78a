"""Whatever becomes of conventions that hand money on, whoever leaves and joins: both services and a model agree."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.database import transaction
from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.service import Service, serving
from chassis.testing import a_service, announced, deliver, emptied
from contracts.amendments import AmendmentStatus, ChangeKind, ConventionAmended
from contracts.budget import EntryReversed, PaymentRecorded
from contracts.partners import (
    ConventionCompleted,
    ConventionEnteredIntoForce,
    ConventionExpired,
    ConventionRefused,
    ConventionState,
    ConventionStatus,
    ConventionTerminated,
    ConventionWithdrawn,
    PartyRole,
)
from services.budget import queries as budget_queries
from services.budget import use_cases as budget_use_cases
from services.budget.domain.ledger import Measure
from services.budget.domain.payment import Receipt
from services.budget.domain.projection import Cell
from services.budget.queries import By, Scope
from services.budget.worker import BudgetWorker
from services.partners.domain.amendment_changes import Change
from services.partners.domain.convention_terms import PartyTerms, Terms
from services.partners.queries.amendments import amendments_of_all
from services.partners.queries.conventions import convention as shown
from services.partners.queries.conventions import texts
from services.partners.queries.departures import departure
from services.partners.use_cases import amendment_effects, amendments, conventions
from services.partners.worker import PartnersWorker
from tests.machines import run_lives
from tests.services.partners.builders import (
    OFFICE,
    TODAY,
    a_known_action,
    a_signing,
    an_action_event,
    an_organisation,
    the_programme_event,
)
from tests.system.handed_on import ZERO, Books, Pact, Standing, Sums
from tests.system.moves import AMOUNTS, ANY, DAYS, MOVED, WHO, Moves

pytestmark = pytest.mark.needs_postgresql

SIRENS = {"Département": "220400014", "Région": "231300021", "Digne": "210400701", "Provence Alpes": "200067437"}
NOW = datetime(2018, 1, 1, tzinfo=UTC)
PAGE = {"limit": 200, "cursor": None}
CENT = Decimal("0.01")
EARLY = (ConventionStatus.REFUSED, ConventionStatus.WITHDRAWN, ConventionStatus.TERMINATED)
ENDS_SO = {each.value: each for each in EARLY}
REFUSALS = (RuleBroken, InvalidInput, NotFound)
BECAME = {
    ConventionEnteredIntoForce: Standing.BINDING,
    ConventionTerminated: Standing.OVER,
    ConventionRefused: Standing.NEVER,
    ConventionWithdrawn: Standing.NEVER,
    ConventionExpired: Standing.NEVER,
    ConventionCompleted: Standing.COMPLETED,
}


@pytest.fixture(scope="module")
def services(database_administration_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Service]]:
    folder = tmp_path_factory.mktemp("services")
    with (
        a_service("partners", database_administration_url, folder) as partners,
        a_service("budget", database_administration_url, folder) as budget,
    ):
        yield [partners, budget]


class MoneyHandedOn(RuleBasedStateMachine):
    """Four organisations agree on what they like, the office pays, days go by; what partners says reaches budget."""

    services: list[Service]
    tried: Counter[str]

    @initialize(signed=st.sampled_from([True, True, True, False]), leaver=WHO, days=st.sampled_from([0, 0, -20, 45]))
    def begin(self, signed: bool, leaver: int, days: int) -> None:
        for service in self.services:
            emptied(service)
        self.partners, self.budget = self.services
        self.today, self.books = date(2017, 11, 2), Books()
        self.pending: dict[UUID, tuple[UUID, list[Change]]] = {}
        self.signers: dict[UUID, set[UUID]] = {}
        self.unread: set[UUID] = set()
        self.moved = True
        self.payments: list[tuple[UUID, UUID, Decimal]] = []
        self.untold: list[Any] = []
        self.farewell = leaver, days
        self.action = a_known_action()
        self.organisations = [an_organisation(name, siren=siren) for name, siren in SIRENS.items()]
        self.who = [each.id for each in self.organisations]
        self.moves = Moves(self.organisations, self.action, self.books)
        with serving(self.budget):
            deliver(BudgetWorker.record_programme, the_programme_event())
            deliver(BudgetWorker.record_need, an_action_event())
        with serving(self.partners):
            deliver(PartnersWorker.know_programme, the_programme_event())
            deliver(PartnersWorker.know_action, an_action_event())
            with transaction() as session:
                session.add_all(self.organisations)
        both = [date(2017, 12, 1), date(2018, 11, 30)]
        self.another_is_agreed_on(1, 2, 3, None, Decimal("80000.00"), both, signed)
        self.another_is_agreed_on(0, 1, 3, 0, Decimal("30000.00"), both[:1], signed)
        for convention_id in self.amendable()[:1]:
            number = next(iter(self.books.promised))
            more = Change(kind=ChangeKind.AMOUNT, tranche_id=number, amount=Decimal("95000.00"))
            assert self.propose_amendment(convention_id, [more], self.today, signed=True)

    @contextmanager
    def at_partners(self) -> Iterator[Session]:
        """Let partners do something; what it announces reaches budget and the model."""
        with serving(self.partners), transaction() as session:
            yield session
            facts = [each for each in announced(session) if isinstance(each, ConventionState)]
        for fact in facts:
            if isinstance(fact, ConventionAmended):
                self.books.is_amended(fact.convention_id, self.pending.pop(fact.convention_id)[1])
                self.tried["amended"] += 1
            elif type(fact) in BECAME:
                pact = self.books.pacts[fact.convention_id]
                pact.standing, pact.ended_on = BECAME[type(fact)], fact.ended_on or date.max
                self.tried[pact.standing] += 1
                if pact.standing is not Standing.BINDING:
                    self.pending.pop(fact.convention_id, None)
        if facts:
            self.unread |= {each.convention_id for each in facts}
            self.moved = True
            with serving(self.budget):
                deliver(BudgetWorker.record_commitment, *facts, times=2)

    @contextmanager
    def at_budget(self) -> Iterator[Session]:
        with serving(self.budget), transaction() as session:
            yield session

    def of_standing(self, chosen: int, *standings: Standing) -> UUID | None:
        found = [each for each, pact in self.books.pacts.items() if pact.standing in standings]
        return found[chosen % len(found)] if found else None

    @precondition(lambda self: len(self.books.pacts) < 5)
    @rule(
        giver=WHO,
        owner=WHO,
        also=WHO,
        source=ANY,
        amount=AMOUNTS,
        days=st.lists(DAYS, min_size=1, max_size=2, unique=True),
        signed=st.booleans(),
    )
    def another_is_agreed_on(
        self, giver: int, owner: int, also: int, source: int | None, amount: Decimal, days: list[date], signed: bool
    ) -> None:
        passes_on, giver_id = self.moves.source(source, self.who) if source is not None else (None, self.who[giver])
        others = [each for each in self.who if each != giver_id]
        owner_id, also_id = others[owner % 3], others[also % 3]
        roles = {also_id: PartyRole.CONTRIBUTOR, giver_id: PartyRole.FUNDER, owner_id: PartyRole.PROJECT_OWNER}
        terms = Terms(
            programme_code="SUN04",
            title="Télémédecine",
            starts_on=date(2017, 11, 1),
            ends_on=date(2018, 12, 31),
            parties=tuple(PartyTerms(organisation_id=each, role=role) for each, role in roles.items()),
            lines=(self.moves.line(giver_id, amount, days, passes_on),),
        )
        with suppress(*REFUSALS):
            with self.at_partners() as session:
                convention_id = conventions.draft_convention(session, terms=terms).id
            with self.at_partners() as session:
                convention = conventions.open_convention(session, convention_id)
                conventions.propose_convention(session, convention, on=self.today)
                self.books.pacts[convention.id] = Pact(set(roles), [set(roles)])
                self.books.promise(convention.id, convention.terms().lines)
            self.tried.update(["passes on"] if passes_on else [])
            if signed:
                self.proposal_is_signed_by(convention_id, len(roles))

    def proposal_is_signed_by(self, convention_id: UUID, parties: int) -> None:
        with suppress(*REFUSALS), self.at_partners() as session:
            convention = conventions.open_convention(session, convention_id)
            for party in convention.parties[:parties]:
                signing = a_signing(convention.fingerprint, signed_on=self.today)
                facts: dict[str, Any] = {"organisation_id": party.organisation.id, "signing": signing}
                conventions.sign_convention(session, convention, **facts, today=self.today, by=OFFICE)

    @precondition(lambda self: self.of_standing(0, Standing.SOUGHT))
    @rule(chosen=ANY, parties=st.integers(1, 3))
    def proposal_is_signed(self, chosen: int, parties: int) -> None:
        convention_id = self.of_standing(chosen, Standing.SOUGHT)
        assert convention_id
        self.proposal_is_signed_by(convention_id, parties)

    @rule(
        chosen=ANY,
        who=WHO,
        days=st.sampled_from([0, -20, 0, 45]),
        what=st.sampled_from(["nothing"] * 6 + ["refused", "withdrawn", "amendment", "terminated", "everything"]),
    )
    def something_may_end(self, chosen: int, who: int, days: int, what: str) -> None:
        """Mostly nothing does: what has ended takes no part in what comes after."""
        on, by = self.today + timedelta(days=days), self.who[who]
        proposed, binding = self.of_standing(chosen, Standing.SOUGHT), self.of_standing(chosen, Standing.BINDING)
        if what == "everything":
            self.leaves_everything(by, on)
        elif what == "amendment" and self.pending:
            self.amendment_is_withdrawn(chosen)
        elif what in ENDS_SO:
            becomes = ENDS_SO[what]
            number = binding if becomes is ConventionStatus.TERMINATED else proposed
            if number:
                with suppress(*REFUSALS):
                    self.end(number, becomes, by if what == "refused" else None, on)

    def end(self, convention_id: UUID, becomes: ConventionStatus, by: UUID | None, on: date) -> None:
        with self.at_partners() as session:
            convention = conventions.open_convention(session, convention_id)
            if becomes is ConventionStatus.TERMINATED:
                said: dict[str, Any] = {"reason": "Retrait", "on": on, "by": by, "today": self.today}
                conventions.terminate_convention(session, convention, **said)
            elif becomes is ConventionStatus.REFUSED and by:
                said = {"organisation_id": by, "reason": "Non", "on": on, "by": OFFICE}
                conventions.refuse_convention(session, convention, **said)
            else:
                conventions.withdraw_convention(session, convention, reason="Autrement", on=on)

    @rule(days=st.integers(1, 60))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)
        with serving(self.partners):
            deliver(PartnersWorker.know_payment, *self.untold)
        self.untold = []
        with self.at_partners() as session:
            due = amendment_effects.due_amendments(session, today=self.today)
        for convention_id in due:
            with self.at_partners() as session:
                assert amendment_effects.take_effect_of(session, convention_id, today=self.today)
        with self.at_partners() as session:
            conventions.end_elapsed_conventions(session, today=self.today)

    def amendable(self) -> list[UUID]:
        pacts = self.books.pacts.items()
        return [each for each, pact in pacts if pact.standing is Standing.BINDING and each not in self.pending]

    @precondition(lambda self: self.amendable())
    @rule(chosen=ANY, moves=MOVED, data=st.data())
    def amendment_is_agreed_on(self, chosen: int, moves: list[str], data: st.DataObject) -> None:
        self.amendment_is_proposed(chosen, moves, 0, True, data)

    @precondition(lambda self: self.amendable())
    @rule(
        chosen=ANY,
        moves=MOVED,
        later=st.sampled_from([0, 1, 20]),
        signed=st.booleans(),
        data=st.data(),
    )
    def amendment_is_proposed(
        self, chosen: int, moves: list[str], later: int, signed: bool, data: st.DataObject
    ) -> None:
        convention_id = self.amendable()[chosen % len(self.amendable())]
        on = self.today + timedelta(days=later)
        with self.at_partners() as session:
            terms = conventions.open_convention(session, convention_id).terms()
        changes = [each for move in moves for each in self.moves.drawn(data, move, terms, on)]
        agreed = self.propose_amendment(convention_id, changes, on, signed=signed)
        self.tried.update(moves if agreed else [f"no {move}" for move in moves])

    def propose_amendment(self, convention_id: UUID, changes: list[Change], on: date, *, signed: bool) -> bool:
        said: dict[str, Any] = {"title": "Avenant", "effective_on": on, "changes": changes}
        try:
            with self.at_partners() as session:
                convention = conventions.open_convention(session, convention_id)
                amendment_id = amendments.draft_amendment(session, convention, **said).id
            with self.at_partners() as session:
                amendment = amendments.open_amendment(session, amendment_id)
                amendments.propose_amendment(session, amendment, on=self.today)
        except REFUSALS:
            return False
        self.pending[convention_id] = amendment.id, amendment.changes
        self.signers[amendment.id] = self.books.pacts[convention_id].parties | self.asked(convention_id)
        self.unread.add(convention_id)
        if signed:
            self.amendment_is_signed(list(self.pending).index(convention_id))
        return True

    @precondition(lambda self: self.pending)
    @rule(chosen=ANY)
    def amendment_is_signed(self, chosen: int) -> None:
        amendment_id, _ = list(self.pending.values())[chosen % len(self.pending)]
        with suppress(*REFUSALS), self.at_partners() as session:
            amendment = amendments.open_amendment(session, amendment_id)
            for party in amendment.parties:
                signing = a_signing(amendment.fingerprint, signed_on=self.today)
                facts: dict[str, Any] = {"organisation_id": party.organisation.id, "signing": signing}
                amendments.sign_amendment(session, amendment, **facts, today=self.today, by=OFFICE)

    def amendment_is_withdrawn(self, chosen: int) -> None:
        convention_id, (amendment_id, _) = list(self.pending.items())[chosen % len(self.pending)]
        with suppress(*REFUSALS), self.at_partners() as session:
            amendment = amendments.open_amendment(session, amendment_id)
            amendments.withdraw_amendment(session, amendment, reason="Autrement", on=self.today)
            del self.pending[convention_id]

    @rule(chosen=ANY, part=st.sampled_from(["a cent", "all", "too much"]), told=st.booleans())
    def office_pays(self, chosen: int, part: str, told: bool) -> None:
        known = [each for each in self.books.promised if self.books.payable(each)] or list(self.books.promised)
        number = known[chosen % len(known)]
        left = self.books.payable(number)
        amount = {"a cent": CENT, "all": left or CENT, "too much": left + CENT}[part]
        receipt = Receipt(tranche_id=number, amount=amount, paid_on=TODAY)
        try:
            with self.at_budget() as session:
                said = budget_use_cases.record_payment(session, receipt, author="person:1", at=NOW, today=self.today)
                facts = announced(session)
        except RuleBroken:
            assert amount > left
            return
        assert amount <= left
        self.books.received[number] += amount
        self.moved = True
        self.payments.append((said.entry_id, number, amount))
        self.tell([each for each in facts if isinstance(each, PaymentRecorded)], told)

    @rule(chosen=ANY, told=st.booleans())
    def office_takes_a_payment_back(self, chosen: int, told: bool) -> None:
        if self.payments:
            entry_id, number, amount = self.payments.pop(chosen % len(self.payments))
            with self.at_budget() as session:
                budget_use_cases.reverse_entry(session, entry_id, reason="Saisi deux fois", author="person:1", at=NOW)
                facts = announced(session)
            self.books.received[number] -= amount
            self.moved = True
            self.tell([each for each in facts if isinstance(each, EntryReversed)], told)

    def tell(self, facts: list[Any], told: bool) -> None:
        """Tell partners of payments, at once or days later: in order, as a queue has them."""
        self.untold += facts
        if told:
            with serving(self.partners):
                deliver(PartnersWorker.know_payment, *self.untold)
            self.untold = []

    def leaves_everything(self, who: UUID, on: date) -> None:
        """What both services foresee of it is what comes of it."""
        with self.at_partners() as session:
            foreseen = departure(session, who, on=on, seen_by=None)
            endings = {each.convention.id: each.becomes for each in foreseen.endings}
            lines = {line_id for each in foreseen.endings for line_id in each.lines(on)}
            awaited = [each for each in foreseen.amendments if each.status is AmendmentStatus.SIGNED]
        with self.at_budget() as session:
            loss = budget_queries.departure(session, who, on=on, programme_code=None, seen_by=None)
        refused = {ConventionStatus.WITHDRAWN: ConventionStatus.REFUSED}
        assert {each.convention.id: each.becomes for each in loss.conventions} == {
            each: refused.get(becomes, becomes) for each, becomes in endings.items()
        }
        if any(self.today < each.effective_on <= on for each in awaited):
            return
        before = [self.books.counted(passed_on=each) for each in (False, True)]
        for convention_id, becomes in endings.items():
            self.end(convention_id, becomes, who, on)
        assert {each.line.id for each in foreseen.fed} == self.books.fed_by(lines)
        counted, beside = (self.books.counted(passed_on=each) for each in (False, True))
        assert before[0][:2] == [loss.total.sought_before, loss.total.secured_before]
        assert counted[:2] == [loss.total.sought_after, loss.total.secured_after]
        lost = [sum((getattr(each, name) for each in loss.beside), ZERO) for name in ("sought_lost", "secured_lost")]
        assert [was - amount for was, amount in zip(before[1][:2], lost, strict=True)] == beside[:2]
        self.tried.update(["left"] if endings else [])

    @invariant()
    def both_services_and_the_model_agree(self) -> None:
        if self.moved:
            self.moved = False
            self.money_is_where_the_model_counts_it()
            self.every_figure_is_explained_and_money_handed_on_counts_once()

    def money_is_where_the_model_counts_it(self) -> None:
        found: Sums = defaultdict(lambda: [ZERO, ZERO, ZERO])
        with self.at_budget() as session:
            for cell in session.scalars(select(Cell)):
                if cell.funder_id:
                    amounts = found[cell.funder_id, cell.year, cell.passed_on]
                    for place, amount in enumerate((cell.sought, cell.secured, cell.received)):
                        amounts[place] += amount
        assert {place: sums for place, sums in found.items() if any(sums)} == self.books.cells()

    def every_figure_is_explained_and_money_handed_on_counts_once(self) -> None:
        counted, beside = (self.books.counted(passed_on=each) for each in (False, True))
        with self.at_budget() as session:
            total = budget_queries.projection(session, By.FUNDER, Scope(), seen_by=None).total
            assert total
            assert [total.sought, total.secured, total.received] == counted
            for place, measure in enumerate((Measure.SOUGHT, Measure.SECURED, Measure.RECEIVED)):
                told = budget_queries.explanation(session, Scope(), measure, seen_by=None)
                entries = [entry.amount for entry, _ in session.execute(told.entries)]
                assert sum(entries, ZERO) == told.amount == counted[place]
                assert sum((each.amount for each in told.not_counted), ZERO) == beside[place]

    @invariant()
    def no_more_is_passed_on_than_there_is(self) -> None:
        assert all(amount >= 0 for amount in self.books.left().values())

    @invariant()
    def nobody_reads_what_it_has_not_agreed_on(self) -> None:
        unread, self.unread = self.unread, set()
        with serving(self.partners), transaction() as session:
            for convention_id in unread:
                pact = self.books.pacts[convention_id]
                for who in self.who:
                    read = self.read(session, convention_id, who)
                    present = {len(pact.agreed)} if who in self.asked(convention_id) else set()
                    assert read <= present | {each for each, by in enumerate(pact.agreed, 1) if who in by}
                    assert who not in pact.parties or len(pact.agreed) in read
            for who in self.who if unread else ():
                listed = amendments_of_all(session.connection(), status=None, seen_by=who, page=PAGE)["items"]
                ids = {UUID(json.loads(str(each))["id"]) for each in listed}
                assert ids == {each for each, by in self.signers.items() if who in by}

    def asked(self, convention_id: UUID) -> set[UUID]:
        """Those whom an amendment on the table asks to join, who read what they are asked to join."""
        _, changes = self.pending.get(convention_id, (None, []))
        return {each.party.organisation_id for each in changes if each.party}

    def read(self, session: Session, convention_id: UUID, who: UUID) -> set[int]:
        read: set[int] = set()
        with suppress(NotFound):
            found = texts(session, convention_id, seen_by=who, page=PAGE)
            read |= {each.revision for each in found["items"]}
        with suppress(NotFound):
            read.add(shown(session, convention_id, seen_by=who).revision)
        return read

    def teardown(self) -> None:
        if hasattr(self, "farewell"):
            who, days = self.farewell
            self.leaves_everything(self.who[who], self.today + timedelta(days=days))
            self.money_is_where_the_model_counts_it()
            with self.at_budget() as session:
                assert budget_queries.verify(session) == []


def test_money_handed_on_counts_once_whoever_leaves_and_joins(services: list[Service]) -> None:
    MoneyHandedOn.services, MoneyHandedOn.tried = services, Counter()
    run_lives(MoneyHandedOn, lives=5, steps=20)
    assert MoneyHandedOn.tried.keys() >= {"passes on", "amended", "left"}, "Nothing was tried."
