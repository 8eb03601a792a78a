"""What is wrong at which place of what was said, and its refusal with all of it at once."""

from collections.abc import Sequence

from chassis.errors import InvalidInput

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
