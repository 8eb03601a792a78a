"""A merger foreseen, as people read it: what moves, and what becomes of what is known of both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console.language import count, day, listed, say, say_number
from console.words import in_words

KINDS = {
    "convention": ("%(number)s convention", "%(number)s conventions"),
    "mandate": ("%(number)s mandate", "%(number)s mandates"),
    "adherence": ("%(number)s adherence", "%(number)s adherences"),
    "seat": ("%(number)s seat", "%(number)s seats"),
    "contact": ("%(number)s contact", "%(number)s contacts"),
    "person": ("%(number)s person who signs in", "%(number)s persons who sign in"),
    "client": ("%(number)s program with access", "%(number)s programs with access"),
}
"""What may name an organisation, and how many of each."""

FATES = {
    "taken_over": "taken over",
    "former": "kept as a number of former days, which still finds it",
    "set_aside": "set aside: its own stays",
}
"""What becomes of what the duplicate says."""


@dataclass(frozen=True)
class Moved:
    """What of a kind comes to the survivor: how many, and which."""

    counted: str
    names: str

    @classmethod
    def read(cls, moved: Mapping[str, Any]) -> "Moved":
        """Read what partners told."""
        names = [_seat(each) if moved["kind"] == "seat" else each for each in moved["names"]]
        one, many = KINDS[moved["kind"]]
        more = moved["count"] - len(names)
        rest = [say("%(number)s more", number=count(more))] if more else []
        return cls(say_number(one, many, moved["count"]), listed([*names, *rest]))


@dataclass(frozen=True)
class Differing:
    """A fact that the two say differently, and what becomes of the duplicate's."""

    label: str
    own: str
    other: str
    fate: str
    afterwards: str


def facts_in_words(
    fates: Mapping[str, str], survivor: Mapping[str, Any], duplicate: Mapping[str, Any], *, labels: Mapping[str, str]
) -> list[Differing]:
    """Say what differs, in the order in which a form asks for it, under its `labels`."""
    return [
        Differing(labels[name], _value(survivor, name), _value(duplicate, name), fates[name], say(FATES[fates[name]]))
        for name in labels
        if name in fates
    ]


def _value(organisation: Mapping[str, Any], name: str) -> str:
    """Write a fact as people read it."""
    value = organisation[name] or organisation.get(f"typed_{name}")
    if isinstance(organisation[name], bool):
        return say("yes") if value else say("no")
    if name == "addresses":
        return "; ".join(_addresses(organisation["addresses"]))
    if name == "siret_since" and value:
        return day(value)
    return count(value) if isinstance(value, int) else str(value or "–")


def _addresses(addresses: list[dict[str, Any]]) -> Iterator[str]:
    for each in addresses:
        town = " ".join(filter(None, (each["postal_code"], each["town"])))
        yield ", ".join(filter(None, (in_words(each["use"]), each["street"], town)))


def _seat(code: str) -> str:
    """Name a seat by its body, as the service says it: an action's code, or consultation."""
    return say("consultation body") if code == "consultation" else say("steering body of action %(code)s", code=code)
