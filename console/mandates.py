"""A mandate as people read it: whose deliberation, what it lets one do, since when, and what remains of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chassis.clock import today
from console.language import count, day, euros, phrase, say, say_number
from console.sums import Sums, by_basis, together

ACTS = {
    "sign_conventions": phrase("sign conventions"),
    "sign_charter": phrase("sign the charter"),
    "approve_roadmap": phrase("approve the roadmap"),
    "reallocate_credit": phrase("move credit"),
    "commit_credit": phrase("commit credit"),
}


def act_in_words(act: str) -> str:
    """Say what a mandate lets one do."""
    return say(ACTS[act]) if act in ACTS else act


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


def to_begin_with(mandates: Sequence[Mapping[str, Any]], act: str) -> str | None:
    """Give which mandate to propose: the first that covers the act today and is not used up, else one that is."""
    able = [(str(each["id"]), remaining(found, act)) for each in mandates if (found := covering(each, act))]
    with_rest = (number for number, left in able if left is None or Decimal(left) > 0)
    return next(with_rest, able[0][0] if able else None)


def named(mandate: Mapping[str, Any]) -> str:
    """Name a deliberation by number, day and title."""
    return say(
        "%(number)s of %(day)s: %(title)s",
        number=mandate["number"],
        day=day(mandate["adopted_on"]),
        title=mandate["title"],
    )


@dataclass(frozen=True)
class Remaining:
    """What one act drew on a ceiling, to be drawn as a bar."""

    act: str
    drawn: Decimal
    ceiling: Decimal | None
    remaining: Decimal | None
    vat_basis: str
    by_basis: Sums

    @property
    def width(self) -> str:
        """How much of the bar is taken, in hundredths."""
        if self.ceiling is None:
            return "0"
        return f"{min(Decimal(100), self.drawn * 100 / self.ceiling if self.ceiling else Decimal(100)):.1f}"

    @property
    def passed(self) -> bool:
        """Whether more was drawn than the ceiling allows, by derogation."""
        return self.remaining is not None and self.remaining < 0

    @property
    def words(self) -> str:
        """What the bar says."""
        if self.ceiling is None or self.remaining is None:
            return say("%(drawn)s so far, without a ceiling", drawn=by_basis(self.by_basis))
        facts = {"drawn": euros(self.drawn), "ceiling": euros(self.ceiling)}
        if self.passed:
            return say(
                "%(drawn)s taken of %(ceiling)s: %(over)s beyond it, by derogation",
                over=euros(-self.remaining),
                **facts,
            )
        return say("%(left)s left of %(ceiling)s, %(drawn)s taken", left=euros(self.remaining), **facts)


def ceilings(authorisation: Mapping[str, Any]) -> list[Remaining]:
    """Give what remains of an authorisation, act by act."""
    ceiling = authorisation["ceiling"]
    return [
        Remaining(
            each["act"],
            Decimal(each["drawn"]),
            None if ceiling is None else Decimal(ceiling),
            None if each["remaining"] is None else Decimal(each["remaining"]),
            authorisation["vat_basis"],
            together((basis["vat_basis"], basis["amount"]) for basis in each["drawn_by_vat_basis"]),
        )
        for each in authorisation["draws"]
    ]


def enforceable(mandate: Mapping[str, Any]) -> str:
    """Say since when one may act under it."""
    if mandate["corrected_by"]:
        return say("corrected by %(number)s", number=mandate["corrected_by"])
    since = mandate["enforceable_since"]
    return say("enforceable since %(day)s", day=day(since)) if since else say("not enforceable yet")


def vote(mandate: Mapping[str, Any]) -> str:
    """Say how the assembly voted; nothing where that is not known."""
    if mandate["unanimous"]:
        return say("unanimous")
    told = (mandate["votes_for"], mandate["votes_against"], mandate["abstentions"])
    in_favour, against, abstained = (0 if each is None else each for each in told)
    words = (
        say("%(number)s for", number=count(in_favour)),
        say("%(number)s against", number=count(against)),
        say_number("%(number)s abstention", "%(number)s abstentions", abstained),
    )
    return ", ".join(each for each, number in zip(words, told, strict=True) if number is not None)
