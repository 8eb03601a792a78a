"""The kinds of field: each reads what was typed, keeps it, and tells it to a service as JSON."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import wtforms
from wtforms import widgets

from console.forms import typed
from console.language import day, figure, listed, phrase, say
from console.words import in_words

Options = Sequence[tuple[str, str]]
"""What may be chosen: code and words."""


class Field(wtforms.Field):
    """A field. `at` is its place in the service's JSON (`signatory/name`), its own name unless said otherwise.

    `wrong` holds what is wrong with it, in words; `optional` ones may stay empty. One that is `of_kind` people stands
    on the page where its row's kind is that, or where it says something.
    """

    data: Any
    kind = "input"
    is_several = False

    def __init__(
        self,
        label: str = "",
        *,
        at: str | None = None,
        hint: str = "",
        optional: bool = False,
        of_kind: str = "",
        **more: Any,
    ) -> None:
        super().__init__(label, description=hint, **more)
        self.at = tuple((at or self.short_name).split("/"))
        self.optional, self.of_kind = optional, of_kind
        self.wrong: list[str] = []

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed; an empty field is None."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = self.read(text) if text else None

    def read(self, text: str) -> Any:
        """Read what was typed; raises ValueError with a sentence."""
        return text

    def _value(self) -> str:
        """Give what the input shows: what was typed, else what is known."""
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.written()

    def written(self) -> str:
        """Write what it holds as the input shows it."""
        return str(self.data)

    def spoken(self) -> str:
        """Write what it holds as people read it."""
        return "" if self.data is None else self.written()

    def fact(self) -> Any:
        """Give what it holds as JSON."""
        return self.data

    @property
    def blank(self) -> bool:
        """Whether nothing was said; a choice that was not touched says nothing."""
        return not self.process_errors and self.data in (None, "", False, [], self.default)

    def check(self) -> None:
        """Note what is wrong as far as the page itself can tell."""
        self.wrong = [str(each) for each in self.process_errors]
        if not self.wrong and not self.optional and self.data in (None, "", []):
            self.wrong.append(say("Fill this in."))


class Text(Field):
    """A text of one line."""

    widget = widgets.TextInput()


class Prose(Field):
    """A text of several lines."""

    widget, kind = widgets.TextArea(), "prose"


class Hidden(Field):
    """What the page knows and need not ask."""

    widget, kind = widgets.HiddenInput(), "hidden"


class Day(Field):
    """A date, typed as one writes it: a browser's own date field speaks the browser's language, not the page's."""

    widget, kind = widgets.TextInput(), "day"
    pattern = phrase("dd/mm/yyyy")

    def process_data(self, value: date | str | None) -> None:
        """Take a date, or what a service wrote."""
        self.data = date.fromisoformat(value) if isinstance(value, str) else value

    def read(self, text: str) -> date:
        """Read a date; raises ValueError with a sentence."""
        return typed.day(text)

    def written(self) -> str:
        """Write it as one types it."""
        return f"{self.data:%d/%m/%Y}"

    def spoken(self) -> str:
        """Write it in full."""
        return day(self.data)

    def fact(self) -> str | None:
        """Give it as ISO 8601."""
        return self.data.isoformat() if self.data else None


class Number(Field):
    """A number typed in French or English; exact, told as a string."""

    widget = widgets.TextInput()
    places = 2

    def process_data(self, value: Decimal | str | int | None) -> None:
        """Take a number, or what a service wrote."""
        self.data = None if value is None else Decimal(value)

    def read(self, text: str) -> Decimal:
        """Read a number; raises ValueError with a sentence."""
        return typed.number(text, self.places)

    def written(self) -> str:
        """Write it as one writes it in the page's language."""
        return figure(self.data)

    def fact(self) -> Any:
        """Give it exactly."""
        return None if self.data is None else str(self.data)


class Money(Number):
    """An amount of euros, to the cent."""

    kind = "money"

    def fact(self) -> str | None:
        """Give it as the services write money."""
        return None if self.data is None else f"{self.data:.2f}"


