"""The organisation picker: a name or a SIREN is typed, and what it can mean is offered."""

from typing import Any

from flask import g

from console.forms.picker import Picker
from console.forms.refusals import SILENT
from console.language import phrase, say
from console.services import Answer, get
from console.sessions import ask_one

OFFERED = 12


class Organisation(Picker):
    """An organisation of the register, known by its id."""

    offers = "choices.organisations"
    registers = "organisations.register"
    several = phrase("Several organisations are called so: choose one of them.")
    nothing = phrase("No organisation is called so: correct the name, or register it first.")

    def find(self, text: str) -> list[dict[str, Any]]:
        """Find organisations by a part of their name or by SIREN."""
        answer = look_up(text)
        if answer.silent:
            raise ValueError(say(SILENT))
        return answer.items

    def known(self, thing_id: str) -> dict[str, Any] | None:
        """Give an organisation by its id."""
        return known_organisation(thing_id)

    def written_of(self, thing: dict[str, Any]) -> str:
        """Give its name and SIREN."""
        return written(thing)

    def names(self, thing: dict[str, Any]) -> tuple[str, ...]:
        """Its name alone says it too."""
        return (*super().names(thing), thing["name"])


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
