"""Texts from outside: matched to their end, and without characters that nobody sees."""

import re
from typing import Any, Final

import marshmallow as ma

_DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"
_BREAKS: Final = rf"\x00-\x1f\x7f-\x9f\u2028\u2029{_DIRECTIONS}"
_CONTROLS: Final = rf"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_DIRECTIONS}"


class Written(ma.validate.Regexp):
    """A whole text of that pattern; what the library matches may have a line break after it."""

    def __init__(self, pattern: str, *, error: str) -> None:
        super().__init__(f"^{pattern}$", error=error)

    def __call__(self, value: Any) -> Any:
        """Give the text; raises ValidationError."""
        if self.regex.fullmatch(value) is None:
            raise ma.ValidationError(self._format_error(value))
        return value


class Readable(Written):
    """A text that says something, on one line or on several, and holds no character that nobody sees.

    Those are control characters, and marks that turn the direction of what follows.
    """

    def __init__(self, *, lines: bool = False) -> None:
        unseen = _CONTROLS if lines else _BREAKS
        said = f"[^{unseen}]*[^{unseen}\\s][^{unseen}]*"
        super().__init__(said, error="Write something." if lines else "Write something, on one line.")
        self._unseen = re.compile(f"[{unseen}]")
        self._refusal = f"Leave out control characters{'' if lines else ' and line breaks'}."

    def __call__(self, value: Any) -> Any:
        """Give the text; raises ValidationError."""
        if self._unseen.search(value):
            raise ma.ValidationError(self._refusal)
        return super().__call__(value)
