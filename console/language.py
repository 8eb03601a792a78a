"""French first, English second: words from one catalogue, numbers and dates as each language writes them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations
from flask import Flask, g, has_request_context, request, session
from markupsafe import Markup

from chassis.clock import PARIS

CATALOGUES = Path(__file__).parent / "catalogues"
COOKIE = "entente_language"
UNBREAKABLE = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Language:
    """One language of the pages; the words in the code are English, the catalogue gives the others."""

    code: str
    locale: Locale
    words: NullTranslations


def _french() -> NullTranslations:
    compiled = BytesIO()
    with (CATALOGUES / "fr.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale="fr"))
    compiled.seek(0)
    return Translations(compiled)


FRENCH = Language("fr", Locale("fr"), _french())
ENGLISH = Language("en", Locale("en", "GB"), NullTranslations())
LANGUAGES = {each.code: each for each in (FRENCH, ENGLISH)}


def language() -> Language:
    """Give the language of this page: asked for, else remembered, else the person's own, else the browser's."""
    if not has_request_context():
        return FRENCH
    if "language" not in g:
        g.language = LANGUAGES.get(_wanted(), FRENCH)
    chosen: Language = g.language
    return chosen


def _wanted() -> str:
    asked = request.args.get("lang") or request.cookies.get(COOKIE)
    return asked or session.get("person", {}).get("language") or request.accept_languages.best_match(LANGUAGES) or "fr"


def phrase(words: str) -> str:
    """Mark words of a table or a form that are said later, in the language of the page they stand on."""
    return words


def say(words: str, /, **facts: object) -> str:
    """Say something in the page's language, with the facts in their places."""
    said = language().words.gettext(words)
    return said % facts if facts else said


def say_number(one: str, many: str, number: int, /, **facts: object) -> str:
    """Say how many, in the page's language."""
    return language().words.ngettext(one, many, number) % {"number": count(number), **facts}


def count(number: int | Decimal) -> str:
    """Write a number of things, its decimals only where it has some."""
    return _unbreakable(str(format_decimal(number, locale=language().locale)))


def figure(amount: Decimal | str, cents: bool = False) -> str:
    """Write an amount of euros without its sign, for a table; cents where there are any, or where asked for."""
    exact = Decimal(amount)
    pattern = "#,##0.00" if cents or has_cents(exact) else "#,##0"
    return _unbreakable(str(format_decimal(exact, pattern, locale=language().locale)))


def has_cents(amount: Decimal) -> bool:
    """Tell whether an amount is more than whole euros."""
    return amount != amount.to_integral_value()


def _unbreakable(written: str) -> str:
    """Write the minus as one, and widen the thin space, which a column of figures swallows."""
    return written.replace("-", MINUS).replace(THIN, UNBREAKABLE)


def euros(amount: Decimal | str) -> str:
    """Write an amount of euros, for a sentence."""
    written = figure(amount)
    if language() is FRENCH:
        return f"{written}{UNBREAKABLE}€"
    return f"{MINUS}€{written[1:]}" if written.startswith(MINUS) else f"€{written}"


def difference(amount: Decimal | str) -> str:
    """Write what was added or taken away, with its sign; what is neither has none."""
    exact = Decimal(amount)
    if not exact:
        return euros(exact)
    space = UNBREAKABLE if language() is FRENCH else ""
    return f"{MINUS if exact < 0 else '+'}{space}{euros(abs(exact))}"


def share(ratio: Decimal | float) -> str:
    """Write a ratio as a percentage."""
    return str(
        format_percent(ratio, "#,##0 %" if language() is FRENCH else "#,##0%", locale=language().locale)
    ).replace(" ", UNBREAKABLE)


def day(when: date | str | None) -> str:
    """Write a date in full, its day on the line of its month; the first of a month the French way."""
    if when is None:
        return ""
    exact = date.fromisoformat(when) if isinstance(when, str) else when
    written = str(format_date(exact, "d MMMM y", locale=language().locale)).replace(" ", UNBREAKABLE, 1)
    return f"1er{written[1:]}" if exact.day == 1 and language() is FRENCH else written


def month(written: str) -> str:
    """Name a month written as 2017-12, with its year, at the head of something."""
    said = month_within(written)
    return said[0].upper() + said[1:]


def month_within(written: str) -> str:
    """Name a month written as 2017-12, with its year, within a sentence."""
    return str(format_date(date.fromisoformat(f"{written}-01"), "MMMM y", locale=language().locale))


def short_day(when: date | datetime | str) -> str:
    """Write a date in a few letters, without its year."""
    exact = datetime.fromisoformat(when) if isinstance(when, str) else when
    local = exact.astimezone(PARIS) if isinstance(exact, datetime) and exact.tzinfo else exact
    return str(format_date(local, "d MMM", locale=language().locale))


def day_of(when: datetime | str) -> str:
    """Write the day of a moment, in Paris, in full."""
    return day(_local(when).date())


def moment(when: datetime | str) -> str:
    """Write a date and time of day in Paris, to the minute."""
    local = _local(when)
    return say("%(day)s at %(time)s", day=day(local.date()), time=clock_time(local))


def clock_time(when: datetime | str, *, seconds: bool = False) -> str:
    """Write a time of day in Paris."""
    local = _local(when)
    if seconds:
        return f"{local:%H:%M:%S}"
    return f"{local.hour}{UNBREAKABLE}h{UNBREAKABLE}{local:%M}" if language() is FRENCH else f"{local.hour}:{local:%M}"


def _local(when: datetime | str) -> datetime:
    exact = datetime.fromisoformat(when) if isinstance(when, str) else when
    return exact.astimezone(PARIS)


UNITS = ((86_400, "%(number)s d"), (3_600, "%(number)s h"), (60, "%(number)s min"), (1, "%(number)s s"))


def lapse(seconds: float) -> str:
    """Write how long something took, in the one unit that reads best: 11 ms, 1,2 s, 3 min, 2 j."""
    if seconds < 1:
        return f"{round(seconds * 1000)}{UNBREAKABLE}ms"
    size, words = next(each for each in UNITS if seconds >= each[0])
    pattern = "0.#" if size == 1 and seconds < 10 else "0"
    written = format_decimal(seconds / size, pattern, locale=language().locale)
    return say(words, number=written).replace(" ", UNBREAKABLE)


_REFERENCE = re.compile(r"\b([A-Z]+-\d{4}-\d+)\b")


def whole(words: str) -> Markup:
    """Keep references such as SUN-2017-014 on one line."""
    parts = _REFERENCE.split(words)
    unbroken = Markup('<span class="whole">{}</span>')
    return Markup("").join(unbroken.format(part) if odd % 2 else part for odd, part in enumerate(parts))


def listed(things: Sequence[str]) -> str:
    """Write things one after another, with "and" before the last."""
    return str(format_list(things, locale=language().locale))


def _gettext(words: str) -> str:
    return language().words.gettext(words)


def _ngettext(one: str, many: str, number: int) -> str:
    return language().words.ngettext(one, many, number)


def speak(app: Flask) -> None:
    """Let the templates of `app` use all of this."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext,
        _ngettext,
        newstyle=True,
    )
    for each in (
        whole,
        count,
        figure,
        euros,
        difference,
        share,
        day,
        day_of,
        month,
        month_within,
        short_day,
        moment,
        clock_time,
        lapse,
        listed,
    ):
        app.jinja_env.filters[each.__name__] = each
