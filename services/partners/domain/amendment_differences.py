"""The difference that an amendment makes, so that a person can read it: what, of whom, from what to what."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.amendments import ChangeKind, Difference
from services.partners.domain.amendment_changes import Change, amended
from services.partners.domain.convention_terms import Known, LineTerms, Terms, TrancheTerms


def differences_of(former: Terms, changes: Sequence[Change], known: Known, *, on: date) -> list[Difference]:
    """Give what changes make of a text, in their order; amounts are in euros."""
    found: list[Difference] = []
    terms = former
    for change in changes:
        before, terms = terms, amended(terms, [change], on=on)
        found += _of(change, before, terms, known)
    return found


def _of(change: Change, before: Terms, after: Terms, known: Known) -> Iterator[Difference]:
    kind = change.kind
    if kind is ChangeKind.PERIOD:
        for name in ("starts_on", "ends_on"):
            if getattr(before, name) != getattr(after, name):
                yield _difference(kind, name, getattr(before, name), getattr(after, name))
    elif change.party is not None:
        yield _difference(kind, "role", None, change.party.role, **_party(change.party.organisation_id, known))
    elif change.organisation_id is not None:
        party = before.party(change.organisation_id)
        yield _difference(kind, "role", party and party.role, None, **_party(change.organisation_id, known))
    elif change.action_id is not None:
        place = _action(change.action_id, known)
        yield _difference(kind, "action", None, place["action_code"], **place)
    elif change.clause is not None:
        yield from _of_clause(change, before, after)
    else:
        yield from _of_tranches(change, before, after, known)


def _of_clause(change: Change, before: Terms, after: Terms) -> Iterator[Difference]:
    code = change.clause.code if change.clause else ""
    said, says = ({each.code: each for each in terms.clauses}.get(code) for terms in (before, after))
    for name in ("title", "text"):
        was, becomes = getattr(said, name, None), getattr(says, name, None)
        if was != becomes:
            yield _difference(change.kind, name, was, becomes, clause=code)


def _of_tranches(change: Change, before: Terms, after: Terms, known: Known) -> Iterator[Difference]:
    was, becomes = _tranches(before), _tranches(after)
    for tranche_id in [*becomes, *(each for each in was if each not in becomes)]:
        line, said = was.get(tranche_id, (None, None))
        new_line, says = becomes.get(tranche_id, (None, None))
        placed = new_line or line
        if said == says or placed is None:
            continue
        place = _line(placed, known) | {"tranche_id": tranche_id}
        for year, old, new in _amounts(said, says):
            yield _difference(change.kind, "amount", old, new, year=year, **place)
        if said and says:
            place |= {"year": says.budget_year}
            names = (name for name in ("due_on", "condition") if getattr(said, name) != getattr(says, name))
            for name in names:
                yield _difference(change.kind, name, getattr(said, name), getattr(says, name), **place)


def _amounts(
    said: TrancheTerms | None, says: TrancheTerms | None
) -> Iterator[tuple[int, Decimal | None, Decimal | None]]:
    """Give the amounts that change by budget year; put off, it leaves one year and comes to another."""
    if said and says and said.budget_year == says.budget_year:
        if said.amount != says.amount:
            yield says.budget_year, said.amount, says.amount
        return
    if said:
        yield said.budget_year, said.amount, None
    if says:
        yield says.budget_year, None, says.amount


def _tranches(terms: Terms) -> dict[UUID | None, tuple[LineTerms, TrancheTerms]]:
    return {tranche.id: (line, tranche) for line in terms.lines for tranche in line.tranches}


def _line(line: LineTerms, known: Known) -> dict[str, Any]:
    kinds = {"contribution": line.kind.value, "vat_basis": line.vat_basis.value}
    return {**_party(line.organisation_id, known), **_action(line.action_id, known), "line_id": line.id, **kinds}


def _party(organisation_id: UUID, known: Known) -> dict[str, Any]:
    organisation = known.organisations.get(organisation_id)
    return {"organisation_id": organisation_id, "organisation_name": organisation.name if organisation else None}


def _action(action_id: UUID, known: Known) -> dict[str, Any]:
    action = known.actions.get(action_id)
    return {"action_id": action_id, "action_code": action.code if action else None}


def _difference(kind: ChangeKind, name: str, before: object, after: object, **place: Any) -> Difference:
    return Difference(kind=kind, field=name, before=_said(before), after=_said(after), **place)


def _said(value: object) -> str | None:
    return None if value is None else str(value)
