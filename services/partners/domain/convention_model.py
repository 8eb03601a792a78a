"""The model of a programme's conventions: how their references are written, and the clauses that one starts from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import InvalidInput
from services.partners.domain.base import Base

PLACEHOLDER = re.compile(r"\{(\w+)\}")
_YEAR, _NUMBER = r"\{year\}", r"\{number(?::0?(\d))?\}"
_LETTER, _ANY = r"[A-Za-z/._-]", r"[A-Za-z0-9/._-]*"
_REFERENCE = re.compile(rf"(?:{_ANY}{_LETTER})?{_YEAR}{_LETTER}(?:{_ANY}{_LETTER})?{_NUMBER}(?:{_LETTER}{_ANY})?")


@dataclass(frozen=True, kw_only=True)
class ClauseTemplate:
    """A clause with placeholders such as `{ends_on}`, to be filled when a convention is drafted."""

    code: str
    title: str
    text: str


class ConventionModel(Base):
    """How a programme writes its conventions.

    `frame` is the pattern without the number's width: two programmes with the same one would give the same references.
    """

    __tablename__ = "convention_models"

    programme_code: Mapped[str] = mapped_column(primary_key=True)
    reference_pattern: Mapped[str]
    frame: Mapped[str] = mapped_column(unique=True)
    clauses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default_factory=list)
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def templates(self) -> list[ClauseTemplate]:
        """The clause templates, in their order."""
        return [ClauseTemplate(**each) for each in self.clauses]

    def change(self, pattern: str, templates: tuple[ClauseTemplate, ...]) -> None:
        """Replace the model; conventions drafted before keep their clauses, and given references stay.

        Raises InvalidInput.
        """
        codes = [each.code for each in templates]
        if twice := [code for code in codes if codes.count(code) > 1]:
            raise InvalidInput(f"Two clauses have the code {twice[0]}.", {"/clauses": ["Give each its own code."]})
        self.reference_pattern, self.frame = pattern, frame_of(pattern)
        self.clauses = [asdict(each) for each in templates]
        self.revision += 1

    def template(self, code: str) -> ClauseTemplate | None:
        """Give the template of that code, if there is one."""
        return next((each for each in self.templates if each.code == code), None)


def frame_of(pattern: str) -> str:
    """Give a pattern without its number's width.

    Raises InvalidInput where it could give one reference twice.
    """
    if not _REFERENCE.fullmatch(pattern):
        reason = (
            "Write the year, then the number, each once and no digit beside them: SUN-{year}-{number:03}, for instance."
        )
        raise InvalidInput(reason, {"/reference_pattern": [reason]})
    return re.sub(_NUMBER, "{number}", pattern)


def reference(pattern: str, year: int, number: int) -> str:
    """Write a reference: SUN-2017-014 for SUN-{year}-{number:03}."""
    numbered = re.sub(_NUMBER, lambda found: f"{number:0{found[1] or 1}d}", pattern)
    return numbered.replace("{year}", str(year))


def default_patterns(programme_code: str) -> Iterator[str]:
    """Give patterns for a new programme, best first: SUN-… for SUN04, SUN04-… where another programme has that."""
    for stem in (programme_code.rstrip("0123456789-_"), programme_code):
        if stem:
            yield f"{stem}-{{year}}-{{number:03}}"
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        yield f"{programme_code}/{letter}-{{year}}-{{number:03}}"


def fill(template: ClauseTemplate, values: Mapping[str, str], *, pointer: str) -> str:
    """Put values in the place of a clause's placeholders.

    Raises InvalidInput, at `pointer`, for a placeholder without a value.
    """
    missing = sorted({name for name in PLACEHOLDER.findall(template.text) if not values.get(name)})
    if missing:
        reason = f"Clause {template.code} asks for {', '.join(missing)}: give a value for each."
        raise InvalidInput(reason, {f"{pointer}/values": [reason]})
    return PLACEHOLDER.sub(lambda found: values[found[1]], template.text)
