"""An amendment as people read it: what changes from what to what, what that makes by year and axis, and its life."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import url_for

from console.conventions import Fact, Step, answers_to, awaited, office_steps
from console.language import day, difference, euros, listed, say
from console.sessions import Person
from console.sums import Sums, by_basis, together
from console.words import in_words, reference_in_words

FIELDS = {
    "amount": "Amount",
    "due_on": "Due on",
    "condition": "Condition",
    "starts_on": "From",
    "ends_on": "To",
    "role": "Party",
    "action": "Action served",
    "title": "Title",
    "text": "Text",
}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Difference:
    """One line of the difference; `more` is by how many euros, where it is about an amount."""

    what: str
    of: str
    before: str
    after: str
    more: Decimal | None = None


@dataclass(frozen=True)
class Sum:
    """What an amendment makes of the cash of a year or an axis, in euros of one VAT basis."""

    label: str
    before: Decimal
    after: Decimal

    @property
    def more(self) -> Decimal:
        """By how much it changes."""
        return self.after - self.before


@dataclass(frozen=True)
class Amendment:
    """An amendment as pages show it; `body` is what partners told."""

    id: str
    reference: str
    title: str
    status: str
    body: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Amendment":
        """Read an amendment from partners; a draft has no number yet."""
        reference = reference_in_words(body["reference"]) if body["reference"] else say("Draft amendment")
        return cls(body["id"], reference, body["title"], body["status"], body)

    @property
    def address(self) -> str:
        """Its page."""
        return url_for("amendments.show", amendment_id=self.id)

    @property
    def convention_address(self) -> str:
        """The page of the convention that it changes."""
        return url_for("conventions.show", convention_id=self.body["convention_id"])

    @property
    def when(self) -> str:
        """Since when it holds, from when on it will, or would have."""
        if self.body["in_force_on"]:
            return say("In force since %(day)s", day=day(self.body["in_force_on"]))
        if self.status in ENDS:
            return say("Was to take effect on %(day)s", day=day(self.body["effective_on"]))
        return say("To take effect on %(day)s", day=day(self.body["effective_on"]))

    @property
    def differences(self) -> list[Difference]:
        """What changes, in the order in which it was said."""
        return [_difference(each) for each in self.body["differences"]]

    @property
    def more(self) -> Sums:
        """How much cash it adds in all, or takes away."""
        return together((each["vat_basis"], _amount(each["after"]) - _amount(each["before"])) for each in self._cash())

    @property
    def added(self) -> Sums:
        """The cash that it adds: what it takes away on one VAT basis offsets nothing on the other."""
        return {basis: amount for basis, amount in self.more.items() if amount > 0}

    @property
    def effect(self) -> str:
        """What it makes of the cash in all, in words."""
        return by_basis(self.more, difference)

    def _cash(self) -> list[Mapping[str, Any]]:
        told = self.body["differences"]
        return [each for each in told if each["field"] == "amount" and each["contribution"] == "cash"]

    def by_year(self) -> list[Sum]:
        """Give what it makes of the cash of each year; a tranche put off leaves one year for another."""
        return _sums(self._cash(), lambda each: str(each["year"]))

    def by_axis(self, axes: Mapping[str, str]) -> list[Sum]:
        """Give what it makes of the cash of each axis, by the axis of each action's code."""

        def axis_of(told: Mapping[str, Any]) -> str:
            return axes.get(told["action_code"]) or say("Action %(code)s", code=told["action_code"])

        return _sums(self._cash(), axis_of)


def _amount(written: str | None) -> Decimal:
    return Decimal(written) if written else ZERO


def _sums(told: Iterable[Mapping[str, Any]], named: Callable[[Mapping[str, Any]], str]) -> list[Sum]:
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for each in told:
        label = f"{named(each)}, {in_words(each['vat_basis'])}"
        before, after = sums.get(label, (ZERO, ZERO))
        sums[label] = (before + _amount(each["before"]), after + _amount(each["after"]))
    return [Sum(label, *sums[label]) for label in sorted(sums)]


def _difference(told: Mapping[str, Any]) -> Difference:
    name = told["field"]
    more = _amount(told["after"]) - _amount(told["before"]) if name == "amount" else None
    return Difference(_what(told), _of(told), _written(name, told["before"]), _written(name, told["after"]), more)


def _what(told: Mapping[str, Any]) -> str:
    if told["clause"]:
        return say("Clause %(code)s", code=told["clause"])
    if told["kind"] == "party_leaves":
        return say("A party leaves")
    if told["kind"] == "party_joins":
        return say("A party joins")
    name = FIELDS[told["field"]]
    return say(name)


def _of(told: Mapping[str, Any]) -> str:
    action = say("action %(code)s", code=told["action_code"]) if told["action_code"] and told["line_id"] else None
    kind = in_words(told["contribution"]) if told["contribution"] else None
    name = FIELDS[told["field"]]
    part = say(name) if told["clause"] else None
    year = str(told["year"]) if told["year"] else None
    return ", ".join(each for each in (told["organisation_name"], action, year, kind, part) if each)


def _written(name: str, value: str | None) -> str:
    if value is None:
        return "–"
    if name == "amount":
        return euros(value)
    return day(value) if name.endswith("_on") else in_words(value)


ENDS = {"refused": "Refused", "withdrawn": "Withdrawn", "expired": "Expired with its convention"}


def life(amendment: Amendment) -> list[Fact]:
    """Give the life of an amendment, the oldest fact first; what is awaited last."""
    body = amendment.body
    names = [each["name"] for each in body["parties"]]
    proposed = Fact(
        "done", say("Proposal to the parties"), body["proposed_on"], say("Between %(names)s", names=listed(names))
    )
    signed = sorted((each for each in body["parties"] if each["signed_on"]), key=lambda each: str(each["signed_on"]))
    facts = [proposed] if body["proposed_on"] else []
    facts += [Fact("done", say("Signature of %(name)s", name=each["name"]), each["signed_on"]) for each in signed]
    facts += awaited(body)
    if body["status"] == "signed":
        facts.append(Fact("waiting", amendment.when))
    if body["in_force_on"]:
        facts.append(Fact("done", say("In force"), body["in_force_on"]))
    if body["status"] in ENDS:
        words = ENDS[body["status"]]
        facts.append(Fact("failed", say(words), body["ended_on"], body["reason"] or ""))
    return facts


OFFICE = {
    "propose": ("amendments.propose", "Propose the amendment for signature"),
    "change": ("amendments.change", "Change the amendment"),
    "withdraw": ("amendments.withdraw", "Withdraw the amendment"),
}


def steps(amendment: Amendment, who: Person) -> list[Step]:
    """Give what this person may do now; nothing for those who only read."""
    answers = answers_to(amendment.body, who, "amendments", amendment_id=amendment.id)
    return [*answers, *(office_steps(amendment.body, OFFICE, amendment_id=amendment.id) if who.runs else [])]
