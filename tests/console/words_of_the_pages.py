"""Every word that the pages may say: those in code and templates, and those kept in tables."""

from pathlib import Path

from babel.messages.extract import extract_from_dir

from console import amendments, conventions, deliveries, language, mergers, sentences, traces, words
from console.forms import refusals

CONSOLE = Path(language.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "say": (1,),
    "phrase": (1,),
    "say_number": (1, 2),
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
}

Word = str | tuple[str, ...]


def needed_words() -> set[Word]:
    """Give them as the catalogue keys them: one string, or singular and plural."""
    options = {"**/templates/**.html": {"trimmed": "false", "trim_blocks": "true", "lstrip_blocks": "true"}}
    found = extract_from_dir(CONSOLE, METHODS, options, keywords=KEYWORDS, strip_comment_tags=True)
    return {message for _, _, message, _, _ in found} | _in_tables()


def _in_tables() -> set[Word]:
    return {
        *(name for name, _ in words.STATUS.values()),
        *(name for name, _ in words.AMENDMENT_STATUS.values()),
        *words.WORDS.values(),
        *words.CAUSES.values(),
        *words.IMPORTS.values(),
        *sentences.DEADLINES.values(),
        *words.DEADLINES.values(),
        *words.REFUSALS.values(),
        *amendments.FIELDS.values(),
        *amendments.ENDS.values(),
        *(name for _, name in amendments.OFFICE.values()),
        *(name for _, name in conventions.ENDS.values()),
        *(name for _, name in conventions.OFFICE.values()),
        *(name for _, _, name in deliveries.STANDING.values()),
        *(name for _, _, name in traces.ARRIVALS.values()),
        *(name for _, name in language.UNITS),
        *mergers.KINDS.values(),
        *mergers.FATES.values(),
        *sentences.TYPES.values(),
        *refusals.OTHERWISE.values(),
        *refusals.AS_WRITTEN,
        *refusals.WORDS,
        *refusals.NAMES,
        *refusals.COLUMNS.values(),
    }
