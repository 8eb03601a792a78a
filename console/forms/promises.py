"""The picker of money promised elsewhere: a reference is typed, and the lines of that convention are offered."""

from decimal import Decimal
from typing import Any

from flask import g

from console.forms.picker import Picker
from console.forms.refusals import SILENT
from console.language import euros, phrase, say
from console.services import get
from console.sessions import ask, ask_one

SEARCHED = 4
"""How many conventions a few words are looked for in; their lines are what is offered."""


class Promise(Picker):
    """A contribution line of a convention that was proposed, known by its id."""

    offers = "choices.promises"
    several = phrase("That convention has several lines: choose the one whose money this is.")
    nothing = phrase("No convention that was proposed has this reference.")

    def find(self, text: str) -> list[dict[str, Any]]:
        """Find the lines of the conventions whose reference or title has these words."""
        return promises(text.partition(" · ")[0])

    def known(self, thing_id: str) -> dict[str, Any] | None:
        """Give a line that this page met already."""
        found: dict[str, Any] | None = _met().get(thing_id)
        return found

    def written_of(self, thing: dict[str, Any]) -> str:
        """Give the reference, who promises, how much and for which action."""
        return str(thing["written"])


def promises(words: str) -> list[dict[str, Any]]:
    """Give the lines that words may mean; raises ValueError where partners does not answer."""
    found = ask_one(get("partners", "/v1/conventions", search=words, limit=SEARCHED))
    if found.silent:
        raise ValueError(say(SILENT))
    proposed = [each["id"] for each in found.items if each["reference"]]
    whole = ask(**{each: get("partners", f"/v1/conventions/{each}") for each in proposed})
    conventions = [whole[each].body for each in proposed if whole[each].ok]
    return [meet(line, convention["reference"]) for convention in conventions for line in convention["lines"]]


def meet(line: dict[str, Any], reference: str) -> dict[str, Any]:
    """Keep a line of a convention for this page, as people read it."""
    promised = euros(sum((Decimal(each["amount"]) for each in line["tranches"]), Decimal(0)))
    action = say("action %(code)s", code=line["action_code"])
    words = " · ".join((reference, line["organisation_name"], promised, action))
    return _keep(line["line_id"], words)


def remember(line: dict[str, Any]) -> None:
    """Keep what a line says of the one that it passes on."""
    if line.get("passes_on") and line.get("passes_on_reference"):
        _keep(line["passes_on"], f"{line['passes_on_reference']} · {line['passes_on_organisation']}")


def _keep(line_id: str, words: str) -> dict[str, Any]:
    kept: dict[str, Any] = {"id": line_id, "written": words}
    _met()[line_id] = kept
    return kept


def _met() -> dict[str, Any]:
    found: dict[str, Any] = g.setdefault("promises", {})
    return found
