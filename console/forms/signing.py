"""How one signs: the same for the charter and for conventions."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from flask import g

from chassis.clock import today
from console.forms.fields import Choice, Day, Text, codes
from console.forms.form import Form
from console.language import phrase
from console.mandates import named, to_begin_with
from console.services import get
from console.sessions import ask_one, signed_in


def _ask_mandates(organisation_id: str) -> list[dict[str, Any]]:
    """Ask for the organisation's mandates, to choose from on this page."""
    g.mandates = ask_one(get("partners", "/v1/mandates", organisation_id=organisation_id, limit=200)).items
    found: list[dict[str, Any]] = g.mandates
    return found


def _ask_signatories(organisation_id: str, act: str) -> list[dict[str, Any]]:
    """Ask for the contacts who may sign the act today: where there are some, nobody else binds the organisation."""
    contacts = ask_one(get("partners", f"/v1/organisations/{organisation_id}/contacts", limit=200)).items
    now = str(today())
    return [
        each for each in contacts if act in each["may_sign"] and (each["since"] or now) <= now <= (each["until"] or now)
    ]


def _mandates() -> list[tuple[str, str]]:
    return [(each["id"], named(each)) for each in g.get("mandates", [])]


class SignatureForm(Form):
    """Who signed for `whose` organisation, how, under what mandate, and what proves it.

    `signatories` are its contacts who may sign.
    """

    whose: UUID
    signatories: Sequence[Mapping[str, Any]] = ()

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


class Asked(NamedTuple):
    """The form of a party's signature; whether the party itself signs, and the mandates to choose from."""

    form: SignatureForm
    own: bool
    mandates: list[dict[str, Any]]


def ask_signature(
    organisation_id: UUID, act: str, *, version: str | None = None, announced: Mapping[str, Any] | None = None
) -> Asked:
    """Read the form for an organisation's signature, begun as is usual; `announced` has the mandate of the text."""
    who, announced = signed_in(), announced or {}
    own = who.organisation_id == str(organisation_id)
    mandates = _ask_mandates(str(organisation_id))
    signatories = _ask_signatories(str(organisation_id), act)
    form = SignatureForm.read(
        version=version,
        signatory=_begun(signatories, _delegates(mandates), who.name if own else None),
        signed_on=str(today()),
        level="visa" if own else "paper",
        mandate_id=announced.get("mandate_id") or to_begin_with(mandates, act),
        mandate_number=announced.get("mandate_number"),
    )
    form.whose, form.signatories = organisation_id, signatories
    return Asked(form, own, mandates)


def _delegates(mandates: Sequence[Mapping[str, Any]]) -> set[str]:
    """Give the names of those whom a mandate lets sign today in the executive's place, contacts or not."""
    now = str(today())
    told = (each for mandate in mandates for each in mandate["delegations"])
    return {each["name"] for each in told if each["starts_on"] <= now <= (each["ends_on"] or now)}


def _begun(signatories: Sequence[Mapping[str, Any]], delegates: set[str], own_name: str | None) -> dict[str, Any]:
    """Give the name and capacity to begin with: one's own where one may sign, else those of the only one who may."""
    own = [each for each in signatories if own_name in (None, each["name"])]
    others_alone = bool(signatories) and not own and own_name not in delegates
    known = signatories if others_alone else own
    if len(known) == 1:
        return {name: known[0][name] for name in ("name", "capacity")}
    return {"name": None if others_alone else own_name}
