"""A convention as people read it: what it promises in a sentence, and its life as a line of facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from flask import url_for

from chassis.clock import today
from console.language import count, day, euros, listed, phrase, say
from console.sentences import actions_in_words
from console.sessions import Person
from console.sums import Sums, by_basis, together
from console.words import status_colour, status_in_words

AWAITED = ("proposed", "partially_signed")


@dataclass(frozen=True)
class Fact:
    """One mark on the line of a convention's life: done, waiting or failed."""

    state: str
    words: str
    when: str | None = None
    more: str = ""


@dataclass(frozen=True)
class Convention:
    """A convention as pages show it; `body` is what partners told."""

    id: str
    reference: str
    title: str
    status: str
    illustrative: bool
    body: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Read a convention from partners; a draft has no reference yet, a withdrawn one never had any."""
        nothing = say("No reference yet") if body["status"] == "draft" else say("No reference")
        reference = body["reference"] or nothing
        return cls(body["id"], reference, body["title"], body["status"], body["illustrative"], body)

    @property
    def called(self) -> str:
        """What a page about it is called: its reference, or its title where it has none."""
        return str(self.body["reference"] or self.title)

    @property
    def address(self) -> str:
        """Its page."""
        return url_for("conventions.show", convention_id=self.id)

    @property
    def stands(self) -> str:
        """Where it stands, in words; one that was terminated for a day to come has not ended yet."""
        if ends_early(self.body):
            return say("ends on %(day)s (termination)", day=day(self.body["ended_on"]))
        return status_in_words(self.status)

    @property
    def colour(self) -> str:
        """The colour of where it stands."""
        return "late" if ends_early(self.body) else status_colour(self.status)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The contribution lines."""
        return list(self.body["lines"])

    @property
    def cash(self) -> Sums:
        """The promised cash."""
        return _cash(self.lines)

    @property
    def counted(self) -> Sums:
        """The promised cash that counts here: what it hands on counts in the convention that promised it."""
        return _cash(line for line in self.lines if not line["passes_on_reference"])

    @property
    def funders(self) -> set[str]:
        """The names of those who promise cash."""
        return {line["organisation_name"] for line in self.lines if line["kind"] == "cash"}

    @property
    def funded(self) -> set[str]:
        """The codes of the actions that a line contributes to."""
        return {line["action_code"] for line in self.lines}

    @property
    def unfunded(self) -> list[str]:
        """The actions that it serves without a line of their own."""
        return [each["action_code"] for each in self.body["actions"] if each["action_code"] not in self.funded]

    @property
    def sentence(self) -> str:
        """Who promises what, for which actions."""
        serves = actions_in_words(sorted(self.funded))
        if not self.funders:
            return ", ".join(each for each in (say("No cash is promised"), serves) if each)
        promised = say("%(names)s: %(amount)s", names=listed(sorted(self.funders)), amount=by_basis(self.cash))
        return f"{promised}, {serves}"


class Listed(Convention):
    """A convention as lists show it, read from the short row that partners gives of it there."""

    @property
    def cash(self) -> Sums:
        """The promised cash."""
        return together((each["vat_basis"], each["amount"]) for each in self._promised)

    @property
    def handed_on(self) -> Sums:
        """The part of it that hands on what another convention promises."""
        return together((each["vat_basis"], each["passed_on"]) for each in self._promised)

    @property
    def funders(self) -> set[str]:
        """The names of those who promise cash."""
        promising = {each["organisation_id"] for each in self._promised}
        return {party["name"] for party in self.body["parties"] if party["organisation_id"] in promising}

    @property
    def funded(self) -> set[str]:
        """The codes of the actions that a line contributes to."""
        return {each["action_code"] for each in self.body["actions"] if each["contributed_to"]}

    @property
    def _promised(self) -> list[dict[str, Any]]:
        return [each for each in self.body["contributions"] if each["kind"] == "cash"]


def _cash(lines: Iterable[Mapping[str, Any]]) -> Sums:
    cash = (line for line in lines if line["kind"] == "cash")
    return together((line["vat_basis"], each["amount"]) for line in cash for each in line["tranches"])


def more_of(line: Mapping[str, Any]) -> list[str]:
    """Say what a line of people or of organisation counts: whose time, at what rate, and what will show it."""
    facts = []
    if line["fte"]:
        facts.append(say("%(number)s full-time equivalents", number=count(Decimal(line["fte"]))))
    if line["days"]:
        facts.append(
            say("%(number)s days at %(rate)s", number=count(Decimal(line["days"])), rate=euros(line["day_rate"]))
        )
    if line["proof"]:
        facts.append(say("Proof: %(proof)s", proof=line["proof"]))
    return facts


def life(body: Mapping[str, Any]) -> list[Fact]:
    """Give the life of a convention, the oldest fact first; what is awaited last."""
    facts = []
    if body.get("proposed_on"):
        facts.append(Fact("done", say("Proposed for signature"), body["proposed_on"], _parties(body)))
    signed = sorted(
        (each for each in body["parties"] if each.get("signed_on")), key=lambda each: str(each["signed_on"])
    )
    facts += [
        Fact("done", say("Signed by %(name)s", name=each["name"]), each["signed_on"], _authority(each))
        for each in signed
    ]
    if body.get("in_force_on"):
        facts.append(Fact("done", say("In force"), body["in_force_on"], _counted(body)))
    return facts + awaited(body) + _end(body)


