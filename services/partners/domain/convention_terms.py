"""What a convention says before anybody signs it: parties, actions, clauses, lines, tranches; its fingerprint."""

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from chassis.money import VatBasis
from contracts.partners import BY_VALUE, ContributionKind, Nature, PartyRole
from services.partners.domain.organisation import Organisation
from services.partners.domain.programme import KnownAction, KnownProgramme

ZERO = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class PartyTerms:
    """One that signs; the mandate is its own deliberation, by id where it is recorded here, else by number.

    An amendment lets a party join or leave on a day; one that left stays named, with what it still owes.
    """

    organisation_id: UUID
    role: PartyRole = field(metadata=BY_VALUE)
    mandate_id: UUID | None = None
    mandate_number: str | None = None
    joined_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class TrancheTerms:
    """An amount in euros due on a day; `year` is the budget year where it is not that day's own (Europe/Paris)."""

    amount: Decimal
    due_on: date
    year: int | None = None
    condition: str | None = None
    id: UUID | None = None

    @property
    def budget_year(self) -> int:
        """The year whose budget bears it."""
        return self.year or self.due_on.year


@dataclass(frozen=True, kw_only=True)
class LineTerms:
    """What one party promises to one action.

    People are full-time equivalents (`fte`), or `days` at `day_rate` euros. `proof` says what will show that an
    organisational promise was kept. `passes_on` is the line of another convention whose money this one hands on.
    """

    organisation_id: UUID
    action_id: UUID
    kind: ContributionKind = field(metadata=BY_VALUE)
    nature: Nature = field(metadata=BY_VALUE)
    vat_basis: VatBasis = field(metadata=BY_VALUE)
    description: str | None = None
    tranches: tuple[TrancheTerms, ...]
    fte: Decimal | None = None
    days: Decimal | None = None
    day_rate: Decimal | None = None
    proof: str | None = None
    passes_on: UUID | None = None
    id: UUID | None = None

    @property
    def amount(self) -> Decimal:
        """The sum of its tranches, in euros."""
        return sum((tranche.amount for tranche in self.tranches), ZERO)


@dataclass(frozen=True, kw_only=True)
class ClauseTerms:
    """A clause as it will be signed; `code` names it within its convention."""

    code: str
    title: str
    text: str


LATER = ("action_ids", "clauses", "fte", "days", "day_rate", "proof", "passes_on", "joined_on", "left_on")
"""Fields that came after the first texts were signed: written where they say something, so that those texts stand."""
DESCRIBED = frozenset({ContributionKind.CASH, ContributionKind.PEOPLE})
"""Contributions that amounts or days say; of the others the description is the promise."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """All of a convention's text that counts; `action_ids` are those that it serves without a line of their own."""

    programme_code: str
    title: str
    starts_on: date
    ends_on: date
    illustrative: bool = False
    parties: tuple[PartyTerms, ...]
    lines: tuple[LineTerms, ...]
    action_ids: tuple[UUID, ...] = ()
    clauses: tuple[ClauseTerms, ...] = ()

    @property
    def actions(self) -> tuple[UUID, ...]:
        """All actions that it serves, each once."""
        return tuple(dict.fromkeys([*self.action_ids, *(line.action_id for line in self.lines)]))

    @property
    def text(self) -> str:
        """The terms as canonical JSON, which is what one signs; ids of lines and tranches are no part of it."""
        return canonical(_told(asdict(self)))

    def fingerprint(self) -> str:
        """Give the SHA-256 of the text: what a signature says it signed."""
        return digest(self.text)

    def same_matter_as(self, other: "Terms") -> bool:
        """Tell whether the two differ in nothing that signatures depend on.

        The convention's title, whether it is illustrative, and the words beside money or days may be corrected.
        """
        return bool(self._matter() == other._matter())

    def _matter(self) -> Any:
        lines = (replace(line, description=None) if line.kind in DESCRIBED else line for line in self.lines)
        return _without(asdict(replace(self, title="", illustrative=False, lines=tuple(lines))), ["id"])

    def with_ids_of(self, former: "Terms") -> "Terms":
        """Give the terms with the ids of the former lines that they go on with: the same again, else the same money.

        The same money is that of one organisation for one action, of one kind, nature and VAT basis.
        """
        left, followed = list(former.lines), dict[int, LineTerms]()
        for same in (_unnamed, _money):
            for position, line in enumerate(self.lines):
                match = next((each for each in left if same(each) == same(line)), None)
                if match and position not in followed and line.id is None:
                    left.remove(match)
                    followed[position] = match
        lines = (_with_ids(line, followed.get(position)) for position, line in enumerate(self.lines))
        return replace(self, lines=tuple(lines))

    def party(self, organisation_id: UUID) -> PartyTerms | None:
        """Give what it says of a party, if it is one."""
        return next((each for each in self.parties if each.organisation_id == organisation_id), None)

    def with_party(self, changed: PartyTerms) -> "Terms":
        """Give the terms with what is said of that party replaced."""
        same = changed.organisation_id
        return replace(self, parties=tuple(changed if each.organisation_id == same else each for each in self.parties))


def _unnamed(line: LineTerms) -> LineTerms:
    return replace(line, id=None, tranches=tuple(replace(tranche, id=None) for tranche in line.tranches))


def _money(line: LineTerms) -> tuple[Any, ...]:
    return line.organisation_id, line.action_id, line.kind, line.nature, line.vat_basis


def _with_ids(line: LineTerms, former: LineTerms | None) -> LineTerms:
    if former is None:
        return line
    ids = dict(enumerate(tranche.id for tranche in former.tranches))
    tranches = (replace(tranche, id=ids.get(position)) for position, tranche in enumerate(line.tranches))
    return replace(line, id=former.id, tranches=tuple(tranches))


def canonical(told: Any) -> str:
    """Write plain values as canonical JSON."""
    return json.dumps(told, default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Give the SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def _told(said: Any) -> Any:
    if isinstance(said, Mapping):
        return {
            name: _told(value)
            for name, value in said.items()
            if name != "id" and not (name in LATER and value in (None, (), []))
        }
    return [_told(each) for each in said] if isinstance(said, list | tuple) else said


def _without(said: Any, names: Iterable[str]) -> Any:
    if isinstance(said, Mapping):
        return {name: _without(value, names) for name, value in said.items() if name not in names}
    return [_without(each, names) for each in said] if isinstance(said, list | tuple) else said


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """A line of another convention that may be passed on; `passed_on` euros of it are by others already.

    `givers` are the organisations through which its money came, its own giver first; `parties` are those of its
    convention, which can pass it on.
    """

    line_id: UUID
    convention_id: UUID
    reference: str
    organisation_name: str
    action_id: UUID
    kind: ContributionKind
    nature: Nature
    vat_basis: VatBasis
    amount: Decimal
    passed_on: Decimal
    standing: bool
    parties: Set[UUID]
    givers: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Known:
    """Whom and what the terms may speak of, as far as partners knows.

    `mandates` says whose each is; `passed_on` is what others pass on, by line.
    """

    programme: KnownProgramme | None
    organisations: Mapping[UUID, Organisation] = field(default_factory=dict)
    actions: Mapping[UUID, KnownAction] = field(default_factory=dict)
    mandates: Mapping[UUID, UUID] = field(default_factory=dict)
    upstream: Mapping[UUID, Upstream] = field(default_factory=dict)
    passed_on: Mapping[UUID, Decimal] = field(default_factory=dict)
