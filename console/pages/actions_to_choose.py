"""What the programme is made of, as forms offer it: actions, axes, years; asked for once per page."""

from typing import Any

from flask import g

from console.pages.programme import Programme, chosen_programme
from console.services import get
from console.sessions import ask_one, needed


def actions() -> list[tuple[str, str]]:
    """Offer the actions of every programme that this person may see."""
    return [(each["id"], f"{each['code']} {each['title']}") for each in _known()]


def axes() -> list[tuple[str, str]]:
    """Offer the axes of the programme."""
    programme = _programme()
    return [(code, f"{code} {title}") for code, title in programme.axes.items()] if programme else []


def axes_of_actions() -> dict[str, str]:
    """Name the axis of each action, by the action's code."""
    named = dict(axes())
    return {each["code"]: named.get(each["axis_code"], each["axis_code"]) for each in _known()}


def years() -> list[tuple[str, str]]:
    """Offer the years in which money of the programme may fall due."""
    programme = _programme()
    return [(str(year), str(year)) for year in programme.years] if programme else []


def _known() -> list[dict[str, Any]]:
    if "actions_to_choose" not in g:
        g.actions_to_choose = needed(ask_one(get("actions", "/v1/actions", limit=200))).items
    known: list[dict[str, Any]] = g.actions_to_choose
    return known


def _programme() -> Programme | None:
    if "programme_to_choose" not in g:
        g.programme_to_choose = chosen_programme()
    found: Programme | None = g.programme_to_choose
    return found