def _counted(body: Mapping[str, Any]) -> str:
    return say("What it promises counts as secured.") if body["status"] == "in_force" else ""


def _parties(body: Mapping[str, Any]) -> str:
    return say("Between %(names)s", names=listed([party["name"] for party in body["parties"]]))


def _authority(party: Mapping[str, Any]) -> str:
    return say("Deliberation %(number)s", number=party["mandate_number"]) if party.get("mandate_number") else ""


def awaited(body: Mapping[str, Any]) -> list[Fact]:
    """Give the signatures that are awaited, of a convention or an amendment."""
    if body["status"] not in AWAITED:
        return []
    names = [party["name"] for party in body["parties"] if not party.get("signed_on")]
    return [Fact("waiting", say("Signature of %(name)s awaited", name=name)) for name in names]


ENDS = {
    "completed": ("done", "Completed as agreed"),
    "terminated": ("failed", "Terminated"),
    "refused": ("failed", "Convention refused"),
    "withdrawn": ("failed", "Proposal withdrawn"),
    "unproposed": ("failed", "Draft withdrawn"),
    "expired": ("failed", "Proposal expired"),
}

LOST = phrase("What fell due from then on, and was not received, is no longer owed.")
GOING = phrase("What falls due from that day on, and is not received before, is no longer owed.")


def ends_early(body: Mapping[str, Any]) -> bool:
    """Tell whether it was terminated for a day that lies ahead."""
    return body["status"] == "terminated" and str(body["ended_on"]) > str(today())


def _end(body: Mapping[str, Any]) -> list[Fact]:
    if ends_early(body):
        words = say("Ends on %(day)s (termination)", day=day(body["ended_on"]))
        return [Fact("waiting", words, more=_with_reason(body, GOING))]
    if body["status"] in ENDS:
        ended = "unproposed" if body["proposed_on"] is None else body["status"]
        state, words = ENDS[ended]
        more = _with_reason(body, LOST if ended == "terminated" else None)
        return [Fact(state, say(words), body.get("ended_on"), more)]
    if body["status"] == "in_force":
        return [Fact("waiting", say("Ends on %(day)s", day=day(body["ends_on"])))]
    return []


def _with_reason(body: Mapping[str, Any], follows: str | None) -> str:
    return " · ".join(each for each in (body.get("reason"), follows and say(follows)) if each)


@dataclass(frozen=True)
class Step:
    """What somebody may do next with a convention; the first of them is what is usually done."""

    words: str
    address: str
    plain: bool = True


def signs_for(who: Person, organisation_id: str) -> bool:
    """Tell whether this person may say how an organisation answers: its own, or the programme office any."""
    return who.runs or (who.role == "partner" and who.organisation_id == organisation_id)


def steps(convention: Convention, who: Person) -> list[Step]:
    """Give what this person may do now; nothing for those who only read."""
    answers = answers_to(convention.body, who, "signing", convention_id=convention.id)
    doors = OFFICE if convention.body["proposed_on"] else OFFICE | OF_DRAFTS
    return [*answers, *(office_steps(convention.body, doors, convention_id=convention.id) if who.runs else [])]


def answers_to(body: Mapping[str, Any], who: Person, pages: str, **place: Any) -> list[Step]:
    """Give the signatures and refusals that this person may say, of a convention or an amendment, on those `pages`."""
    allowed = body["allowed"]
    found = []
    for party in body["parties"]:
        number, name = party["organisation_id"], party["name"]
        if party.get("signed_on") or not signs_for(who, number):
            continue
        there = {**place, "organisation_id": number}
        own = who.organisation_id == number
        if "sign" in allowed:
            words = say("Sign for %(name)s", name=name) if own else say("Record the signature of %(name)s", name=name)
            found.append(Step(words, url_for(f"{pages}.sign", **there), plain=False))
        if "refuse" in allowed:
            words = say("Refuse for %(name)s", name=name) if own else say("Record the refusal of %(name)s", name=name)
            found.append(Step(words, url_for(f"{pages}.refuse", **there)))
    return found


OFFICE = {
    "propose": ("lives.propose", "Propose it for signature"),
    "change": ("drafting.change", "Change the text"),
    "withdraw": ("lives.withdraw", "Withdraw the proposal"),
    "amend": ("amendments.draft", "Amend it"),
    "terminate": ("lives.terminate", "Terminate it"),
}
OF_DRAFTS = {"withdraw": ("lives.withdraw", phrase("Withdraw the draft"))}


def office_steps(body: Mapping[str, Any], doors: Mapping[str, tuple[str, str]], **place: Any) -> list[Step]:
    """Give what the programme office may do now: of its `doors`, by verb, those that are allowed."""
    return [
        Step(say(words), url_for(endpoint, **place), plain=verb != "propose")
        for verb, (endpoint, words) in doors.items()
        if verb in body["allowed"]
    ]
