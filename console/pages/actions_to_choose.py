"""The actions that a form offers; asked for once per page."""

from typing import Any

from flask import g

from console.services import get
from console.sessions import ask_one, needed


def actions() -> list[tuple[str, str]]:
    """Offer the actions of every programme that this person may see."""
    return [(each["id"], f"{each['code']} {each['title']}") for each in _known()]


def _known() -> list[dict[str, Any]]:
    if "actions_to_choose" not in g:
        g.actions_to_choose = needed(ask_one(get("actions", "/v1/actions", limit=200))).items
    known: list[dict[str, Any]] = g.actions_to_choose
    return known
