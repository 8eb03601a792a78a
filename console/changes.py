"""What moved the figures last, in a few words each."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from console.language import difference
from console.sentences import actions_in_words
from console.words import cause_in_words, in_words, status_in_words

SAID_BY_THE_ACTIONS = ("action", "programme")
SURE = ("received", "secured")
SUREST_FIRST = ("received", "secured", "sought", "need")


@dataclass(frozen=True)
class Change:
    """What one event did to the figures; `state` is failed where something sure was lost."""

    at: str
    correlation_id: str
    moved: list[tuple[str, str]]
    because: str
    more: str
    state: str


def change_in_words(row: Mapping[str, Any]) -> Change:
    """Say one of budget's changes: the surest figure that moved and, for a payment or a proposal, nothing more."""
    moved = [(Decimal(row[measure]), measure) for measure in SUREST_FIRST if Decimal(row[measure])]
    shown = moved[:1] if moved and moved[0][0] > 0 else moved[:2]
    more = [row["reason"] or "", actions_in_words(row["action_codes"])]
    return Change(
        at=row["recorded_at"],
        correlation_id=row["correlation_id"],
        moved=[(difference(amount), in_words(measure).lower()) for amount, measure in shown],
        because=_because(row),
        more=", ".join(each for each in more if each),
        state="failed" if any(amount < 0 for amount, measure in moved if measure in SURE) else "done",
    )


def _because(row: Mapping[str, Any]) -> str:
    cause = cause_in_words(row["cause"])
    if row["cause"] in SAID_BY_THE_ACTIONS:
        return cause
    if row["cause"] == "convention" and row["convention_reference"]:
        return f"{cause} {row['convention_reference']} {status_in_words(row['convention_status'])}"
    return f"{cause} {row['because']}"
