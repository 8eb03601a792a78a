"""A letter: what an e-mail says, written once, so that its text and its HTML tell the same."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from services.notifications.domain.stakeholder import Language

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
class Message:
    """What news is in words: the sentence, what explains it, one thing to do, the figures, and why one gets it.

    `marks` name words of the headline that HTML sets off: never broken, sure, or missing.
    """

    subject: str
    headline: str
    marks: Mapping[str, str]
    paragraphs: Sequence[str]
    button: str
    because: str
    sections: Sequence[Section] = ()
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Letter(Message):
    """A message as it is sent: in a language, of a programme, with the addresses that it leads to."""

    language: Language
    programme: str | None
    button_url: str
    unsubscribe: str
    unsubscribe_url: str

    def text(self) -> str:
        """Give the plain text, its lines no longer than `WIDTH` but for addresses."""
        return TEMPLATES.get_template("letter.txt").render(letter=self)

    def html(self) -> str:
        """Give the HTML; it asks for nothing from outside."""
        mjml = TEMPLATES.get_template("letter.mjml").render(letter=self)
        return str(mrml.to_html(mjml).content)


def one_line(words: str) -> str:
    """Make foreign words safe for a header and a sentence: one line, no control or direction characters."""
    return " ".join(_UNPRINTABLE.sub(" ", words).split(" ")).strip()


def joined(*words: str | None) -> str:
    """Put what there is on one line."""
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
