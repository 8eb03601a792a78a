"""What a convention says before anybody signs it: parties, lines and tranches, and what makes them acceptable."""

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from chassis.errors import InvalidInput, NotYetKnown
from chassis.money import VatBasis
from contracts.partners import ContributionKind, Nature, PartyRole
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction, KnownProgramme


@dataclass(frozen=True, kw_only=True)
class PartyTerms:
    """One that will sign; the mandate is its own deliberation, by id where it is recorded here, else by number."""

    organisation_id: UUID
    role: PartyRole
    mandate_id: UUID | None = None
    mandate_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class TrancheTerms:
    """An amount in euros due on a day; `year` is the budget year where it is not that day's own (Europe/Paris)."""

    amount: Decimal
    due_on: date
    year: int | None = None
    condition: str | None = None

    @property
    def budget_year(self) -> int:
        """The year whose budget bears it."""
        return self.year or self.due_on.year


@dataclass(frozen=True, kw_only=True)
class LineTerms:
    """What one party promises to one action."""

    organisation_id: UUID
    action_id: UUID
    kind: ContributionKind
    nature: Nature
    vat_basis: VatBasis
    description: str | None = None
    tranches: tuple[TrancheTerms, ...]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """All of a convention's text that counts."""

    programme_code: str
    title: str
    starts_on: date
    ends_on: date
    illustrative: bool = False
    parties: tuple[PartyTerms, ...]
    lines: tuple[LineTerms, ...]

    def fingerprint(self) -> str:
        """Give the SHA-256 of the terms as canonical JSON: what a signature says it signed."""
        canonical = json.dumps(asdict(self), default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Known:
    """Whom and what the terms may speak of, as far as partners knows."""

    programme: KnownProgramme | None
    organisations: Mapping[UUID, Organisation] = field(default_factory=dict)
    actions: Mapping[UUID, KnownAction] = field(default_factory=dict)
    mandates: Set[UUID] = frozenset()


Finding = tuple[str, str]
"""A JSON pointer into the terms, and what is wrong there."""


def check(terms: Terms, known: Known) -> None:
    """Refuse terms that nobody could sign or that would be counted wrongly.

    Raises InvalidInput with all findings at once, NotYetKnown where a programme or action has not been announced here.
    """
    findings = [*_period(terms), *_parties(terms, known), *_lines(terms, known)]
    if findings:
        errors: dict[str, list[str]] = {}
        for pointer, finding in findings:
            errors.setdefault(pointer, []).append(finding)
        raise InvalidInput(findings[0][1], errors)
    unknown = [line.action_id for line in terms.lines if line.action_id not in known.actions]
    if known.programme is None:
        raise NotYetKnown(f"Programme {terms.programme_code} is not known here: define it first, or try again soon.")
    if unknown:
        raise NotYetKnown(f"Action {unknown[0]} is not known here: plan it first, or try again soon.")


def _period(terms: Terms) -> Iterator[Finding]:
    if terms.ends_on < terms.starts_on:
        yield "/ends_on", f"It ends on {terms.ends_on}, before it starts on {terms.starts_on}."


def _parties(terms: Terms, known: Known) -> Iterator[Finding]:
    ids = [party.organisation_id for party in terms.parties]
    roles = {party.role for party in terms.parties}
    if len(ids) < 2:
        yield "/parties", "A convention has two parties at least."
    if PartyRole.PROJECT_OWNER not in roles:
        yield "/parties", "One party at least is the project owner."
    for position, party in enumerate(terms.parties):
        pointer = f"/parties/{position}/organisation_id"
        if party.organisation_id not in known.organisations:
            yield pointer, f"No organisation {party.organisation_id} is registered: register it first."
        if party.organisation_id in ids[:position]:
            yield pointer, "This organisation is a party already: a party has one role."
        if party.mandate_id not in (None, *known.mandates):
            yield f"/parties/{position}/mandate_id", "No such mandate is recorded: record it first, or give its number."
        if party.role is PartyRole.FUNDER and not _contributes(party.organisation_id, terms):
            yield f"/parties/{position}/role", "A funder without a contribution line funds nothing: add its line."


def _contributes(organisation_id: UUID, terms: Terms) -> bool:
    return any(line.organisation_id == organisation_id for line in terms.lines)


def _lines(terms: Terms, known: Known) -> Iterator[Finding]:
    roles = {party.organisation_id: party.role for party in terms.parties}
    if not terms.lines:
        yield "/lines", "A convention promises something: add a contribution line."
    for position, line in enumerate(terms.lines):
        pointer = f"/lines/{position}"
        if line.organisation_id not in roles:
            yield f"{pointer}/organisation_id", "Whoever contributes is a party: add it to the parties."
        elif line.kind is ContributionKind.CASH and roles[line.organisation_id] is PartyRole.BENEFICIARY:
            yield f"{pointer}/organisation_id", "A beneficiary brings no cash: give it another role."
        if action := known.actions.get(line.action_id):
            yield from _action(f"{pointer}/action_id", action, terms.programme_code)
        yield from _tranches(pointer, line)


def _action(pointer: str, action: KnownAction, programme_code: str) -> Iterator[Finding]:
    if action.programme_code != programme_code:
        yield pointer, f"Action {action.code} belongs to programme {action.programme_code}."
    if action.closed:
        yield pointer, f"Action {action.code} is closed: name an open one."


def _tranches(pointer: str, line: LineTerms) -> Iterator[Finding]:
    if not line.tranches:
        yield f"{pointer}/tranches", "Say what comes when: add a tranche."
    for position, tranche in enumerate(line.tranches):
        place = f"{pointer}/tranches/{position}"
        if tranche.amount < 0 or (tranche.amount == 0 and line.kind is ContributionKind.CASH):
            yield f"{place}/amount", "Cash is more than zero; what has no value in money may be zero."
        if abs(tranche.budget_year - tranche.due_on.year) > 1:
            yield f"{place}/year", f"Due on {tranche.due_on}, it cannot weigh on the budget of {tranche.year}."
