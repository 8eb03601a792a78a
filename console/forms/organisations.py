"""The organisation picker: a name or a SIREN is typed, and what it can mean is offered."""

from typing import Any

from flask import g
from wtforms import widgets

from console.forms.fields import Field
from console.forms.refusals import SILENT
from console.language import say
from console.services import Answer, get
from console.sessions import ask_one

OFFERED = 12


class Organisation(Field):
    """An organisation of the register, known by its id.

    Without a script: what was typed is looked up when the form is sent; if it can mean several, they are offered.
    With one, they are offered while typing.
    """

    widget, kind = widgets.TextInput(), "organisation"

    def __init__(self, label: str = "", **more: Any) -> None:
        super().__init__(label, **more)
        self.offered: list[dict[str, Any]] = []
        self.chosen = ""

    def process(self, formdata: Any, *args: Any, **more: Any) -> None:
        """Take what was typed, and what was chosen among those offered."""
        self.chosen = formdata.get(f"{self.name}-chosen", "") if formdata else ""
        super().process(formdata, *args, **more)

    def read(self, text: str) -> str | None:
        """Look up what was typed; raises ValueError when it is nobody, or more than one."""
        if self.chosen:
            known = known_organisation(self.chosen)
            if known and text in (written(known), known["name"], self.chosen):
                return self.chosen
        answer = look_up(text)
        if answer.silent:
            raise ValueError(say(SILENT))
        self.offered = answer.items
        exact = [each for each in self.offered if text in (written(each), each["name"], each["id"])]
        if self.chosen in [each["id"] for each in self.offered]:
            return self.chosen
        if len(exact) == 1 or len(self.offered) == 1:
            return str((exact or self.offered)[0]["id"])
        if self.offered:
            raise ValueError(say("Several organisations are called so: choose one of them."))
        raise ValueError(say("No organisation is called so: correct the name, or register it first."))

    def _value(self) -> str:
        if self.data:
            return self.spoken()
        return str(self.raw_data[0]) if self.raw_data else ""

    def spoken(self) -> str:
        """Give its name and SIREN."""
        known = known_organisation(str(self.data)) if self.data else None
        return written(known) if known else str(self.data or "")


def written(organisation: dict[str, Any]) -> str:
    """Write an organisation so that one knows which it is."""
    siren = organisation.get("siren")
    return f"{organisation['name']} · {siren}" if siren else str(organisation["name"])


def look_up(text: str) -> Answer:
    """Find organisations by a part of their name or by SIREN."""
    name, _, siren = text.rpartition(" · ")
    wanted = siren if name and siren.isdigit() else text
    return ask_one(get("partners", "/v1/organisations", search=wanted, limit=OFFERED))


def known_organisation(organisation_id: str) -> dict[str, Any] | None:
    """Give an organisation by its id; asked once per page."""
    known: dict[str, Any] = g.setdefault("known_organisations", {})
    if organisation_id not in known:
        answer = ask_one(get("partners", f"/v1/organisations/{organisation_id}"))
        known[organisation_id] = answer.body if answer.ok else None
    return known[organisation_id]
