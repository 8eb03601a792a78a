"""A letter: what an e-mail says, put into words once, so that its text and its HTML tell the same."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from services.notifications.channels.wording import TONGUES, Tongue
from services.notifications.domain.news import ActionFigures, Instalment, News, Signatory, Support
from services.notifications.domain.stakeholder import Language, Topic

WIDTH = 72
"""Characters a line of the plain text holds."""

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["mjml", "html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLES = {"whole": "white-space:nowrap", "sure": "color:#4b47a3", "missing": "color:#a04e18"}
"""For mail programs that read no style sheet."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a section: what, the detail below it, the figure beside it; `percent` draws how much is sure."""

    main: str
    detail: str = ""
    figure: str = ""
    percent: int | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """A titled list, with its total where it has one."""

    title: str
    rows: Sequence[Row]
    total: Row | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What the e-mail says: the sentence, what explains it, one thing to do, the figures, and why one gets it.

    `marks` name words of the headline that HTML sets off: never broken, sure, or missing.
    """

    language: Language
    subject: str
    programme: str | None
    headline: str
    marks: Mapping[str, str]
    paragraphs: Sequence[str]
    note: str | None
    button: str
    button_url: str
    sections: Sequence[Section]
    because: str
    unsubscribe: str
    unsubscribe_url: str

    def text(self) -> str:
        """Give the plain text, its lines no longer than `WIDTH` but for addresses."""
        return TEMPLATES.get_template("letter.txt").render(letter=self)

    def html(self) -> str:
        """Give the HTML; it asks for nothing from outside."""
        mjml = TEMPLATES.get_template("letter.mjml").render(letter=self)
        return str(mrml.to_html(mjml).content)


def write_letter(news: News, language: Language, *, convention_url: str, unsubscribe_url: str) -> Letter:
    """Put news into words."""
    tongue = TONGUES[language]
    topic = _NAMES[news.topic]
    facts = _facts(news, tongue)
    cash = "" if news.totals else ".no_cash"
    return Letter(
        language=language,
        subject=tongue.say(f"{topic}.subject{cash}", **facts),
        programme=facts["programme"],
        headline=tongue.say(f"{topic}.headline{cash}", **facts),
        marks={facts["reference"]: "whole", facts["total"]: "missing" if news.topic is Topic.TERMINATED else "sure"},
        paragraphs=[tongue.say(name, **facts) for name in _paragraphs(news, topic)],
        note=tongue.say("illustrative") if news.convention.illustrative else None,
        button=tongue.say("button"),
        button_url=convention_url,
        sections=[section for section in _sections(news, topic, tongue) if section.rows],
        because=_because(facts, tongue),
        unsubscribe=tongue.say("unsubscribe"),
        unsubscribe_url=unsubscribe_url,
    )


def one_line(words: str) -> str:
    """Make foreign words safe for a header and a sentence: one line, no control or direction characters."""
    return " ".join(_UNPRINTABLE.sub(" ", words).split(" ")).strip()


_NAMES = {Topic.IN_FORCE: "in_force", Topic.AMENDED: "amended", Topic.TERMINATED: "terminated"}


_ENDED = {
    (True, True): "terminated.by_and_reason",
    (True, False): "terminated.by",
    (False, True): "terminated.reason",
    (False, False): "",
}
"""What is said of a termination, by whether who ended it and why are known."""


def _paragraphs(news: News, topic: str) -> Iterable[str]:
    said = {
        f"{topic}.lead": True,
        _ENDED[bool(news.ended_by), bool(news.convention.reason)]: news.topic is Topic.TERMINATED,
        f"{topic}.own": news.own,
        "informed": not news.reader.decides,
    }
    return [name for name, holds in said.items() if name and holds]


def _facts(news: News, tongue: Tongue) -> dict[str, Any]:
    convention, own = news.convention, news.own
    words: Mapping[str, str | None] = {
        "reference": convention.reference,
        "title": convention.title,
        "reason": convention.reason and convention.reason.rstrip(". "),
        "ended_by": news.ended_by,
        "organisation": news.reader.organisation,
        "programme": news.programme,
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
        **{name: one_line(each) if each else None for name, each in words.items()},
        **figures,
        **{name: tongue.day(day) if day else None for name, day in days.items()},
    }


def _sections(news: News, topic: str, tongue: Tongue) -> Iterable[Section]:
    yield Section(
        title=tongue.say(f"{topic}.instalments"),
        rows=[
            Row(
                main=tongue.day(each.due_on),
                detail=_joined(_instalment_words(each, tongue), each.condition),
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
        detail=_joined(words, each.description),
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


def _because(facts: Mapping[str, Any], tongue: Tongue) -> str:
    if facts["organisation"]:
        return tongue.say("because.party", **facts)
    programme = tongue.say("because.programme", **facts) if facts["programme"] else ""
    return tongue.say("because.office", programme=programme)


def _joined(*words: str | None) -> str:
    return " · ".join(one_line(each) for each in words if each)


def _marked(words: str, marks: Mapping[str, str]) -> Markup:
    """Set words off, each the first time that it comes."""
    marked = str(escape(words))
    for part, mark in marks.items():
        inner = str(escape(part))
        if inner:
            marked = marked.replace(inner, f'<span class="{mark}" style="{_STYLES[mark]}">{inner}</span>', 1)
    return Markup(marked)  # noqa: S704  every part of it was escaped


def _breakable(words: str) -> str:
    """Give words with plain spaces alone, for an attribute that is read aloud."""
    return " ".join(words.split())


def _fill(words: str, indent: str = "") -> str:
    """Break into lines; never inside an amount, whose spaces do not break."""
    return textwrap.fill(
        words,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )


TEMPLATES.filters.update(marked=_marked, breakable=_breakable)
TEMPLATES.globals.update(fill=_fill)
