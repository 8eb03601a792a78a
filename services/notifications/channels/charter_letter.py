"""The charter's news in words: a version that asks again, an adherence given, left or lapsed."""

from collections.abc import Mapping

from services.notifications.channels.letter import Message
from services.notifications.channels.phrasing import because, safe, say_those
from services.notifications.channels.wording import Tongue
from services.notifications.domain.charter_news import AdherenceNews, CharterVersionNews
from services.notifications.domain.topic import Topic


def version_message(news: CharterVersionNews, tongue: Tongue) -> Message:
    """Put into words that a version of the charter asks for adherence again."""
    charter, reader = news.charter, news.reader
    adhere_by = tongue.day(charter.adhere_by or charter.published_on)
    facts = {
        **safe({"title": charter.title, "judgement": _sentence(charter.judgement)}),
        "version": charter.version,
        "published_on": tongue.day(charter.published_on),
        "adhere_by": adhere_by,
        "signed_version": news.adherence and news.adherence.charter_version,
        "asked": news.asked,
    }
    return Message(
        subject=tongue.say("charter_asks.subject", **facts),
        headline=tongue.say("charter_asks.headline", **facts),
        marks={adhere_by: "whole"},
        paragraphs=say_those(
            tongue,
            facts,
            {
                "charter_asks.lead": True,
                "charter_asks.judgement": charter.judgement,
                "charter_asks.own": reader.organisation_id and news.adherence,
                "charter_asks.office": reader.organisation_id is None,
                "informed": not reader.decides,
            },
        ),
        button=tongue.say(f"charter_asks.{'adhere' if reader.acts_for(reader.organisation_id) else 'read'}", **facts),
        because=because(news, tongue, "charter"),
    )


_NAMES: Mapping[Topic, str] = {
    Topic.CHARTER_SIGNED: "charter_signed",
    Topic.CHARTER_WITHDRAWN: "charter_withdrawn",
    Topic.CHARTER_LAPSED: "charter_lapsed",
}


def adherence_message(news: AdherenceNews, tongue: Tongue) -> Message:
    """Put into words how an organisation's adherence went."""
    signature, topic = news.signature, _NAMES[news.topic]
    days = {name: getattr(signature, name) for name in ("signed_on", "withdrawn_on", "lapsed_on")}
    facts = {
        **safe(
            {
                "organisation": signature.organisation_name,
                "title": signature.charter_title,
                "reason": _sentence(signature.withdrawal_reason),
            }
        ),
        **{name: day and tongue.day(day) for name, day in days.items()},
        "version": signature.charter_version,
    }
    return Message(
        subject=tongue.say(f"{topic}.subject", **facts),
        headline=tongue.say(f"{topic}.headline", **facts),
        marks={},
        paragraphs=say_those(
            tongue,
            facts,
            {
                f"{topic}.lead": True,
                "charter_withdrawn.reason": news.topic is Topic.CHARTER_WITHDRAWN and signature.withdrawal_reason,
                "charter_lapsed.again": news.asks_again,
                "informed": not news.reader.decides,
            },
        ),
        button=tongue.say("charter_lapsed.adhere" if news.asks_again else "charter.button"),
        because=because(news, tongue, "charter"),
    )


def _sentence(words: str | None) -> str | None:
    """Give what somebody wrote without its full stop, for ours follows."""
    return words and words.rstrip(". ")
