"""A picker: something known by its id is typed in words, and what these can mean is offered."""

from typing import Any

from wtforms import widgets

from console.forms.fields import Field
from console.language import say

Thing = dict[str, Any]


class Picker(Field):
    """What one means by a few words, known by its id.

    Without a script: what was typed is looked up when the form is sent; if it can mean several, they are offered.
    With one, they are offered while typing, by the page at the endpoint `offers`. What is nothing known yet is made by
    the form at the endpoint `registers`, where there is one.
    """

    widget, kind = widgets.TextInput(), "picker"
    offers: str
    registers: str | None = None
    several: str
    nothing: str

    def __init__(self, label: str = "", **more: Any) -> None:
        super().__init__(label, **more)
        self.offered: list[Thing] = []
        self.chosen = ""

    def find(self, text: str) -> list[Thing]:
        """Look up what was typed; raises ValueError with a sentence where nobody answers."""
        raise NotImplementedError

    def known(self, thing_id: str) -> Thing | None:
        """Give what has an id."""
        raise NotImplementedError

    def written_of(self, thing: Thing) -> str:
        """Write a thing so that one knows which it is."""
        raise NotImplementedError

    def names(self, thing: Thing) -> tuple[str, ...]:
        """Give the words that mean this thing and no other."""
        return (self.written_of(thing), thing["id"])

    def process(self, formdata: Any, *args: Any, **more: Any) -> None:
        """Take what was typed, and what was chosen among those offered."""
        self.chosen = formdata.get(f"{self.name}-chosen", "") if formdata else ""
        super().process(formdata, *args, **more)

    def read(self, text: str) -> str | None:
        """Look up what was typed; raises ValueError when it is nothing known, or more than one."""
        known = self.known(self.chosen) if self.chosen else None
        if known and text in self.names(known):
            return self.chosen
        self.offered = self.find(text)
        exact = [each for each in self.offered if text in self.names(each)]
        if self.chosen in [each["id"] for each in self.offered]:
            return self.chosen
        if len(exact) == 1 or len(self.offered) == 1:
            return str((exact or self.offered)[0]["id"])
        raise ValueError(say(self.several if self.offered else self.nothing))

    def _value(self) -> str:
        if self.data:
            return self.spoken()
        return str(self.raw_data[0]) if self.raw_data else ""

    def spoken(self) -> str:
        """Give its words."""
        known = self.known(str(self.data)) if self.data else None
        return self.written_of(known) if known else str(self.data or "")
