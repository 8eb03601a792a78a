"""The services' refusals are said in the page's language: those of partners' rules are read from its code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.forms.refusals import knows, said
from tests.surroundings import ROOT

pytestmark = pytest.mark.unit

DOMAIN = ROOT / "services" / "partners" / "domain"
SUBJECTS = (
    *("authorisation", "charter", "contact", "convention", "convention_checks", "convention_model"),
    *("mandate", "organisation", "register_rows", "signing"),
)

COMPOSED = (
    "3 are not passed on yet: put your own money on a line of its own.",
    "3 is 3 and cannot be 3: 3.",
    "3 cannot sign this for 3: 3. 3",
)
PATTERNS = ("3/3-{year}-{number:03}", "3-{year}-{number:03}", "3 on 3, it is enforceable from then on at the earliest.")
"""Sentences put together from two, which the table has as they come out; and what is no sentence by itself."""


def sentences(path: Path) -> Iterator[str]:
    """Give what a module refuses with, an example in the place of each fact."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("RuleBroken", "InvalidInput", "NotYetKnown"):
            yield from _told(node.args)
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple | ast.JoinedStr | ast.Constant):
            told = node.value.elts[-1] if isinstance(node.value, ast.Tuple) else node.value
            yield from _written(told)


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
    assert [
        each for each in sentences(DOMAIN / f"{subject}.py") if not knows(each) and each not in COMPOSED + PATTERNS
    ] == []


def test_the_sentences_are_found_where_they_are_written() -> None:
    found = list(sentences(DOMAIN / "convention_checks.py"))

    assert "A convention has two parties at least." in found
    assert "It ends on 3, before it starts on 3." in found


def test_an_empty_list_is_not_called_too_long() -> None:
    assert said("Length must be between 1 and 50.") == "C’est vide, ou plus long que 50."
