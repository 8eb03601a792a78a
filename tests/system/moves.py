"""What parties may think of to change in conventions that hand money on, drawn so that much of it is acceptable."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from contracts.amendments import ChangeKind
from contracts.partners import PartyRole
from services.partners.domain.amendment_changes import Change
from services.partners.domain.convention_terms import LineTerms, PartyTerms, Terms
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction
from tests.services.partners.builders import a_line, a_tranche
from tests.system.handed_on import ZERO, Books

AMOUNTS = st.sampled_from([Decimal("0.01"), Decimal("12345.67"), Decimal("30000.00"), Decimal("80000.00")])
DAYS = st.sampled_from([date(2017, 12, 1), date(2018, 3, 31), date(2018, 11, 30), date(2019, 2, 1)])
ENDS = st.sampled_from([date(2018, 6, 30), date(2018, 12, 31), date(2019, 6, 30)])
MOVES = ["amount", "day", "remove", "add", "own line", "hand on", "hand on", "period", "leave", "leave", "join"]
MOVED = st.lists(st.sampled_from(MOVES), min_size=1, max_size=2)
WHO = st.integers(0, 3)
ANY = st.integers(0, 99)


@dataclass(frozen=True)
class Moves:
    """Changes that four organisations may agree on, given what `books` say was promised so far."""

    organisations: Sequence[Organisation]
    action: KnownAction
    books: Books

    @property
    def who(self) -> list[UUID]:
        return [each.id for each in self.organisations]

    def drawn(self, data: st.DataObject, move: str, terms: Terms, on: date) -> list[Change]:
        """Give the changes of a move that is likely to be acceptable."""
        amount, day, who = data.draw(AMOUNTS), data.draw(DAYS), data.draw(WHO)
        line = terms.lines[data.draw(ANY) % len(terms.lines)]
        number = line.tranches[data.draw(ANY) % len(line.tranches)].id
        staying = [each.organisation_id for each in terms.parties if each.left_on is None]
        party = staying[who % len(staying)]
        if move in ("leave", "join"):
            return self.leaves(data, terms, party, on) if move == "leave" else self.joins(data, terms, who)
        if move == "hand on":
            passes_on, giver = self.source(data.draw(ANY), staying, beside=self.convention_of(line))
            return [Change(kind=ChangeKind.LINE_ADDED, line=self.line(giver, amount, [day], passes_on))]
        if move == "own line":
            return [Change(kind=ChangeKind.LINE_ADDED, line=self.line(party, amount, [day], None))]
        if move == "add":
            return [Change(kind=ChangeKind.TRANCHE_ADDED, line_id=line.id, tranche=a_tranche(str(amount), due_on=day))]
        return [
            {
                "amount": Change(kind=ChangeKind.AMOUNT, tranche_id=number, amount=amount),
                "day": Change(kind=ChangeKind.TRANCHE_CHANGED, tranche_id=number, due_on=day),
                "remove": Change(kind=ChangeKind.TRANCHE_REMOVED, tranche_id=number),
                "period": Change(kind=ChangeKind.PERIOD, ends_on=data.draw(ENDS)),
            }[move]
        ]

    def leaves(self, data: st.DataObject, terms: Terms, party: UUID, on: date) -> list[Change]:
        """Let a party leave with what falls due from then on, which another may promise instead of it."""
        changes = [Change(kind=ChangeKind.PARTY_LEAVES, organisation_id=party)]
        staying = [each.organisation_id for each in terms.parties if each.left_on is None]
        others = [None, *(each for each in staying if each != party)]
        successor = others[data.draw(ANY) % len(others)]
        for line in terms.lines:
            left = [each for each in line.tranches if each.due_on >= on]
            if line.organisation_id == party and left:
                changes += [Change(kind=ChangeKind.TRANCHE_REMOVED, tranche_id=each.id) for each in left]
                if successor:
                    instead = tuple(replace(each, id=None) for each in left)
                    again = replace(line, organisation_id=successor, id=None, tranches=instead)
                    changes.append(Change(kind=ChangeKind.LINE_ADDED, line=again))
        return changes

    def joins(self, data: st.DataObject, terms: Terms, who: int) -> list[Change]:
        """Let an organisation join, one that left among them, and promise something of its own or hand on."""
        there = [each.organisation_id for each in terms.parties if each.left_on is None]
        away = [each for each in self.who if each not in there] or self.who
        party = PartyTerms(organisation_id=away[who % len(away)], role=PartyRole.FUNDER)
        passes_on, _ = self.source(data.draw(ANY), [party.organisation_id], beside=self.convention_of(terms.lines[0]))
        line = self.line(party.organisation_id, data.draw(AMOUNTS), [data.draw(DAYS)], passes_on)
        return [Change(kind=ChangeKind.PARTY_JOINS, party=party), Change(kind=ChangeKind.LINE_ADDED, line=line)]

    def source(self, chosen: int, among: Sequence[UUID], *, beside: UUID | None = None) -> tuple[UUID | None, UUID]:
        """Give a line and who of some may hand its money on, `beside` the convention that is to say so; else nobody."""
        left = self.books.left()
        pairs = (
            (line_id, giver) for line_id in [each for each, amount in left.items() if amount] or left for giver in among
        )
        found: list[tuple[UUID | None, UUID]] = [pair for pair in pairs if self.may_hand_on(*pair, beside=beside)]
        return found[chosen % len(found)] if found else (None, among[chosen % len(among)])

    def may_hand_on(self, line_id: UUID, giver: UUID, *, beside: UUID | None) -> bool:
        source = self.books.lines[line_id]
        parties = self.books.pacts[source.convention_id].parties - {source.funder_id}
        return giver in parties and source.convention_id != beside

    def convention_of(self, line: LineTerms) -> UUID:
        assert line.id
        return self.books.lines[line.id].convention_id

    def line(self, giver_id: UUID, amount: Decimal, days: list[date], passes_on: UUID | None) -> LineTerms:
        """Give a line of so much, or of all that is left to be passed on."""
        left = self.books.left()[passes_on] if passes_on else ZERO
        amount = min(amount, left or amount)
        giver = next(each for each in self.organisations if each.id == giver_id)
        tranches = tuple(a_tranche(str(amount), due_on=day) for day in days)
        return a_line(giver, self.action, tranches=tranches, passes_on=passes_on)
