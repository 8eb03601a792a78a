"""What is wrong at which place of what was said, and its refusal with all of it at once."""

from collections.abc import Callable, Sequence
from typing import NoReturn

from chassis.errors import InvalidInput, RuleBroken

Finding = tuple[str, str]
"""A JSON pointer into what was said, and what is wrong there."""


def refuse(findings: Sequence[Finding]) -> None:
    """Refuse what has findings.

    Raises InvalidInput with all of them.
    """
    if findings:
        errors: dict[str, list[str]] = {}
        for pointer, finding in findings:
            errors.setdefault(pointer, []).append(finding)
        raise InvalidInput(findings[0][1], errors)


def refuse_signature(lacking: Sequence[Finding], say: Callable[[str], str]) -> NoReturn:
    """Refuse a signature for what it lacks, in the sentence that `say` makes of it, whole and for each place.

    Raises RuleBroken: the same signature may stand another day, or once more is recorded.
    """
    said = [finding for _, finding in lacking]
    errors = {
        pointer: [say("; ".join(finding for place, finding in lacking if place == pointer))] for pointer, _ in lacking
    }
    raise RuleBroken(say("; ".join(said)), errors, lacking=said)
