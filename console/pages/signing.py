"""A party's answer to a proposal: it signs, by itself or on paper, or it refuses."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g
from werkzeug.wrappers import Response

from chassis.clock import today
from console.conventions import Convention, signs_for
from console.forms import Choice, Day, Form, Text, codes, done, phrase
from console.language import say
from console.mandates import covering, named
from console.services import Answer, get, post, put
from console.sessions import ask_one, needed, signed_in

pages = Blueprint("signing", __name__, url_prefix="/conventions/<uuid:convention_id>")


def _mandates() -> list[tuple[str, str]]:
    return [(each["id"], named(each)) for each in g.get("mandates", [])]


class SignatureForm(Form):
    """How one signs."""

    name = Text(phrase("Who signs"), at="signatory/name")
    capacity = Text(
        phrase("In what capacity"),
        at="signatory/capacity",
        hint=phrase("Such as: President of the departmental council"),
    )
    signed_on = Day(phrase("Signed on"))
    level = Choice(phrase("How"), options=codes("in_person", "paper", "electronic", "qualified"))
    mandate_id = Choice(phrase("Under which mandate"), options=_mandates, optional=True)
    mandate_number = Text(
        phrase("Or its deliberation’s number"), hint=phrase("Where it is not recorded here"), optional=True
    )
    on_behalf_of = Text(
        phrase("In whose place"), hint=phrase("Where one signs by delegation or for somebody else"), optional=True
    )
    evidence = Text(
        phrase("Where the proof is kept"),
        hint=phrase("Needed for a signature on paper: register, shelf, number of the original"),
        optional=True,
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


class RefusalForm(Form):
    """Why a party refuses."""

    reason = Text(phrase("Why"), hint=phrase("Everybody concerned reads it"))


@pages.route("/signatures/<uuid:organisation_id>", methods=["GET", "POST"])
def sign(convention_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Sign for one's own organisation, or record how another one signed."""
    convention, answer, party = _party(convention_id, organisation_id)
    who = signed_in()
    own = who.organisation_id == str(organisation_id)
    g.mandates = ask_one(get("partners", "/v1/mandates", organisation_id=organisation_id, limit=200)).items
    under = next((each for each in g.mandates if covering(each, "sign_conventions")), None)
    form = SignatureForm.read(
        version=answer.etag,
        signatory={"name": who.name if own else None},
        signed_on=str(today()),
        level="in_person" if own else "paper",
        mandate_id=party["mandate_id"] or (under or {}).get("id"),
        mandate_number=party["mandate_number"],
    )
    path = f"/v1/conventions/{convention_id}/signatures/{organisation_id}"
    if form.sent and form.goes(put("partners", path, form.facts())):
        return done(_signed(form.answer.body, party["name"]), convention.address)
    return form.page(
        "signature.html",
        convention=convention,
        party=party,
        own=own,
        mandates=g.mandates,
        title=say("Sign for %(name)s", name=party["name"])
        if own
        else say("Record the signature of %(name)s", name=party["name"]),
    )


@pages.route("/refusals/<uuid:organisation_id>", methods=["GET", "POST"])
def refuse(convention_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Refuse to sign, or record that a party did."""
    convention, _, party = _party(convention_id, organisation_id)
    form = RefusalForm.read()
    refusal = {**form.facts(), "organisation_id": str(organisation_id)}
    if form.sent and form.goes(post("partners", f"/v1/conventions/{convention_id}/refusal", refusal)):
        return done(
            say("The refusal of %(name)s is recorded: the proposal has ended.", name=party["name"]), convention.address
        )
    return form.page(
        title=say("Refusal of %(name)s", name=party["name"]),
        lead=say("A refusal ends the proposal for all its parties. What it promised is no longer sought."),
        does=say("Refuse"),
        back=convention.address,
        crumb=convention.reference,
        here="conventions.index",
    )


def _party(convention_id: UUID, organisation_id: UUID) -> tuple[Convention, Answer, Mapping[str, Any]]:
    """Give the convention and the party that this person may answer for."""
    if not signs_for(signed_in(), str(organisation_id)):
        abort(403)
    answer = needed(ask_one(get("partners", f"/v1/conventions/{convention_id}")))
    party = next((each for each in answer.body["parties"] if each["organisation_id"] == str(organisation_id)), None)
    if party is None:
        abort(404)
    return Convention.read(answer.body), answer, party


def _signed(body: Mapping[str, Any], name: str) -> str:
    if body["status"] == "in_force":
        return say("%(name)s has signed, the last of all: the convention is in force.", name=name)
    return say("The signature of %(name)s is recorded.", name=name)
