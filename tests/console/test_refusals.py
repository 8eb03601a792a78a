"""The services' refusals are said in the page's language: those of partners' rules are read from its code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.deliveries import UNSENT
from console.forms import refusals
from console.forms.refusals import knows, said
from services.partners.domain.register_file import COLUMNS, CUT, REASONS
from tests.surroundings import ROOT

pytestmark = pytest.mark.unit

PARTNERS = ROOT / "services" / "partners"
ROOMS = ("domain", "use_cases", "schemas")
REFUSALS = ("RuleBroken", "InvalidInput", "NotYetKnown")
SUBJECTS = sorted(
    f"{room}/{path.stem}" for room in ROOMS for path in (PARTNERS / room).glob("*.py") if path.stem != "__init__"
)

COMPOSED = (
    "3 are not passed on yet: put your own money on a line of its own.",
    "3 is 3 and cannot be 3: 3.",
    "3: remove those tranches, others may promise them.",
)
PATTERNS = ("3/3-{year}-{number:03}", "3-{year}-{number:03}", "3 on 3, it is enforceable from then on at the earliest.")
"""Sentences put together from two, which the table has as they come out; and what is no sentence by itself."""

ON_NO_PAGE = (
    "The client 3 was revoked already.",
    "A secret address is for somebody's calendar: a program lists deadlines with its own token.",
    "Needed for the role of partner.",
    "Programme 3 writes its references so: choose another pattern, or they would be mixed.",
    "Mandate 3 authorises no credit as far as it is known here.",
    "Commitment 3 is not known here yet.",
    "Payment 3 is not known here yet.",
)
"""What is asked by programs and events alone."""


def sentences(path: Path) -> Iterator[str]:
    """Give what a module refuses with, an example in the place of each fact."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS:
            yield from _told(node.args)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "remark":
            yield from _remarked(node)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "problem":
            yield from _written(node.value)
        if isinstance(node, ast.keyword) and node.arg == "error":
            yield from _written(node.value)
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple | ast.JoinedStr | ast.Constant):
            told = node.value.elts[-1] if isinstance(node.value, ast.Tuple) else node.value
            yield from _written(told)


def _remarked(call: ast.Call) -> Iterator[str]:
    """Give the reason and the suggestion of a remark in an import's report."""
    for words in (*call.args[1:], *(each.value for each in call.keywords if each.arg == "suggestion")):
        yield from _written(words)


def _told(said: list[ast.expr]) -> Iterator[str]:
    """Give what a page shows of a refusal: what stands at the fields, else the sentence itself."""
    if len(said) == 2 and isinstance(said[1], ast.Dict):
        for reasons in said[1].values:
            for each in reasons.elts if isinstance(reasons, ast.List) else ():
                yield from _written(each)
    elif len(said) == 1:
        yield from _written(said[0])


def _written(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith("."):
        yield node.value
    if isinstance(node, ast.JoinedStr):
        parts = (str(each.value) if isinstance(each, ast.Constant) else "3" for each in node.values)
        yield "".join(parts)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_pages_know_every_sentence_that_partners_refuses_with(subject: str) -> None:
    elsewhere = (*COMPOSED, *PATTERNS, *ON_NO_PAGE)

    assert [each for each in sentences(PARTNERS / f"{subject}.py") if not knows(each) and each not in elsewhere] == []


def test_the_pages_know_every_reason_in_the_report_of_an_import() -> None:
    assert [each for each in (CUT, *REASONS.values()) if not knows(each)] == []


def test_the_pages_say_why_nothing_was_sent_as_notifications_writes_it() -> None:
    written = "".join(path.read_text() for path in (ROOT / "services" / "notifications").rglob("*.py"))

    assert [words for words in UNSENT if words.partition("%(answer)s")[0].strip() not in written] == []


def test_every_column_of_a_registers_file_has_its_words() -> None:
    assert set(refusals.COLUMNS) == set(COLUMNS)


def test_an_amount_is_not_followed_by_two_signs_of_the_euro() -> None:
    assert [each for each in (*refusals.AS_WRITTEN, *refusals.OTHERWISE.values()) if ")s €" in each] == []


def test_the_sentences_are_found_where_they_are_written() -> None:
    found = list(sentences(PARTNERS / "domain/convention_checks.py"))

    assert "A convention has two parties at least." in found
    assert "It ends on 3, before it starts on 3." in found
    assert "“3” is not a day." in list(sentences(PARTNERS / "domain/register_file.py"))
    assert "Set aside after 3 attempts: 3" in list(sentences(PARTNERS / "domain/register_import.py"))


def test_what_the_services_call_a_thing_is_said_in_french_too() -> None:
    refusal = "The draft “Fibre” is draft and cannot be signed: it may be changed or proposed."
    assert said(refusal).startswith("Le brouillon «\xa0Fibre\xa0» est au stade «\xa0brouillon\xa0»")
    assert said("Amendment SUN-2017-014 avenant n° 1 is proposed: a convention is amended once at a time.").startswith(
        "SUN-2017-014 avenant n° 1 est en cours"
    )
    set_aside = said("Set aside after 5 attempts: It ended the process that worked on it.")
    assert set_aside == "Mis de côté après 5 tentatives\xa0: le programme qui le traitait s’est arrêté."


def test_an_empty_list_is_not_called_too_long() -> None:
    assert said("Length must be between 1 and 50.") == "C’est vide, ou plus long que 50."
