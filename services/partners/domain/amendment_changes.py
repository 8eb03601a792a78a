"""What an amendment changes, change by change, and the text that follows from them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from marshmallow_dataclass import class_schema

from chassis.events import StateSchema
from chassis.identifiers import new_id
from contracts.amendments import ChangeKind
from contracts.partners import BY_VALUE
from services.partners.domain.convention_terms import ClauseTerms, LineTerms, PartyTerms, Terms, TrancheTerms
from services.partners.domain.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that changes; `kind` says which of the other fields count (`ASKED_FOR`). Amounts in euros.

    A clause with an empty text goes. A tranche's `due_on`, `year` and `condition` are replaced together.
    `on` is the day on which it takes effect, which its amendment says.
    """

    kind: ChangeKind = field(metadata=BY_VALUE)
    starts_on: date | None = None
    ends_on: date | None = None
    party: PartyTerms | None = None
    organisation_id: UUID | None = None
    action_id: UUID | None = None
    line: LineTerms | None = None
    line_id: UUID | None = None
    tranche: TrancheTerms | None = None
    tranche_id: UUID | None = None
    amount: Decimal | None = None
    due_on: date | None = None
    year: int | None = None
    condition: str | None = None
    clause: ClauseTerms | None = None
    on: date | None = None

    def told(self) -> dict[str, Any]:
        """Give it as plain JSON values, only what it says."""
        return {name: value for name, value in _SCHEMA.dump(self).items() if value not in (None, [])}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Change":
        """Give the change that was told so."""
        return cast(Change, _SCHEMA.load(told))

    def identified(self) -> "Change":
        """Give it with ids for the line and tranches that it brings, so that they keep them once in force."""
        line, tranche = self.line, self.tranche
        if line is not None:
            tranches = tuple(_with_id(each) for each in line.tranches)
            line = replace(line, id=line.id or new_id(), tranches=tranches)
        return replace(self, line=line, tranche=_with_id(tranche) if tranche else None)


_SCHEMA = class_schema(Change, base_schema=StateSchema)()


def _with_id(tranche: TrancheTerms) -> TrancheTerms:
    return replace(tranche, id=tranche.id or new_id())


ASKED_FOR: Mapping[ChangeKind, tuple[Sequence[str], Sequence[str]]] = {
    ChangeKind.PERIOD: ((), ("starts_on", "ends_on")),
    ChangeKind.PARTY_JOINS: (("party",), ()),
    ChangeKind.PARTY_LEAVES: (("organisation_id",), ()),
    ChangeKind.ACTION_ADDED: (("action_id",), ()),
    ChangeKind.LINE_ADDED: (("line",), ()),
    ChangeKind.AMOUNT: (("tranche_id", "amount"), ()),
    ChangeKind.TRANCHE_ADDED: (("line_id", "tranche"), ()),
    ChangeKind.TRANCHE_CHANGED: (("tranche_id", "due_on"), ("year", "condition")),
    ChangeKind.TRANCHE_REMOVED: (("tranche_id",), ()),
    ChangeKind.CLAUSE: (("clause",), ()),
}
"""What each kind of change says, and what it may say besides."""


def misfits(change: Change) -> Iterator[Finding]:
    """Find what this kind of change lacks or says without meaning; pointers are within the change."""
    needed, possible = ASKED_FOR[change.kind]
    for name in (each.name for each in fields(Change) if each.name not in ("kind", "on")):
        said = getattr(change, name) is not None
        if name in needed and not said:
            yield f"/{name}", f"A change of the kind {change.kind} says this."
        if said and name not in (*needed, *possible):
            yield f"/{name}", f"A change of the kind {change.kind} does not say this: leave it out."
    if change.kind is ChangeKind.PERIOD and change.starts_on is None and change.ends_on is None:
        yield "/ends_on", "Say from when or until when the convention runs."


def amended(terms: Terms, changes: Sequence[Change], *, on: date) -> Terms:
    """Give the text that follows from changes which take effect on a day; a line without tranches goes."""
    for change in changes:
        terms = _APPLY[change.kind](terms, replace(change, on=on))
    return replace(terms, lines=tuple(line for line in terms.lines if line.tranches))


