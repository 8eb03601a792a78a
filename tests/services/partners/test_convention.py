"""The life of a convention: who may do what when, and what is announced."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.identifiers import new_id
from chassis.identity import Caller, Role
from contracts.partners import (
    ConventionCompleted,
    ConventionEnteredIntoForce,
    ConventionExpired,
    ConventionSigned,
    ConventionState,
    ConventionStatus,
)
from services.partners.domain.convention import Convention
from services.partners.domain.convention_life import CONVENTION
from services.partners.domain.life import ASKED_BY_NOBODY, PHRASES, Verb
from services.partners.domain.organisation import Organisation
from tests.services.partners.builders import OFFICE, TODAY, Table, a_known_action, a_signing

pytestmark = pytest.mark.unit

AFTER_ITS_END = date(2019, 1, 1)


def test_the_last_signature_puts_it_in_force() -> None:
    table = Table()
    convention = table.proposal()

    first = table.sign(convention, table.region, signed_on=TODAY - timedelta(days=3))
    last = table.sign(convention, table.departement)

    assert [type(fact) for fact in first] == [ConventionSigned]
    assert [type(fact) for fact in last] == [ConventionSigned, ConventionEnteredIntoForce]
    assert [fact.sequence for fact in [*first, *last]] == [2, 3, 4]
    assert [fact.status.value for fact in [*first, *last]] == ["partially_signed", "partially_signed", "in_force"]
    assert convention.in_force_on == TODAY


def test_what_is_announced_is_the_whole_convention() -> None:
    table = Table()
    [fact] = table.sign(convention := table.proposal(), table.region)

    assert [(party.name, party.signed_on) for party in fact.parties] == [("Département", None), ("Région", TODAY)]
    [line] = fact.lines
    assert (line.organisation_name, line.action_code) == ("Région", "2.1")
    assert [(tranche.year, str(tranche.amount)) for tranche in line.tranches] == [
        (2017, "30000.00"),
        (2018, "50000.00"),
    ]
    assert (fact.reference, fact.convention_id, fact.proposed_on) == ("SUN-2017-001", convention.id, TODAY)


def test_the_mandate_signed_under_is_announced_with_the_party() -> None:
    table = Table()
    convention = table.proposal()

    [fact] = table.sign(convention, table.departement, mandate_id=table.mandate.id, mandate_number="2017-118")

    assert (fact.parties[0].mandate_id, fact.parties[0].mandate_number) == (table.mandate.id, "2017-118")


def test_a_signature_said_twice_counts_once() -> None:
    table = Table()
    convention = table.proposal()
    table.sign(convention, table.region)

    assert table.sign(convention, table.region) == []
    assert len(convention.signatures) == 1


def test_a_signature_said_otherwise_the_second_time_is_refused() -> None:
    table = Table()
    convention = table.proposal()
    table.sign(convention, table.region)

    with pytest.raises(RuleBroken, match="signed on 2017-10-20 already, otherwise than now said"):
        table.sign(convention, table.region, signatory_name="Quelqu’un d’autre")


def test_the_departement_signs_only_under_a_covering_mandate() -> None:
    table = Table()
    convention = table.proposal()
    signing = a_signing(convention.fingerprint)

    with pytest.raises(RuleBroken, match="name one that authorises to sign conventions"):
        convention.sign(table.departement.id, signing, None, today=TODAY, by=OFFICE)


def test_a_party_without_a_valid_siren_cannot_sign() -> None:
    table = Table()
    convention = table.proposal()
    table.region.siren = None

    with pytest.raises(RuleBroken, match="Région has no valid SIREN"):
        table.sign(convention, table.region)


def test_only_parties_sign_and_each_for_itself() -> None:
    table = Table()
    convention = table.proposal()
    region = Caller(subject="region", role=Role.PARTNER, organisation_id=table.region.id)
    signing = a_signing(convention.fingerprint, evidence=None)

    with pytest.raises(NotFound, match="has no party"):
        convention.sign(new_id(), signing, None, today=TODAY, by=OFFICE)
    with pytest.raises(NotFound, match="for your own organisation alone"):
        convention.sign(table.departement.id, signing, table.mandate, today=TODAY, by=region)
    assert convention.sign(table.region.id, signing, None, today=TODAY, by=region)


def test_the_office_signs_for_the_authority_and_needs_proof_for_the_others() -> None:
    table = Table()
    convention = table.proposal()

    with pytest.raises(InvalidInput, match="Say where the proof of Région’s signature is kept"):
        table.sign(convention, table.region, evidence=None)
    with pytest.raises(InvalidInput, match="Say where the proof of Département’s signature is kept"):
        table.sign(convention, table.departement, evidence=None)
    of_the_authority = replace(OFFICE, organisation_id=table.departement.id)
    assert table.sign(convention, table.departement, by=of_the_authority, evidence=None)


def test_nobody_signs_once_its_period_is_over() -> None:
    table = Table()
    convention = table.proposal()
    signing = a_signing(convention.fingerprint)

    with pytest.raises(RuleBroken, match="ended on 2018-12-31: nobody can sign it any more"):
        convention.sign(table.region.id, signing, None, today=AFTER_ITS_END, by=OFFICE)


def test_a_draft_is_changed_and_its_revision_counts() -> None:
    table = Table()
    convention = table.draft()

    convention.change(table.terms(title="Télémédecine, bis"), table.known())
    convention.change(table.terms(title="Télémédecine, bis"), table.known())

    assert (convention.title, convention.revision, convention.sequence) == ("Télémédecine, bis", 2, 0)


def test_a_matter_of_substance_changed_in_a_proposal_voids_its_signatures() -> None:
    table = Table()
    convention = table.proposal()
    table.sign(convention, table.region)
    line = convention.lines[0].id

    fact = convention.change(table.terms(ends_on=date(2019, 6, 30)), table.known())

    assert fact
    assert (fact.status, fact.version, fact.sequence) == (ConventionStatus.PROPOSED, 2, 3)
    assert [party.signed_on for party in fact.parties] == [None, None]
    assert (convention.revision, convention.lines[0].id) == (2, line)
    table.sign(convention, table.region)
    table.sign(convention, table.departement)
    assert convention.status is ConventionStatus.IN_FORCE


def test_a_title_corrected_in_a_proposal_voids_nothing() -> None:
    table = Table()
    convention = table.proposal()
    table.sign(convention, table.region)

    fact = convention.change(table.terms(title="Télémédecine en vallée"), table.known())

    assert fact
    assert (fact.status, fact.version) == (ConventionStatus.PARTIALLY_SIGNED, 1)
    assert [party.signed_on for party in fact.parties] == [None, TODAY]


def test_what_is_in_force_is_not_changed_but_amended() -> None:
    table = Table()

    with pytest.raises(RuleBroken, match="is in force and cannot be changed: it may be amended"):
        table.in_force().change(table.terms(title="Autre"), table.known())


def test_a_draft_whose_period_is_over_is_not_proposed() -> None:
    with pytest.raises(RuleBroken, match="change its period before proposing it"):
        Table().draft().propose("SUN-2017-001", on=AFTER_ITS_END)


def test_a_draft_for_an_action_closed_since_is_not_proposed() -> None:
    table = Table()
    convention = table.draft()
    convention.serves[0].action = a_known_action(closed=True)

    with pytest.raises(RuleBroken, match=r"Action 2\.1 was closed"):
        convention.propose("SUN-2017-001", on=TODAY)


def test_a_party_that_has_not_signed_may_refuse() -> None:
    table = Table()
    convention = table.proposal()
    table.sign(convention, table.departement)

    fact = convention.refuse(table.region.id, "Hors compétence", on=TODAY, by=OFFICE)

    assert (fact.status, fact.ended_by, fact.reason) == (ConventionStatus.REFUSED, table.region.id, "Hors compétence")
    assert fact.ended_on == TODAY


def test_a_party_that_signed_does_not_refuse() -> None:
    table = Table()
    convention = table.proposal()
    table.sign(convention, table.region)

    with pytest.raises(RuleBroken, match="only the programme office may still withdraw"):
        convention.refuse(table.region.id, "Regret", on=TODAY, by=OFFICE)


def test_a_proposal_is_taken_back() -> None:
    fact = Table().proposal().withdraw("Remplacée", on=TODAY)

    assert fact is not None
    assert (fact.status, fact.ended_on, fact.reason) == (ConventionStatus.WITHDRAWN, TODAY, "Remplacée")


def test_a_draft_is_taken_back_and_nobody_is_told_or_may_read_it() -> None:
    table = Table()
    draft = table.draft()

    assert draft.withdraw("Abandonnée", on=TODAY) is None
    assert (draft.status, draft.ended_on, draft.reason) == (ConventionStatus.WITHDRAWN, TODAY, "Abandonnée")
    assert (draft.allowed, draft.visible_to(table.region.id)) == ([], False)


def test_a_convention_in_force_ends_early_within_its_time() -> None:
    table = Table()
    convention = table.in_force()

    with pytest.raises(InvalidInput, match="it can end early within, not on 2019-01-01"):
        convention.terminate("Retrait", on=AFTER_ITS_END, by=None, today=TODAY)
    with pytest.raises(NotFound):
        convention.terminate("Retrait", on=date(2018, 3, 31), by=new_id(), today=TODAY)
    fact = convention.terminate("Retrait", on=date(2018, 3, 31), by=table.region.id, today=TODAY)

    assert (fact.status, fact.ended_on, fact.ended_by) == ("terminated", date(2018, 3, 31), table.region.id)


def test_what_was_not_signed_in_time_expires() -> None:
    fact = Table().proposal().elapse(today=AFTER_ITS_END)

    assert isinstance(fact, ConventionExpired)
    assert (fact.status, fact.ended_on) == (ConventionStatus.EXPIRED, date(2018, 12, 31))


def test_what_was_in_force_to_the_end_is_completed() -> None:
    fact = Table().in_force().elapse(today=AFTER_ITS_END)

    assert isinstance(fact, ConventionCompleted)
    assert (fact.status, fact.ended_on, fact.reason) == (ConventionStatus.COMPLETED, date(2018, 12, 31), None)


def test_its_last_day_belongs_to_it() -> None:
    with pytest.raises(RuleBroken, match="runs until 2018-12-31"):
        Table().in_force().elapse(today=date(2018, 12, 31))


def test_a_refusal_says_what_would_be_allowed() -> None:
    table = Table()

    with pytest.raises(RuleBroken) as refused:
        table.in_force().withdraw("Trop tard", on=TODAY)

    assert refused.value.detail == (
        "Convention SUN-2017-001 is in force and cannot be withdrawn: it may be amended or terminated."
    )
    assert refused.value.more == {"allowed": ["amend", "terminate"]}


def test_nothing_more_happens_to_what_has_ended() -> None:
    table = Table()
    convention = table.in_force()
    convention.terminate("Retrait", on=TODAY, by=None, today=TODAY)

    with pytest.raises(RuleBroken, match="nothing more can happen to it"):
        convention.terminate("Encore", on=TODAY, by=None, today=TODAY)
    assert convention.allowed == []


@pytest.mark.parametrize("status", ConventionStatus)
@pytest.mark.parametrize("verb", Verb)
def test_each_step_leads_where_the_table_says_or_is_refused(status: ConventionStatus, verb: Verb) -> None:
    if (status, verb) in CONVENTION.steps:
        assert CONVENTION.after(status, verb, name="It") is CONVENTION.steps[status, verb]
        assert verb in ASKED_BY_NOBODY or verb in CONVENTION.allowed(status)
    else:
        with pytest.raises(RuleBroken, match=f"cannot be {PHRASES[verb]}"):
            CONVENTION.after(status, verb, name="It")


def test_a_draft_is_hidden_from_its_parties_and_a_proposal_from_everybody_else() -> None:
    table = Table()
    draft, proposal = table.draft(), table.proposal()

    assert draft.visible_to(None)
    assert not draft.visible_to(table.region.id)
    assert proposal.visible_to(table.region.id)
    assert not proposal.visible_to(new_id())


class LifeOfAConvention(RuleBasedStateMachine):
    """Anybody tries anything at any time: whatever is announced is consistent, and an end is an end."""

    parties = Bundle("parties")

    @initialize(target=parties)
    def begin(self) -> Any:
        self.table = Table()
        self.convention: Convention = self.table.draft()
        self.facts: list[ConventionState] = []
        self.today = TODAY
        return self.table.departement

    @rule(target=parties)
    def the_other(self) -> Organisation:
        return self.table.region

    @rule(days=st.integers(1, 200))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(title=st.sampled_from(["A", "B"]))
    def change(self, title: str) -> None:
        terms = replace(self.table.terms(), title=title)
        self.attempt(lambda: [fact for fact in [self.convention.change(terms, self.table.known())] if fact])

    @rule(ends_on=st.sampled_from([date(2018, 12, 31), date(2019, 3, 31)]))
    def prolong(self, ends_on: date) -> None:
        terms = replace(self.table.terms(), ends_on=ends_on)
        self.attempt(lambda: [fact for fact in [self.convention.change(terms, self.table.known())] if fact])

    @rule()
    def propose(self) -> None:
        self.attempt(lambda: [self.convention.propose("SUN-2017-001", on=self.today)])

    @rule(party=parties, name=st.sampled_from(["Jeanne", "Paul"]))
    def sign(self, party: Organisation, name: str) -> None:
        signing = a_signing(self.convention.fingerprint, signed_on=self.today, signatory_name=name)
        mandate = self.table.mandate if party.needs_mandate else None
        self.attempt(lambda: self.convention.sign(party.id, signing, mandate, today=self.today, by=OFFICE))

    @rule(party=parties)
    def refuse(self, party: Organisation) -> None:
        self.attempt(lambda: [self.convention.refuse(party.id, "Non", on=self.today, by=OFFICE)])

    @rule()
    def withdraw(self) -> None:
        self.attempt(lambda: [fact for fact in [self.convention.withdraw("Retirée", on=self.today)] if fact])

    @rule()
    def terminate(self) -> None:
        self.attempt(lambda: [self.convention.terminate("Retrait", on=self.today, by=None, today=self.today)])

    @rule()
    def elapse(self) -> None:
        self.attempt(lambda: [self.convention.elapse(today=self.today)])

    def attempt(self, deed: Any) -> None:
        before = (self.convention.status, self.convention.sequence, len(self.convention.signatures))
        try:
            self.facts += deed() or []
        except (RuleBroken, InvalidInput):
            after_it = (self.convention.status, self.convention.sequence, len(self.convention.signatures))
            assert after_it == before, "A refusal changes nothing."

    @invariant()
    def facts_are_numbered_without_a_gap(self) -> None:
        assert [fact.sequence for fact in self.facts] == list(range(1, len(self.facts) + 1))
        assert not self.facts or self.facts[-1].status is self.convention.status

    @invariant()
    def in_force_means_that_all_signed(self) -> None:
        ways = [(signature.organisation_id, signature.version) for signature in self.convention.signatures]
        assert len(set(ways)) == len(ways)
        signed = {who for who, version in ways if version == self.convention.signed_version}
        was_in_force = any(isinstance(fact, ConventionEnteredIntoForce) for fact in self.facts)
        assert was_in_force == (len(signed) == 2) == (self.convention.in_force_on is not None)

    @invariant()
    def it_ends_once(self) -> None:
        ends = [fact for fact in self.facts if fact.ended_on is not None]
        quiet = self.convention.ended_on is None or self.convention.proposed_on is None
        assert ends == self.facts[-1:] if ends else quiet


TestLifeOfAConvention = LifeOfAConvention.TestCase
TestLifeOfAConvention.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
