"""How e-mails and webhooks stand, in words, colours and marks."""

import json
from collections.abc import Mapping
from typing import Any

from console.language import phrase, say, say_number

STANDING = {
    "waiting": ("waiting", "late", "waits"),
    "retrying": ("waiting", "late", "being retried"),
    "accepted": ("done", "ok", "accepted"),
    "failed": ("failed", "failed", "given up"),
    "superseded": ("quiet", "quiet", "overtaken by a newer one"),
    "withheld": ("quiet", "quiet", "withheld"),
}

UNSENT = (
    phrase("Things have changed since: this is no longer true."),
    phrase("The person is no longer a stakeholder."),
    phrase("The person unsubscribed."),
    phrase("The person no longer wants this topic."),
    phrase("The address was refused: %(answer)s"),
    phrase("The endpoint was removed."),
    phrase("The endpoint is switched off. %(answer)s"),
    phrase("The endpoint is switched off."),
)
"""Why notifications sent nothing, as it writes it; any other answer comes from whom it was sent to."""


def delivery_state(row: Mapping[str, Any]) -> str:
    """Give the mark of a delivery: done, waiting, failed or quiet."""
    if row["status"] == "retrying":
        return "failed"
    return STANDING.get(row["status"], STANDING["waiting"])[0]


def chip_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Give a delivery's chip: its colour, and how it stands with the last answer."""
    _, colour, words = STANDING.get(row["status"], STANDING["waiting"])
    if row["status"] in ("accepted", "superseded", "withheld", "waiting"):
        return colour, say(words)
    attempts = say_number("one attempt", "%(number)s attempts", row["attempts"])
    return "failed", f"{say(words)}, {attempts}"


def answered(row: Mapping[str, Any]) -> str:
    """Give what was last answered, or why nothing was sent, in the page's language."""
    answer = str(row["answer"] or "")
    for words in UNSENT:
        before, place, _ = words.partition("%(answer)s")
        if place and answer.startswith(before):
            return say(words, answer=answer.removeprefix(before))
        if answer == words:
            return say(words)
    return answer


def readable(text: str | None) -> str:
    """Lay a JSON text out for reading; any other stays as it is."""
    try:
        return json.dumps(json.loads(text or ""), ensure_ascii=False, indent=2)
    except ValueError:
        return text or ""
