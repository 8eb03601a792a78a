"""What the letters of every kind of news share: which sentences hold, and why somebody gets them."""

from collections.abc import Mapping
from typing import Any

from services.notifications.channels.letter import one_line
from services.notifications.channels.wording import Tongue
from services.notifications.domain.news import News

Facts = Mapping[str, Any]


def safe(words: Mapping[str, str | None]) -> dict[str, str | None]:
    """Make words that others wrote safe to be put into sentences."""
    return {name: one_line(each) if each else None for name, each in words.items()}


def say_those(tongue: Tongue, facts: Facts, names: Mapping[str, object]) -> list[str]:
    """Say the sentences that hold, in their order; one without a name is none."""
    return [tongue.say(name, **facts) for name, holds in names.items() if name and holds]


def because(news: News, tongue: Tongue, concern: str) -> str:
    """Say why the reader gets it: by an organisation's `concern` with it, or as one who follows the programme."""
    facts = safe({"organisation": news.reader.organisation, "programme": news.programme})
    if facts["organisation"]:
        return tongue.say(f"because.{concern}", **facts)
    programme = tongue.say("because.programme", **facts) if facts["programme"] else ""
    return tongue.say("because.office", programme=programme)
