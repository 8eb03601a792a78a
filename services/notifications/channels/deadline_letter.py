"""A deadline's news in words: what falls due, what it takes, and whose turn it is."""

from collections.abc import Mapping
from typing import Any

from contracts.deadlines import DeadlineKind
from contracts.partners import ContributionKind
from services.notifications.channels.letter import Message, one_line
from services.notifications.channels.phrasing import because, safe, say_those
from services.notifications.channels.wording import Tongue
from services.notifications.domain.deadline_news import DeadlineNews

Facts = Mapping[str, Any]


def deadline_message(news: DeadlineNews, tongue: Tongue) -> Message:
    """Put into words that a deadline's day has come."""
    facts, name, convention = _facts(news, tongue), _name(news), news.convention
    return Message(
        subject=tongue.say(f"{name}.subject", **facts),
        headline=tongue.say(f"{name}.headline", **facts),
        marks={facts["reference"] or "": "whole", facts["amount"] or "": "sure"},
        paragraphs=say_those(tongue, facts, _paragraphs(news, name, facts)),
        note=tongue.say("illustrative") if convention and convention.illustrative else None,
        button=tongue.say(f"{name}.act" if name in _ACTS and _decides(news) else _SEE[news.deadline.kind]),
        because=because(news, tongue, "charter" if news.deadline.charter_id else "party"),
    )


_ACTS = frozenset({"proposal_expiring", "charter_ending"})
"""The news on which whoever decides can act on a page at once."""

_SEE: Mapping[DeadlineKind, str] = {
    DeadlineKind.TRANCHE_DUE: "button",
    DeadlineKind.CONVENTION_ENDING: "button",
    DeadlineKind.PROPOSAL_EXPIRING: "button",
    DeadlineKind.CHARTER_ENDING: "charter.button",
}


_OF_PARTIES = frozenset({"convention_ending", "proposal_expiring"})
"""The news whose lead names the convention's parties, where we know them."""


def _decides(news: DeadlineNews) -> bool:
    return news.reader.decides and news.to_be_done_by_reader


def _paragraphs(news: DeadlineNews, name: str, facts: Facts) -> Mapping[str, object]:
    own, unknown, early = news.to_be_done_by_reader, name in _OF_PARTIES and news.convention is None, news.ends_early
    return {
        f"{name}.lead": not unknown and not early,
        f"{name}.early": early,
        "deadline.title": unknown,
        "tranche_due.condition": facts["condition"],
        "tranche_due.paid": news.paid,
        f"{name}.own": own,
        "informed": not news.reader.decides,
    }


def _name(news: DeadlineNews) -> str:
    """Give the beginning of the names of what is said; what is not cash has words of its own."""
    in_kind = news.deadline.contribution not in {None, ContributionKind.CASH}
    return "contribution_due" if in_kind else news.deadline.kind.value


def _facts(news: DeadlineNews, tongue: Tongue) -> Facts:
    deadline, tranche = news.deadline, news.tranche
    basis = deadline.vat_basis
    amount = deadline.amount if deadline.contribution in {None, ContributionKind.CASH} else None
    parties = news.convention.parties if news.convention else ()
    return {
        **safe(
            {
                "reference": deadline.reference,
                "title": deadline.title,
                "organisation": deadline.organisation_name,
                "action_code": deadline.action_code,
                "condition": (tranche.condition or "").rstrip(". ") if tranche else None,
            }
        ),
        "due_on": tongue.day(deadline.due_on),
        "amount": amount and (tongue.with_basis(amount, basis) if basis else tongue.euros(amount)),
        "paid": tongue.with_basis(news.paid, basis) if basis else tongue.euros(news.paid),
        "kind": tongue.kind(deadline.contribution) if deadline.contribution else None,
        "parties": tongue.listed([one_line(each.name) for each in parties if each.left_on is None]),
        "awaited": tongue.listed([one_line(each.name) for each in news.awaited]),
        "version": news.asking and news.asking.version,
    }
