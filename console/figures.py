"""The projection as people read it: a sentence, bars and a table of equal content."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from console.language import euros, has_cents, say

MEASURES = ("need", "sought", "secured", "received", "gap")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Segment:
    """One stretch of a bar, in hundredths of its width."""

    measure: str
    start: Decimal
    width: Decimal


@dataclass(frozen=True)
class Beside:
    """What no total counts: people, things and promises valued in euros, or cash in another VAT basis."""

    kind: str
    vat_basis: str
    sought: Decimal
    secured: Decimal


@dataclass(frozen=True)
class Line:
    """The figures of one axis, action, funder or year, or of all of them; euros, cash, the programme's VAT basis.

    `key` is what a question narrows by. A funder needs nothing: its need and gap are zero.
    """

    key: str
    code: str
    label: str
    need: Decimal
    sought: Decimal
    secured: Decimal
    received: Decimal
    gap: Decimal
    envelope: Decimal | None = None
    beside: tuple[Beside, ...] = ()

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "Line":
        """Read a row of the projection."""
        key, code, label = (str(row.get(name, "")) for name in ("key", "code", "label"))
        need, sought, secured, received, gap = (Decimal(row.get(measure) or 0) for measure in MEASURES)
        envelope = None if row.get("envelope") is None else Decimal(row["envelope"])
        beside = tuple(map(_beside, row.get("beside", [])))
        return cls(key, code, label, need, sought, secured, received, gap, envelope, beside)

    @property
    def missing(self) -> Decimal:
        """What is still to be found; never less than nothing."""
        return max(self.gap, ZERO)

    @property
    def covered(self) -> Decimal | None:
        """The secured share of the need; None where nothing is needed."""
        return self.secured / self.need if self.need else None

    @property
    def segments(self) -> list[Segment]:
        """Received, the rest of secured, then sought, over the need; what would overflow is cut at the end."""
        track = max(self.need, self.secured)
        if not track:
            return []
        stretches = (("received", self.received), ("secured", self.secured - self.received), ("sought", self.sought))
        segments, start = [], ZERO
        for measure, amount in stretches:
            width = min(amount * 100 / track, 100 - start)
            segments.append(Segment(measure, round(start, 2), round(max(width, ZERO), 2)))
            start += max(width, ZERO)
        return segments


@dataclass(frozen=True)
class Table:
    """A projection: its lines and their total."""

    lines: list[Line]
    total: Line
    measures: tuple[str, ...] = MEASURES

    @property
    def cents(self) -> bool:
        """Whether any figure has cents: then all show theirs, so that a column lines up."""
        return any(has_cents(getattr(line, measure)) for line in (*self.lines, self.total) for measure in self.measures)

    @classmethod
    def read(cls, body: Mapping[str, Any], measures: tuple[str, ...] = MEASURES) -> "Table":
        """Read the answer of budget's projection; `measures` are those that make sense for what it is added up by."""
        return cls([Line.read(row) for row in body.get("rows", [])], Line.read(body.get("total") or {}), measures)


def beyond(gap: Decimal | str) -> Decimal | None:
    """Give by how many euros what is secured goes beyond the need; None where it does not."""
    return -exact if (exact := Decimal(gap)) < 0 else None


def gap_in_words(gap: Decimal | str) -> str:
    """Say what is missing; a gap below zero is said as what it is."""
    more = beyond(gap)
    return euros(gap) if more is None else say("%(amount)s beyond the need", amount=euros(more))


def _beside(row: Mapping[str, Any]) -> Beside:
    return Beside(row["kind"], row["vat_basis"], Decimal(row["sought"]), Decimal(row["secured"]))
