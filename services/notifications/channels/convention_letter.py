"""A convention's news in words: in force, amended, terminated."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.notifications.channels.letter import Message, Row, Section, joined, one_line
from services.notifications.channels.phrasing import because, safe, say_those
from services.notifications.channels.wording import Tongue
from services.notifications.domain.convention_news import (
    ActionFigures,
    ConventionNews,
    Instalment,
    Signatory,
    Support,
)
from services.notifications.domain.topic import Topic

_NAMES = {Topic.IN_FORCE: "in_force", Topic.AMENDED: "amended", Topic.TERMINATED: "terminated"}


_ENDED = {
    (True, True): "terminated.by_and_reason",
    (True, False): "terminated.by",
    (False, True): "terminated.reason",
    (False, False): "",
}
"""What is said of a termination, by whether who ended it and why are known."""


def convention_message(news: ConventionNews, tongue: Tongue) -> Message:
    """Put a convention's news into words."""
    topic = _NAMES[news.topic]
    facts = _facts(news, tongue)
    cash = "" if news.totals else ".no_cash"
    return Message(
        subject=tongue.say(f"{topic}.subject{cash}", **facts),
        headline=tongue.say(f"{topic}.headline{cash}", **facts),
        marks={facts["reference"]: "whole", facts["total"]: "missing" if news.topic is Topic.TERMINATED else "sure"},
        paragraphs=say_those(tongue, facts, _paragraphs(news, topic)),
        note=tongue.say("illustrative") if news.convention.illustrative else None,
        button=tongue.say("button"),
        sections=[section for section in _sections(news, topic, tongue) if section.rows],
        because=because(news, tongue, "party"),
    )


def _paragraphs(news: ConventionNews, topic: str) -> Mapping[str, object]:
    return {
        f"{topic}.lead": True,
        _ENDED[bool(news.ended_by), bool(news.convention.reason)]: news.topic is Topic.TERMINATED,
        f"{topic}.own": news.own,
        "informed": not news.reader.decides,
    }


def _facts(news: ConventionNews, tongue: Tongue) -> dict[str, Any]:
    convention, own = news.convention, news.own
    words = {
        "reference": convention.reference,
        "title": convention.title,
        "reason": convention.reason and convention.reason.rstrip(". "),
        "ended_by": news.ended_by,
    }
    figures = {
        "parties": tongue.listed([one_line(party.name) for party in news.parties]),
        "total": tongue.totals(news.totals),
        "own_total": tongue.totals(news.own_totals),
        "amendment_number": convention.amendment_number,
        "first_day": own and tongue.day(own[0].due_on),
        "first_amount": own and tongue.with_basis(own[0].amount, own[0].vat_basis),
    }
    days = {
        name: getattr(convention, name) for name in ("starts_on", "ends_on", "in_force_on", "amended_on", "ended_on")
    }
    return {
        **safe(words),
        **figures,
        **{name: tongue.day(day) if day else None for name, day in days.items()},
    }


def _sections(news: ConventionNews, topic: str, tongue: Tongue) -> Iterable[Section]:
    yield Section(
        title=tongue.say(f"{topic}.instalments"),
        rows=[
            Row(
                main=tongue.day(each.due_on),
                detail=joined(_instalment_words(each, tongue), each.condition),
                figure=tongue.with_basis(each.amount, each.vat_basis),
            )
            for each in news.instalments
        ],
        total=Row(main=tongue.say("total"), figure=tongue.totals(news.totals)) if len(news.instalments) > 1 else None,
    )
    yield Section(title=tongue.say(f"{topic}.support"), rows=[_support_row(each, tongue) for each in news.support])
    yield Section(title=tongue.say("actions"), rows=[_action_row(each, tongue) for each in news.actions])
    if news.topic is not Topic.TERMINATED:
        yield Section(
            title=tongue.say("parties"),
            rows=[Row(main=one_line(party.name), detail=_signature(party, tongue)) for party in news.parties],
        )


def _instalment_words(each: Instalment, tongue: Tongue) -> str:
    return tongue.say("instalment", organisation=one_line(each.organisation), code=one_line(each.action_code))


def _support_row(each: Support, tongue: Tongue) -> Row:
    words = tongue.say("support.row", organisation=one_line(each.organisation), code=one_line(each.action_code))
    return Row(
        main=tongue.kind(each.kind),
        detail=joined(words, each.description),
        figure=tongue.euros(each.value) if each.value else "",
    )


def _action_row(each: ActionFigures, tongue: Tongue) -> Row:
    return Row(
        main=tongue.say(
            "action.titled" if each.title else "action", code=one_line(each.code), title=one_line(each.title or "")
        ),
        detail=tongue.say(
            "action.gap" if each.gap else "action.covered",
            secured=tongue.euros(each.figures.secured),
            need=tongue.euros(each.figures.need),
            gap=tongue.euros(each.gap),
        ),
        figure=tongue.percent(each.secured_percent),
        percent=each.secured_percent,
    )


def _signature(party: Signatory, tongue: Tongue) -> str:
    role = tongue.role(party.role)
    if party.signed_on is None:
        return tongue.say("party.unsigned", role=role)
    return tongue.say("party", role=role, signed_on=tongue.day(party.signed_on))
