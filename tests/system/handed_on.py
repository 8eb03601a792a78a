"""A plain model of conventions that hand money on: who promised what, who agreed on which text, what came in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from contracts.amendments import ChangeKind
from services.partners.domain.amendment_changes import Change
from services.partners.domain.convention_terms import LineTerms, TrancheTerms

ZERO = Decimal("0.00")
Place = tuple[UUID, int, bool]
"""Whose promise it is, the year that it weighs on, and whether it hands on what is counted upstream."""
Sums = dict[Place, list[Decimal]]


class Standing(StrEnum):
    SOUGHT = "sought"
    BINDING = "binding"
    COMPLETED = "completed"
    OVER = "over early"
    NEVER = "never bound"


STANDS = (Standing.SOUGHT, Standing.BINDING, Standing.COMPLETED)


@dataclass(frozen=True)
class Promise:
    convention_id: UUID
    funder_id: UUID
    line_id: UUID
    passes_on: UUID | None
    amount: Decimal
    due_on: date

    @property
    def place(self) -> Place:
        return self.funder_id, self.due_on.year, self.passes_on is not None


@dataclass
class Pact:
    """A convention: who is party to it, and by text who agreed on it; what is promised is in `Books`."""

    parties: set[UUID]
    agreed: list[set[UUID]]
    standing: Standing = Standing.SOUGHT
    ended_on: date = date.max

    def is_amended(self, changes: Sequence[Change]) -> None:
        joins = {each.party.organisation_id for each in changes if each.party}
        leaves = {each.organisation_id for each in changes if each.kind is ChangeKind.PARTY_LEAVES}
        self.agreed.append(self.parties | joins)
        self.parties = (self.parties | joins) - {each for each in leaves if each}


@dataclass
class Books:
    """Tranches by id, each where it lies or lay last; amendments change them as they say, and nothing else does."""

    pacts: dict[UUID, Pact] = field(default_factory=dict)
    promised: dict[UUID, Promise] = field(default_factory=dict)
    last: dict[UUID, Promise] = field(default_factory=dict)
    received: dict[UUID, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def promise(self, convention_id: UUID, lines: Iterable[LineTerms]) -> None:
        for line in lines:
            for tranche in line.tranches:
                assert line.id
                assert tranche.id
                said = (line.organisation_id, line.id, line.passes_on, tranche.amount, tranche.due_on)
                self.promised[tranche.id] = Promise(convention_id, *said)
        self.last |= self.promised

    def is_amended(self, convention_id: UUID, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.line is not None:
                self.promise(convention_id, [change.line])
            if change.tranche is not None:
                self._add(change.line_id, change.tranche)
            if change.tranche_id is not None:
                promise = self.promised.pop(change.tranche_id)
                if change.kind is not ChangeKind.TRANCHE_REMOVED:
                    amount, due_on = change.amount or promise.amount, change.due_on or promise.due_on
                    self.promised[change.tranche_id] = replace(promise, amount=amount, due_on=due_on)
        self.last |= self.promised
        self.pacts[convention_id].is_amended(changes)

    def _add(self, line_id: UUID | None, tranche: TrancheTerms) -> None:
        beside = self.lines[line_id] if line_id else None
        assert beside
        assert tranche.id
        self.promised[tranche.id] = replace(beside, amount=tranche.amount, due_on=tranche.due_on)

    def bound(self, tranche_id: UUID) -> Decimal:
        """What somebody still owes, paid or not."""
        promise = self.promised.get(tranche_id)
        if promise is None:
            return ZERO
        pact = self.pacts[promise.convention_id]
        owed = pact.standing is Standing.OVER and promise.due_on < pact.ended_on
        return promise.amount if owed or pact.standing in STANDS[1:] else ZERO

    def payable(self, tranche_id: UUID) -> Decimal:
        return max(self.bound(tranche_id) - self.received[tranche_id], ZERO)

    def cells(self) -> Sums:
        """What is sought, secured and received, by place."""
        sums: Sums = defaultdict(lambda: [ZERO, ZERO, ZERO])
        for tranche_id, promise in self.last.items():
            came, cell = self.received[tranche_id], sums[promise.place]
            sought = self.pacts[promise.convention_id].standing is Standing.SOUGHT and tranche_id in self.promised
            cell[0] += promise.amount if sought else ZERO
            cell[1] += max(self.bound(tranche_id), came)
            cell[2] += came
        return {place: each for place, each in sums.items() if any(each)}

    def counted(self, *, passed_on: bool) -> list[Decimal]:
        """What all totals count, or what stands beside them because it was counted where it was promised first."""
        found = [amounts for (_, _, handed_on), amounts in self.cells().items() if handed_on is passed_on]
        return [sum(each, ZERO) for each in zip(*found, strict=True)] or [ZERO] * 3

    @property
    def lines(self) -> dict[UUID, Promise]:
        """Every line that there ever was, with one of its promises."""
        return {each.line_id: each for each in self.last.values()}

    def fed_by(self, line_ids: Collection[UUID]) -> set[UUID]:
        """The lines of running conventions that hand on money of these."""
        running = (Standing.SOUGHT, Standing.BINDING)
        passing = [each for each in self.promised.values() if each.passes_on in line_ids]
        return {each.line_id for each in passing if self.pacts[each.convention_id].standing in running}

    def left(self) -> dict[UUID, Decimal]:
        """What each line on the table brings and nobody passes on: never less than nothing."""
        left = {line_id: ZERO for line_id, promise in self.lines.items() if self._stands(promise)}
        for tranche_id, promise in self.promised.items():
            stands = self._stands(promise)
            if stands:
                left[promise.line_id] += promise.amount
            if promise.passes_on in left:
                left[promise.passes_on] -= promise.amount if stands else self.bound(tranche_id)
        return left

    def _stands(self, promise: Promise) -> bool:
        return self.pacts[promise.convention_id].standing in STANDS