def unfounded(terms: Terms, change: Change) -> Iterator[Finding]:
    """Find what a change names that is not in the text which it changes; pointers are within the change."""
    tranches = {tranche.id for line in terms.lines for tranche in line.tranches}
    if change.tranche_id is not None and change.tranche_id not in tranches:
        yield "/tranche_id", "The convention has no such tranche: read it again."
    if change.line_id is not None and change.line_id not in {line.id for line in terms.lines}:
        yield "/line_id", "The convention has no such line: read it again."
    if change.kind is ChangeKind.PARTY_LEAVES:
        party = terms.party(cast(UUID, change.organisation_id))
        if party is None or party.left_on is not None:
            yield "/organisation_id", "It is no party of the convention."
    if change.party is not None and (party := terms.party(change.party.organisation_id)) and party.left_on is None:
        yield "/party/organisation_id", "This organisation is a party already: a party has one role."
    yield from _already(terms, change)


def _already(terms: Terms, change: Change) -> Iterator[Finding]:
    if change.action_id is not None and change.action_id in terms.actions:
        yield "/action_id", "The convention serves this action already."
    goes = change.clause is not None and not change.clause.text
    if change.clause is not None and goes and change.clause.code not in {clause.code for clause in terms.clauses}:
        yield "/clause/code", "The convention has no such clause: there is nothing to take out."


def _period(terms: Terms, change: Change) -> Terms:
    return replace(terms, starts_on=change.starts_on or terms.starts_on, ends_on=change.ends_on or terms.ends_on)


def _party_joins(terms: Terms, change: Change) -> Terms:
    party = replace(cast(PartyTerms, change.party), joined_on=change.on)
    others = tuple(each for each in terms.parties if each.organisation_id != party.organisation_id)
    return replace(terms, parties=(*others, party))


def _party_leaves(terms: Terms, change: Change) -> Terms:
    party = terms.party(cast(UUID, change.organisation_id))
    return terms.with_party(replace(party, left_on=change.on)) if party else terms


def _action_added(terms: Terms, change: Change) -> Terms:
    return replace(terms, action_ids=(*terms.action_ids, cast(UUID, change.action_id)))


def _line_added(terms: Terms, change: Change) -> Terms:
    return replace(terms, lines=(*terms.lines, cast(LineTerms, change.line)))


def _tranche_added(terms: Terms, change: Change) -> Terms:
    tranche = cast(TrancheTerms, change.tranche)
    lines = (
        replace(line, tranches=(*line.tranches, tranche)) if line.id == change.line_id else line for line in terms.lines
    )
    return replace(terms, lines=tuple(lines))


def _amount(terms: Terms, change: Change) -> Terms:
    return _each_tranche(terms, change, lambda tranche: replace(tranche, amount=cast(Decimal, change.amount)))


def _tranche_changed(terms: Terms, change: Change) -> Terms:
    due_on = cast(date, change.due_on)
    year = None if change.year == due_on.year else change.year
    return _each_tranche(
        terms, change, lambda tranche: replace(tranche, due_on=due_on, year=year, condition=change.condition)
    )


def _tranche_removed(terms: Terms, change: Change) -> Terms:
    return _each_tranche(terms, change, lambda _: None)


def _each_tranche(terms: Terms, change: Change, after: Callable[[TrancheTerms], TrancheTerms | None]) -> Terms:
    """Replace the tranche that a change names."""
    lines = []
    for line in terms.lines:
        tranches = (after(each) if each.id == change.tranche_id else each for each in line.tranches)
        lines.append(replace(line, tranches=tuple(each for each in tranches if each is not None)))
    return replace(terms, lines=tuple(lines))


def _clause(terms: Terms, change: Change) -> Terms:
    titles = {each.code: each.title for each in terms.clauses}
    said = cast(ClauseTerms, change.clause)
    clause = replace(said, title=said.title or titles.get(said.code, said.code))
    if clause.code not in titles:
        return replace(terms, clauses=(*terms.clauses, clause))
    clauses = (clause if each.code == clause.code else each for each in terms.clauses)
    return replace(terms, clauses=tuple(each for each in clauses if each.text))


_APPLY: Mapping[ChangeKind, Callable[[Terms, Change], Terms]] = {
    ChangeKind.PERIOD: _period,
    ChangeKind.PARTY_JOINS: _party_joins,
    ChangeKind.PARTY_LEAVES: _party_leaves,
    ChangeKind.ACTION_ADDED: _action_added,
    ChangeKind.LINE_ADDED: _line_added,
    ChangeKind.AMOUNT: _amount,
    ChangeKind.TRANCHE_ADDED: _tranche_added,
    ChangeKind.TRANCHE_CHANGED: _tranche_changed,
    ChangeKind.TRANCHE_REMOVED: _tranche_removed,
    ChangeKind.CLAUSE: _clause,
}
