"""What makes an amendment acceptable: its changes fit the text in force, and the text that follows could be signed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.errors import InvalidInput
from contracts.amendments import ChangeKind
from services.partners.domain.amendment_changes import Change, amended, misfits, unfounded
from services.partners.domain.convention_checks import check
from services.partners.domain.convention_terms import ZERO, Known, Terms
from services.partners.domain.finding import Finding, refuse


def check_changes(
    former: Terms,
    changes: Sequence[Change],
    known: Known,
    *,
    effective_on: date,
    received: Mapping[UUID, Decimal],
    since: date | None = None,
) -> Terms:
    """Give the text that follows from changes to the text in force, or refuse them.

    `received` is what came in by tranche so far, in euros; `since` is the day of the latest amendment in force.
    Raises InvalidInput with all findings, each at its change, NotYetKnown.
    """
    refuse([*_effective_day(former, changes, effective_on, since), *_each(former, changes, effective_on)])
    after = amended(former, changes, on=effective_on)
    refuse(
        [
            *_leaving(after, changes, effective_on),
            *_shortened(former, after, changes),
            *_unsigned(former, after, changes),
            *_received(after, changes, received),
        ]
    )
    try:
        check(after, known, former=former)
    except InvalidInput as refusal:
        raise _at_its_change(refusal, after, changes) from refusal
    return after


def _effective_day(former: Terms, changes: Sequence[Change], on: date, since: date | None) -> Iterator[Finding]:
    until = min([former.ends_on, *(each.ends_on for each in changes if each.ends_on)])
    if on > until:
        yield "/effective_on", f"The convention runs until {until}: it is amended before that."
    if on < former.starts_on:
        yield "/effective_on", f"The convention runs from {former.starts_on}: nothing changes before."
    if since is not None and on < since:
        yield "/effective_on", f"It was amended from {since} on: what follows changes nothing before that day."
    if on in {party.left_on for party in former.parties}:
        # by these days all services tell whether a party that left may still know what was agreed on
        yield "/effective_on", f"A party left on {on}: what the others agree on begins on a later day."


def _each(former: Terms, changes: Sequence[Change], on: date) -> Iterator[Finding]:
    if not changes:
        yield "/changes", "Say what changes: add a change."
    terms = former
    for position, change in enumerate(changes):
        findings = list(misfits(change)) or list(unfounded(terms, change))
        if not findings:
            before, terms = terms, amended(terms, [change], on=on)
            if terms == before:
                findings = [("", "The convention says so already: nothing would change.")]
        yield from ((f"/changes/{position}{pointer}", finding) for pointer, finding in findings)


def _leaving(after: Terms, changes: Sequence[Change], on: date) -> Iterator[Finding]:
    """Who leaves owes what fell due before that day: the rest goes, or is promised by somebody else."""
    for position, change in enumerate(changes):
        if change.kind is not ChangeKind.PARTY_LEAVES:
            continue
        owed = [
            tranche.amount
            for line in after.lines
            if line.organisation_id == change.organisation_id
            for tranche in line.tranches
            if tranche.due_on >= on
        ]
        if owed:
            due = f"It still promises {sum(owed, ZERO)} € due from {on} on"
            yield f"/changes/{position}/organisation_id", f"{due}: remove those tranches, others may promise them."


def _shortened(former: Terms, after: Terms, changes: Sequence[Change]) -> Iterator[Finding]:
    """Who lets it end earlier says what becomes of each tranche that was due by the former end and no longer is."""
    unsaid = {tranche.id for line in former.lines for tranche in line.tranches}
    unsaid -= {change.tranche_id for change in changes if change.kind is ChangeKind.TRANCHE_CHANGED}
    left = [
        tranche.amount
        for line in after.lines
        for tranche in line.tranches
        if tranche.id in unsaid and after.ends_on < tranche.due_on <= former.ends_on
    ]
    for position, change in enumerate(changes):
        if left and change.ends_on is not None:
            beyond = (
                f"{sum(left, ZERO)} € would still be due after {after.ends_on}: "
                "put those tranches on another day, or remove them."
            )
            yield f"/changes/{position}/ends_on", beyond


def _unsigned(former: Terms, after: Terms, changes: Sequence[Change]) -> Iterator[Finding]:
    """Nobody owes what it does not sign: who left before signs nothing, so nothing is added to what it promised."""
    joins = {change.party.organisation_id for change in changes if change.party}
    gone = {party.organisation_id for party in former.parties if party.left_on is not None} - joins
    lines = (*former.lines, *after.lines)
    owner = {line.id: line.organisation_id for line in lines}
    owner |= {tranche.id: line.organisation_id for line in lines for tranche in line.tranches}
    amounts = {tranche.id: tranche.amount for line in former.lines for tranche in line.tranches}
    for position, change in enumerate(changes):
        place = f"/changes/{position}"
        if change.kind is ChangeKind.PARTY_LEAVES and change.organisation_id in joins:
            yield f"{place}/organisation_id", "It joins by this amendment: it does not leave by the same."
        for name, organisation_id in _added(change, owner, amounts):
            if organisation_id in gone:
                yield f"{place}/{name}", "It has left the convention and signs nothing: it promises nothing more."


def _added(
    change: Change, owner: Mapping[UUID | None, UUID], amounts: Mapping[UUID | None, Decimal]
) -> Iterator[tuple[str, UUID | None]]:
    """Give who would promise more, or on another day, by a change, and where it says so."""
    if change.line is not None:
        yield "line/organisation_id", change.line.organisation_id
    if change.kind is ChangeKind.TRANCHE_ADDED:
        yield "line_id", owner.get(change.line_id)
    if change.kind is ChangeKind.TRANCHE_CHANGED:
        yield "tranche_id", owner.get(change.tranche_id)
    if change.amount is not None and change.amount > amounts.get(change.tranche_id, ZERO):
        yield "amount", owner.get(change.tranche_id)


def _received(after: Terms, changes: Sequence[Change], received: Mapping[UUID, Decimal]) -> Iterator[Finding]:
    """What came in is a fact: no tranche promises less than it brought already."""
    promised = {tranche.id: tranche.amount for line in after.lines for tranche in line.tranches}
    for position, change in enumerate(changes):
        came_in = received.get(change.tranche_id, ZERO) if change.tranche_id else ZERO
        if promised.get(change.tranche_id, ZERO) < came_in:
            name = "amount" if change.kind is ChangeKind.AMOUNT else "tranche_id"
            yield (
                f"/changes/{position}/{name}",
                f"{came_in} € of this tranche were received already: it cannot promise less.",
            )


def _at_its_change(refusal: InvalidInput, after: Terms, changes: Sequence[Change]) -> InvalidInput:
    """Say what is wrong with the text that would follow, at the change which makes it so."""
    errors: dict[str, list[str]] = {}
    for pointer, findings in refusal.errors.items():
        errors.setdefault(_place_of(pointer, after, changes), []).extend(findings)
    return InvalidInput(refusal.detail, errors)


def _place_of(pointer: str, after: Terms, changes: Sequence[Change]) -> str:
    _, part, *rest = pointer.split("/")
    named: set[object] = set()
    if rest and part == "lines":
        line = after.lines[int(rest[0])]
        named = {line.id, *(tranche.id for tranche in line.tranches)}
    elif rest and part == "parties":
        named = {after.parties[int(rest[0])].organisation_id}
    elif rest and part == "clauses":
        named = {after.clauses[int(rest[0])].code}
    elif rest and part == "action_ids":
        named = {after.action_ids[int(rest[0])]}
    elif part in ("starts_on", "ends_on"):
        named = {ChangeKind.PERIOD}
    places = [position for position, change in enumerate(changes) if named & _names(change)]
    return f"/changes/{places[-1]}" if places else "/changes"


def _names(change: Change) -> set[object]:
    named: set[object] = {change.organisation_id, change.action_id, change.line_id, change.tranche_id}
    named |= {change.line.id} if change.line else set()
    named |= {change.party.organisation_id} if change.party else set()
    named |= {change.clause.code} if change.clause else set()
    return (named | ({change.kind} if change.kind is ChangeKind.PERIOD else set())) - {None}