class Whole(Number):
    """A whole number; years and counts stand without a separator."""

    places = 0

    def written(self) -> str:
        """Write it plainly."""
        return str(self.data)

    def fact(self) -> int | None:
        """Give it as a number."""
        return None if self.data is None else int(self.data)


class Flag(Field):
    """Yes or no: a box to tick."""

    widget, kind = widgets.CheckboxInput(), "flag"

    def __init__(self, label: str = "", **more: Any) -> None:
        super().__init__(label, **{"optional": True, **more})

    def process_formdata(self, valuelist: list[str]) -> None:
        """A box that is not ticked sends nothing."""
        self.data = bool(valuelist)

    def spoken(self) -> str:
        """Say yes or no."""
        return say("yes") if self.data else say("no")

    def fact(self) -> bool:
        """Give it as JSON."""
        return bool(self.data)

    def _value(self) -> str:
        return "yes"


class Choice(Field):
    """One of several; `options` gives code and words when the page is written."""

    kind = "choice"

    def __init__(self, label: str = "", *, options: Callable[[], Options], **more: Any) -> None:
        super().__init__(label, **more)
        self.options = options

    def read(self, text: str) -> str:
        """Take one of the options; raises ValueError for anything else."""
        if text not in dict(self.options()):
            raise ValueError(say("Choose one of these."))
        return text

    def spoken(self) -> str:
        """Say the chosen option's words."""
        return dict(self.options()).get(str(self.data), str(self.data or ""))


class Many(Choice):
    """Any number of several: boxes to tick."""

    kind = "many"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the ticked ones."""
        self.data = [self.read(each) for each in valuelist]

    def spoken(self) -> str:
        """Say the ticked options' words."""
        known = dict(self.options())
        return listed([known.get(each, each) for each in self.data or []])

    def fact(self) -> list[str]:
        """Give the codes."""
        return list(self.data or [])


class Upload(Field):
    """A file; a browser does not give it twice, so a refused form asks for it again."""

    widget, kind = widgets.FileInput(), "file"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the file if one was chosen."""
        self.data = next((each for each in valuelist if getattr(each, "filename", "")), None)

    def content(self) -> bytes:
        """Give what the file holds."""
        return bytes(self.data.read()) if self.data else b""

    def fact(self) -> None:
        """A file does not travel as JSON."""


class Several(wtforms.FieldList):
    """Lines of one kind (`row`, a Row), added and removed one by one; lines left empty are not told.

    `least` is how many lines it takes, and what is said where there are fewer.
    """

    kind = "several"
    is_several = True

    def __init__(
        self,
        row: type,
        label: str,
        *,
        each: str,
        add: str,
        at: str | None = None,
        hint: str = "",
        shown: int = 1,
        least: tuple[int, str] = (0, ""),
        **more: Any,
    ) -> None:
        super().__init__(wtforms.FormField(row), label, min_entries=shown, description=hint, **more)
        self.at = tuple((at or self.short_name).split("/"))
        self.each, self.add, self.least = each, add, least
        self.wrong: list[str] = []

    @property
    def rows(self) -> list[Any]:
        """The lines, those left empty included."""
        return [entry.form for entry in self.entries]

    @property
    def told(self) -> list[Any]:
        """The lines that say something."""
        return [row for row in self.rows if not row.blank]

    @property
    def blank(self) -> bool:
        """Whether no line says anything."""
        return not self.told

    def fact(self) -> list[dict[str, Any]]:
        """Give the lines as JSON."""
        return [row.facts() for row in self.told]

    def check(self) -> None:
        """Note what is wrong in the lines that say something, and where lines are missing."""
        number, few = self.least
        self.wrong = [say(few)] if len(self.told) < number else []
        for row in self.told:
            row.check()


def codes(*known: str) -> Callable[[], Options]:
    """Offer these codes, in words."""
    return lambda: [(code, in_words(code)) for code in known]
