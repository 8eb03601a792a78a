"""A mandate as people read it: whose deliberation, what it lets one do, since when."""

from collections.abc import Mapping
from typing import Any

from chassis.clock import today
from console.language import day, say


def covering(mandate: Mapping[str, Any], act: str) -> bool:
    """Tell whether it can be acted under today: it authorises the act and is enforceable."""
    since = mandate.get("enforceable_since")
    return act in mandate["authorises"] and since is not None and since <= str(today())


def named(mandate: Mapping[str, Any]) -> str:
    """Name a deliberation by number, day and title."""
    return say(
        "%(number)s of %(day)s: %(title)s",
        number=mandate["number"],
        day=day(mandate["adopted_on"]),
        title=mandate["title"],
    )
