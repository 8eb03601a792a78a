"""A party's answer to a proposal: it signs, by itself or on paper, or it refuses."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from console.conventions import Convention, signs_for
from console.forms import Form, Text, done, phrase
from console.forms.signing import ask_signature
from console.language import say
from console.services import Answer, get, post, put
from console.sessions import ask_one, needed, signed_in

pages = Blueprint("signing", __name__, url_prefix="/conventions/<uuid:convention_id>")


class RefusalForm(Form):
    """Why a party refuses."""

    reason = Text(phrase("Why"), hint=phrase("Everybody concerned reads it"))


@pages.route("/signatures/<uuid:organisation_id>", methods=["GET", "POST"])
def sign(convention_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Sign for one's own organisation, or record how another one signed."""
    convention, answer, party = _party(convention_id, organisation_id)
    form, own, mandates = ask_signature(organisation_id, "sign_conventions", version=answer.etag, announced=party)
    path = f"/v1/conventions/{convention_id}/signatures/{organisation_id}"
    if form.sent and form.goes(put("partners", path, form.facts())):
        return done(_signed(form.answer.body, party["name"]), convention.address)
    return form.page(
        "signature.html",
        convention=convention,
        party=party,
        own=own,
        mandates=mandates,
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
    return Convention.read(answer.body), answer, party_in(answer.body, organisation_id)


def party_in(body: Mapping[str, Any], organisation_id: UUID) -> Mapping[str, Any]:
    """Give the party of a convention or an amendment; there is no page for any other."""
    party = next((each for each in body["parties"] if each["organisation_id"] == str(organisation_id)), None)
    return abort(404) if party is None else party


def _signed(body: Mapping[str, Any], name: str) -> str:
    if body["status"] == "in_force":
        return say("%(name)s has signed, the last of all: the convention is in force.", name=name)
    return say("The signature of %(name)s is recorded.", name=name)
