"""Draws the lives of conventions and amendments from the tables that the code decides by, for `docs/conventions.md`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from services.partners.domain.convention_life import AMENDMENT, CONVENTION
from services.partners.domain.life import Life, Verb

BY_ITSELF = {
    Verb.AMEND: "amended, once an amendment takes effect",
    Verb.CORRECT: "corrected (title, description)",
    Verb.SIGN_LAST: "signed by the last party",
    Verb.EXPIRE: "period over",
    Verb.TAKE_EFFECT: "its day comes",
    Verb.COMPLETE: "period over",
}


def tables() -> Mapping[str, str]:
    """Give the drawing of each life, by the name of its place in the page."""
    return {"convention": drawn(CONVENTION), "amendment": drawn(AMENDMENT)}


def drawn(life: Life[Any]) -> str:
    """Draw a life as a Mermaid state diagram, its steps in the table's order."""
    first = next(status for status, _ in life.steps)
    rows = [f"    [*] --> {first.value}"]
    rows += [f"    {status.value} --> {after.value}: {_said(verb)}" for (status, verb), after in life.steps.items()]
    ends = dict.fromkeys(after for after in life.steps.values() if _is_end(life, after))
    rows += [f"    {status.value} --> [*]" for status in ends]
    return "\n".join(["```mermaid", "stateDiagram-v2", *rows, "```", ""])


def _said(verb: Verb) -> str:
    return BY_ITSELF.get(verb, verb.value)


def _is_end(life: Life[Any], status: StrEnum) -> bool:
    return all(known is not status for known, _ in life.steps)
