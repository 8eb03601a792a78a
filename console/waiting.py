"""What waits for somebody today, as rows with a door to what is to be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for

from chassis.clock import today
from console.amendments import Amendment
from console.conventions import Convention, Listed, signs_for
from console.language import day, euros, listed, say, say_number
from console.services import Answer
from console.sessions import Person
from console.sums import Sums, all_together, by_basis

SOON_DAYS = 30


@dataclass(frozen=True)
class Row:
    """One thing that waits: what, for how much or since when, and where it is done."""

    words: str
    more: str
    at_end: str
    address: str


@dataclass(frozen=True)
class Signatures:
    """The signatures that are awaited of those this person speaks for."""

    rows: list[Row]
    number: int
    cash: Sums


def signatures(conventions: list[Answer], amendments: list[Answer], who: Person) -> Signatures:
    """Give the proposals whose signatures this person may give or record, the oldest first.

    An amendment counts for the cash that it adds; one that adds none asks for a signature all the same.
    """
    proposals = [Listed.read(each) for answer in conventions for each in answer.items]
    changes = [Amendment.read(each) for answer in amendments for each in answer.items]
    awaiting: list[tuple[Convention | Amendment, Sums]] = [
        *((each, each.cash) for each in proposals),
        *((each, each.added) for each in changes),
    ]
    awaiting.sort(key=lambda proposal: str(proposal[0].body["proposed_on"]))
    found = [(each, cash, missing) for each, cash in awaiting if (missing := _missing(each, who))]
    rows = [
        Row(
            f"{each.reference} {each.title}",
            _awaited([party["name"] for party in missing], each.body["proposed_on"]),
            by_basis(cash),
            _door(each, missing),
        )
        for each, cash, missing in found
    ]
    number = sum(len(missing) for _, _, missing in found)
    return Signatures(rows, number, all_together(cash for _, cash, _ in found))


def _missing(proposal: Convention | Amendment, who: Person) -> list[Mapping[str, Any]]:
    unsigned = (party for party in proposal.body["parties"] if not party.get("signed_on"))
    return [party for party in unsigned if signs_for(who, party["organisation_id"])]


def _door(proposal: Convention | Amendment, missing: list[Mapping[str, Any]]) -> str:
    """Give the signature form where one is missing, else the page of the proposal."""
    if len(missing) > 1:
        return proposal.address
    number = missing[0]["organisation_id"]
    if isinstance(proposal, Amendment):
        return url_for("amendments.sign", amendment_id=proposal.id, organisation_id=number)
    return url_for("signing.sign", convention_id=proposal.id, organisation_id=number)


def _awaited(names: list[str], proposed_on: str) -> str:
    days = (today() - date.fromisoformat(proposed_on)).days
    if days < 1:
        return say("%(names)s, since today", names=listed(names))
    return say_number("%(names)s, since yesterday", "%(names)s, for %(number)s days", days, names=listed(names))


def drafts(answer: Answer) -> list[Row]:
    """Give the drafts that are not proposed yet."""
    found = [Listed.read(each) for each in answer.items]
    return [Row(each.title, each.sentence, by_basis(each.cash), each.address) for each in found]


def credit(answer: Answer) -> list[Row]:
    """Give the credit that is not committed to an action yet."""
    return [
        Row(
            say("Credit of %(year)s", year=each["year"]),
            each.get("from_line") or "",
            euros(each["available"]),
            url_for("financing.index"),
        )
        for each in answer.items
        if Decimal(each["available"]) > 0
    ]


def not_enforceable(answer: Answer) -> list[Row]:
    """Give the mandates under which nobody may act yet."""
    return [
        Row(each["number"], each["title"], say("adopted on %(day)s", day=day(each["adopted_on"])), _mandate(each["id"]))
        for each in answer.items
        if each.get("enforceable_since") is None
    ]


def _mandate(mandate_id: str) -> str:
    return url_for("mandates.show", mandate_id=mandate_id)
