"""Events in business words: a title, and the sentence under it, for each type of event."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import singledispatch
from typing import Any

from chassis.events import CONTENT_TYPE, Event, Unreadable, decode
from console.figures import gap_in_words
from console.language import UNBREAKABLE, difference, euros, listed, say, say_number
from contracts import actions, amendments, budget, deadlines, notifications, partners
from contracts.partners import ContributionKind, ConventionState, ConventionStatus


@dataclass(frozen=True)
class Sentence:
    """What happened, in a few words, and what else there is to know of it."""

    title: str
    detail: str = ""
    convention_id: str | None = None


def sentence(event: Mapping[str, Any] | str, type_name: str | None = None) -> Sentence:
    """Say an event as published (its structured JSON, read or not); an unreadable one is named by its type."""
    text = event if isinstance(event, str) else json.dumps(event)
    try:
        return in_words(decode(text.encode(), CONTENT_TYPE))
    except Unreadable:
        return Sentence(type_in_words(type_name or (None if isinstance(event, str) else event.get("type"))))


def type_in_words(type_name: str | None) -> str:
    """Name a type of event; a type without a name of its own keeps its wire name."""
    return say(TYPES[type_name]) if type_name in TYPES else type_name or say("Unreadable message")


def known_types() -> list[tuple[str, str]]:
    """Give every type of event with its name, for a choice."""
    return [(wire, say(words)) for wire, words in TYPES.items()]


TYPES = {
    "partners.organisation.registered.v1": "Organisation registered",
    "partners.organisation.changed.v1": "Organisation changed",
    "partners.organisation.merged.v1": "Duplicate merged",
    "partners.charter.signed.v1": "Charter signed",
    "partners.charter.withdrawn.v1": "Charter left",
    "partners.charter.lapsed.v1": "Adherence replaced",
    "partners.charter_version.published.v1": "Charter published",
    "partners.mandate.recorded.v1": "Deliberation recorded",
    "partners.convention.proposed.v1": "Convention proposed",
    "partners.convention.signed.v1": "Convention signed",
    "partners.convention.entered_into_force.v1": "Convention in force",
    "partners.convention.refused.v1": "Convention refused",
    "partners.convention.withdrawn.v1": "Proposal withdrawn",
    "partners.convention.expired.v1": "Proposal expired",
    "partners.convention.terminated.v1": "Convention terminated",
    "partners.convention.completed.v1": "Convention completed",
    "partners.deadline.reached.v1": "Deadline reached",
    "partners.convention.amended.v1": "Convention amended",
    "partners.amendment.proposed.v1": "Amendment proposed",
    "partners.amendment.signed.v1": "Amendment signed",
    "partners.amendment.entered_into_force.v1": "Amendment in force",
    "partners.amendment.refused.v1": "Amendment refused",
    "partners.amendment.withdrawn.v1": "Amendment withdrawn",
    "partners.amendment.expired.v1": "Amendment expired",
    "actions.programme.defined.v1": "Programme defined",
    "actions.action.planned.v1": "Action planned",
    "actions.action.changed.v1": "Action changed",
    "actions.seat.opened.v1": "Seat opened",
    "actions.seat.closed.v1": "Seat closed",
    "budget.envelope.revised.v1": "Envelope revised",
    "budget.credit.reallocated.v1": "Credit moved",
    "budget.credit.committed.v1": "Credit committed",
    "budget.projection.changed.v1": "Projection changed",
    "budget.payment.recorded.v1": "Payment recorded",
    "budget.entry.reversed.v1": "Mistake mended",
    "notifications.delivery.accepted.v1": "Delivery accepted",
    "notifications.delivery.failed.v1": "Delivery failed",
}


DEADLINES = {
    deadlines.DeadlineKind.TRANCHE_DUE: "A tranche of %(what)s is due",
    deadlines.DeadlineKind.CONVENTION_ENDING: "%(what)s comes to its end",
    deadlines.DeadlineKind.PROPOSAL_EXPIRING: "The proposal %(what)s expires",
    deadlines.DeadlineKind.CHARTER_ENDING: "An adherence to %(what)s ends",
}


@singledispatch
def in_words(fact: Event) -> Sentence:
    """Say an event in business words; `fact` is typed as its contract defines it."""
    return Sentence(type_in_words(fact.type))


@in_words.register
def _(fact: partners.OrganisationState) -> Sentence:
    siren = say("SIREN %(number)s", number=fact.siren) if fact.siren else say("no valid identifier yet")
    return Sentence(type_in_words(fact.type), f"{fact.name}, {siren}")


@in_words.register
def _(fact: partners.CharterSigned) -> Sentence:
    return Sentence(say("Charter signed by %(name)s", name=fact.organisation_name), fact.charter_title)


@in_words.register
def _(fact: partners.CharterWithdrawn) -> Sentence:
    return Sentence(say("%(name)s leaves the charter", name=fact.organisation_name), fact.withdrawal_reason or "")


@in_words.register
def _(fact: partners.CharterLapsed) -> Sentence:
    version = say("version %(version)s of the charter no longer counts", version=str(fact.charter_version))
    return Sentence(say("Adherence of %(name)s replaced", name=fact.organisation_name), version)


@in_words.register
def _(fact: partners.CharterVersionPublished) -> Sentence:
    again = fact.material and fact.version > 1
    asks = say("every signatory is asked again") if again else say("earlier signatures go on counting")
    return Sentence(
        say("Charter published, version %(version)s", version=str(fact.version)),
        asks if fact.version > 1 else fact.title,
    )


@in_words.register
def _(fact: deadlines.DeadlineReached) -> Sentence:
    what = f"{fact.reference or ''} {fact.title}".strip()
    more = f"{fact.organisation_name}, {euros(fact.amount)}" if fact.amount else fact.organisation_name or ""
    convention_id = str(fact.convention_id) if fact.convention_id else None
    return Sentence(say(DEADLINES[fact.kind], what=what), more, convention_id)


@in_words.register
def _(fact: partners.MandateRecorded) -> Sentence:
    return Sentence(
        say("Deliberation %(number)s recorded", number=fact.number), f"{fact.organisation_name}, {fact.title}"
    )


@in_words.register
def _(fact: partners.ConventionSigned) -> Sentence:
    name = _newest_signatory(fact)
    known = say("%(reference)s signed by %(name)s", reference=fact.reference, name=name)
    title = known if name else f"{type_in_words(fact.type)}, {fact.reference}"
    return Sentence(title, _signatures(fact), str(fact.convention_id))


def _newest_signatory(fact: ConventionState) -> str | None:
    """Name who signed last; nobody where several signed on that day, since the state does not tell them apart."""
    days = [party.signed_on for party in fact.parties if party.signed_on]
    newest = [party.name for party in fact.parties if days and party.signed_on == max(days)]
    return newest[0] if len(newest) == 1 else None


@in_words.register
def _(fact: amendments.AmendmentState) -> Sentence:
    number = say("no. %(number)s", number=str(fact.number))
    title = f"{type_in_words(fact.type)}, {fact.convention_reference} {number}"
    return Sentence(title, fact.reason or fact.title, str(fact.convention_id))


@in_words.register
def _(fact: ConventionState) -> Sentence:
    detail = fact.reason if fact.status in _ENDED_FOR_A_REASON and fact.reason else promise(fact)
    return Sentence(f"{type_in_words(fact.type)}, {fact.reference}", detail, str(fact.convention_id))


_ENDED_FOR_A_REASON = {ConventionStatus.REFUSED, ConventionStatus.WITHDRAWN, ConventionStatus.TERMINATED}


def promise(convention: ConventionState) -> str:
    """Say what a convention brings: cash in so many tranches, and the actions it serves."""
    cash = [each for line in convention.lines if line.kind is ContributionKind.CASH for each in line.tranches]
    amount = euros(sum((each.amount for each in cash), Decimal(0)))
    codes = sorted({line.action_code for line in convention.lines})
    return ", ".join(
        each
        for each in (
            say_number("%(amount)s in one tranche", "%(amount)s in %(number)s tranches", len(cash), amount=amount)
            if cash
            else "",
            actions_in_words(codes),
        )
        if each
    )


def actions_in_words(codes: list[str]) -> str:
    """Name actions by their codes."""
    said = say_number("action %(codes)s", "actions %(codes)s", len(codes), codes=listed(codes)) if codes else ""
    return said.replace(" ", UNBREAKABLE, 1)


def _signatures(convention: ConventionState) -> str:
    awaited = [party.name for party in convention.parties if party.signed_on is None]
    if not awaited:
        return say("All parties have signed")
    return say("Still awaited: %(names)s", names=listed(awaited))


@in_words.register
def _(fact: actions.ProgrammeDefined) -> Sentence:
    return Sentence(type_in_words(fact.type), f"{fact.programme_code}, {fact.title}")


@in_words.register
def _(fact: actions.ActionState) -> Sentence:
    need = sum((each.amount for each in fact.needs), Decimal(0))
    detail = say("%(title)s, need of %(amount)s", title=fact.title, amount=euros(need))
    return Sentence(f"{type_in_words(fact.type)}, {fact.code}", detail)


@in_words.register
def _(fact: actions.SeatState) -> Sentence:
    body = (
        say("steering body of action %(code)s", code=fact.action_code) if fact.action_code else say("consultation body")
    )
    return Sentence(f"{type_in_words(fact.type)}, {body}", fact.organisation_name)


@in_words.register
def _(fact: budget.EnvelopeRevised) -> Sentence:
    title = say("Envelope of axis %(code)s: %(amount)s", code=fact.axis_code, amount=euros(fact.amount))
    return Sentence(title, fact.reason or "")


@in_words.register
def _(fact: budget.CreditReallocated) -> Sentence:
    title = say("%(amount)s of %(year)s moved", amount=euros(fact.amount), year=fact.year)
    return Sentence(title, f"{fact.from_line} → {fact.to_line}")


@in_words.register
def _(fact: budget.CreditCommitted) -> Sentence:
    title = say("%(amount)s committed to action %(code)s", amount=euros(fact.amount), code=fact.action_code)
    return Sentence(
        title, say("Credit of %(year)s, deliberation %(number)s", year=fact.year, number=fact.mandate_number)
    )


@in_words.register
def _(fact: budget.ProjectionChanged) -> Sentence:
    moved = movements(fact)
    title = f"{listed(moved)}, {actions_in_words([fact.action_code])}" if moved else type_in_words(fact.type)
    if fact.axis_gap_before == fact.axis_gap_after:
        return Sentence(title, say("Gap of the axis unchanged: %(amount)s", amount=gap_in_words(fact.axis_gap_after)))
    before, after = gap_in_words(fact.axis_gap_before), gap_in_words(fact.axis_gap_after)
    return Sentence(title, say("Gap of the axis: %(before)s → %(after)s", before=before, after=after))


def movements(fact: budget.ProjectionChanged) -> list[str]:
    """Say how each measure of an action moved, such as "secured + 80 000 €"; the surest measure first."""
    measures = (
        ("received", say("Received")),
        ("secured", say("Secured")),
        ("sought", say("Sought")),
        ("need", say("Need")),
    )
    moved = ((words, getattr(fact.after, name) - getattr(fact.before, name)) for name, words in measures)
    said = [f"{words} {difference(amount)}" for words, amount in moved if amount]
    return [said[0], *(each[0].lower() + each[1:] for each in said[1:])] if said else []


@in_words.register
def _(fact: budget.PaymentRecorded) -> Sentence:
    title = say("Payment of %(amount)s, %(reference)s", amount=euros(fact.amount), reference=fact.convention_reference)
    return Sentence(title, fact.reference or "", str(fact.convention_id))


@in_words.register
def _(fact: budget.EntryReversed) -> Sentence:
    return Sentence(f"{type_in_words(fact.type)}, {difference(fact.amount)}", fact.reason)


@in_words.register
def _(fact: notifications.DeliveryState) -> Sentence:
    return Sentence(delivery_in_words(fact.channel, fact.recipient_name), fact.about)


def delivery_in_words(channel: Any, recipient: str) -> str:
    """Say what was sent to whom."""
    words = say("E-mail to %(name)s") if str(channel) == "email" else say("Webhook, %(name)s")
    return words % {"name": recipient}
