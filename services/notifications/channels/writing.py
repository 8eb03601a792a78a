"""Writing: each kind of news has its own words, and all become a letter in the same way."""

from collections.abc import Callable, Mapping
from typing import Any

from services.notifications.channels.charter_letter import adherence_message, version_message
from services.notifications.channels.convention_letter import convention_message
from services.notifications.channels.deadline_letter import deadline_message
from services.notifications.channels.letter import Letter, Message, one_line
from services.notifications.channels.wording import TONGUES, Tongue
from services.notifications.domain.charter_news import AdherenceNews, CharterVersionNews
from services.notifications.domain.convention_news import ConventionNews
from services.notifications.domain.deadline_news import DeadlineNews
from services.notifications.domain.news import News
from services.notifications.domain.stakeholder import Language

MESSAGES: Mapping[type[News], Callable[[Any, Tongue], Message]] = {
    ConventionNews: convention_message,
    CharterVersionNews: version_message,
    AdherenceNews: adherence_message,
    DeadlineNews: deadline_message,
}
"""What puts each kind of news into words."""


def write_letter(news: News, language: Language, *, page_url: str, unsubscribe_url: str) -> Letter:
    """Put news into words; its button leads to `page_url`."""
    tongue = TONGUES[language]
    return Letter(
        **vars(MESSAGES[type(news)](news, tongue)),
        language=language,
        programme=one_line(news.programme) if news.programme else None,
        button_url=page_url,
        unsubscribe=tongue.say("unsubscribe"),
        unsubscribe_url=unsubscribe_url,
    )
