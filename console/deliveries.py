"""How e-mails and webhooks stand, in words, colours and marks."""

import json
from collections.abc import Mapping
from typing import Any

from console.language import say, say_number

STANDING = {
    "waiting": ("waiting", "late", "waits"),
    "retrying": ("waiting", "late", "being retried"),
    "accepted": ("done", "ok", "accepted"),
    "failed": ("failed", "failed", "given up"),
    "superseded": ("quiet", "quiet", "overtaken by a newer one"),
    "withheld": ("quiet", "quiet", "withheld"),
}


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


def readable(text: str | None) -> str:
    """Lay a JSON text out for reading; any other stays as it is."""
    try:
        return json.dumps(json.loads(text or ""), ensure_ascii=False, indent=2)
    except ValueError:
        return text or ""
