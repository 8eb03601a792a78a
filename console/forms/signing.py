"""How one signs: the same for the charter and for conventions."""

from typing import Any

from flask import g

from console.forms.fields import Choice, Day, Text, codes
from console.forms.form import Form
from console.language import phrase
from console.mandates import covering, named
from console.services import get
from console.sessions import ask_one


def ask_mandates(organisation_id: str) -> list[dict[str, Any]]:
    """Ask for the organisation's mandates, to choose from on this page."""
    g.mandates = ask_one(get("partners", "/v1/mandates", organisation_id=organisation_id, limit=200)).items
    found: list[dict[str, Any]] = g.mandates
    return found


def first_covering(mandates: list[dict[str, Any]], act: str) -> str | None:
    """Give the mandate to begin with: the latest that authorises the act and is enforceable."""
    return next((each["id"] for each in mandates if covering(each, act)), None)


def _mandates() -> list[tuple[str, str]]:
    return [(each["id"], named(each)) for each in g.get("mandates", [])]


class SignatureForm(Form):
    """Who signed, how, under what mandate, and what proves it."""

    name = Text(phrase("Who signs"), at="signatory/name")
    capacity = Text(
        phrase("In what capacity"),
        at="signatory/capacity",
        hint=phrase("Such as: President of the departmental council"),
    )
    signed_on = Day(phrase("Signed on"))
    level = Choice(phrase("How"), options=codes("paper", "in_person", "visa", "image", "certificate", "qualified"))
    mandate_id = Choice(phrase("Under which mandate"), options=_mandates, optional=True)
    mandate_number = Text(
        phrase("Or its deliberation’s number"), hint=phrase("Where it is not recorded here"), optional=True
    )
    on_behalf_of = Text(
        phrase("In whose place"), hint=phrase("Where one signs by delegation or for somebody else"), optional=True
    )
    evidence = Text(
        phrase("Where the proof is kept"),
        hint=phrase("Needed for what was signed on paper or in another tool: register, shelf, number of the original"),
        optional=True,
    )
    proof_fingerprint = Text(
        phrase("Fingerprint of the proof"), hint=phrase("SHA-256 of its file, where it is one"), optional=True
    )
    document = Text(phrase("The decision"), at="derogation/document", optional=True)
    decided_by = Text(phrase("Who decided"), at="derogation/decided_by", optional=True)
    decided_on = Day(phrase("Decided on"), at="derogation/decided_on", optional=True)
    derogation_reason = Text(phrase("Why"), at="derogation/reason", optional=True)

    @property
    def derogates(self) -> bool:
        """Whether a derogation was begun."""
        return any(field.data or field.wrong for field in self if field.at[0] == "derogation")

    def facts(self) -> dict[str, Any]:
        """Leave the derogation out where there is none."""
        return {**super().facts(), **({} if self.derogates else {"derogation": None})}
