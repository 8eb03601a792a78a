"""A mandate as people read it: whose deliberation, what it lets one do, since when."""

from collections.abc import Mapping
from typing import Any

from chassis.clock import today
from console.language import day, say


def covering(mandate: Mapping[str, Any], act: str) -> Mapping[str, Any] | None:
    """Give the authorisation under which one may act today; none where it is not enforceable, or not for this."""
    since, now = mandate["enforceable_since"], str(today())
    if since is None or since > now or mandate["corrected_by"]:
        return None
    current = (
        each
        for each in mandate["authorisations"]
        if (each["starts_on"] or now) <= now <= (each["ends_on"] or now) and act in each["acts"]
    )
    return next(current, None)


def remaining(authorisation: Mapping[str, Any], act: str) -> str | None:
    """Give what is left under its ceiling, in euros; none where it has no ceiling."""
    return next((each["remaining"] for each in authorisation["draws"] if each["act"] == act), None)


def named(mandate: Mapping[str, Any]) -> str:
    """Name a deliberation by number, day and title."""
    return say(
        "%(number)s of %(day)s: %(title)s",
        number=mandate["number"],
        day=day(mandate["adopted_on"]),
        title=mandate["title"],
    )
