"""Amending a convention: what changes is written in the text as it stands, shown as a difference, and signed."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, render_template, url_for
from werkzeug.wrappers import Response

from chassis.clock import today
from console import amending
from console.amendments import Amendment, life, steps
from console.conventions import signs_for
from console.forms import Choice, Day, Form, Hidden, Many, Prose, Row, Several, Text, done, phrase
from console.forms.signing import ask_signature
from console.language import say
from console.pages.actions_to_choose import actions, axes_of_actions
from console.pages.drafting import LineRow, PartyRow, TrancheRow
from console.pages.signing import party_in
from console.services import Answer, get, post, put
from console.sessions import ask_one, needed, signed_in
from console.words import in_words

pages = Blueprint("amendments", __name__)


def _lines() -> list[tuple[str, str]]:
    return [
        (each["line_id"], f"{each['organisation_name']}, {each['action_code']}, {in_words(each['kind'])}")
        for each in g.get("amended", {}).get("lines", [])
    ]


def _parties() -> list[tuple[str, str]]:
    present = (each for each in g.get("amended", {}).get("parties", []) if not each["left_on"])
    return [(each["organisation_id"], each["name"]) for each in present]


class PromisedRow(TrancheRow):
    """A tranche of a line that is in the convention."""

    line_id = Choice(phrase("Of which contribution"), options=_lines)
    tranche_id = Hidden(optional=True)

    def __iter__(self) -> Iterator[Any]:
        """Give whose tranche it is first: all of the convention's stand one below the other."""
        return iter(sorted(super().__iter__(), key=lambda field: field.short_name != "line_id"))


class ServedRow(Row):
    """An action that the convention will serve besides."""

    action_id = Choice(phrase("Action"), options=actions)


class ClauseRow(Row):
    """A clause as it will read."""

    code = Text(phrase("Short name"), hint=phrase("Small letters and digits, such as versement"))
    title = Text(phrase("Title"))
    text = Prose(phrase("Text"))


class AmendmentForm(Form):
    """The convention's text as it will be; what differs from today's is the amendment."""

    title = Text(phrase("What it is about"))
    effective_on = Day(phrase("Takes effect on"), hint=phrase("Or with the last signature, where that comes later"))
    starts_on = Day(phrase("From"))
    ends_on = Day(phrase("To"))
    tranches = Several(PromisedRow, phrase("Tranches"), each=phrase("Tranche"), add=phrase("Add a tranche"))
    lines = Several(LineRow, phrase("New contributions"), each=phrase("Contribution"), add=phrase("Add a contribution"))
    joining = Several(PartyRow, phrase("Who joins"), each=phrase("Party"), add=phrase("Add a party"))
    leaving = Many(phrase("Who leaves"), options=_parties, optional=True)
    actions = Several(ServedRow, phrase("Actions served besides"), each=phrase("Action"), add=phrase("Add an action"))
    clauses = Several(ClauseRow, phrase("Clauses"), each=phrase("Clause"), add=phrase("Add a clause"))

    said: list[amending.Said] = []

    def text(self, convention: Mapping[str, Any]) -> dict[str, Any]:
        """Give the amendment as partners takes it."""
        told = self.facts()
        self.said = amending.changes_of(convention, told) if not self.checked() else []
        kept = {name: told[name] for name in ("title", "effective_on")}
        return {**kept, "changes": [each.change for each in self.said]}

    def checked(self) -> bool:
        """Tell whether something typed cannot be read."""
        self.check()
        return bool(self.wrong)

    def blame(self, places: Mapping[str, Any], pointer: str, words: str) -> None:
        """Put a reason at the field that said the change."""
        super().blame(places, amending.place_of(pointer, self.said), words)


@pages.route("/conventions/<uuid:convention_id>/amendment", methods=["GET", "POST"])
def draft(convention_id: UUID) -> Response | tuple[str, int]:
    """Write what changes in a convention in force."""
    _office()
    convention = _convention(convention_id)
    soonest = max(str(today()), convention["starts_on"])
    form = AmendmentForm.read(**amending.filled(convention), effective_on=soonest)
    path = f"/v1/conventions/{convention_id}/amendments"
    if form.sent and form.goes(post("partners", path, form.text(convention))):
        address = url_for("amendments.show", amendment_id=form.answer.body["id"])
        return done(say("The draft is kept: read what it changes, then propose it."), address)
    return form.page(
        title=say("Amend %(reference)s", reference=convention["reference"]),
        lead=say(
            "Change the text as it stands today: what differs is the amendment. Nothing counts before all have signed "
            "and its day has come."
        ),
        does=say("Keep the draft"),
        back=url_for("conventions.show", convention_id=convention_id),
        crumb=convention["reference"],
        here="conventions.index",
    )


@pages.route("/amendments/<uuid:amendment_id>/text", methods=["GET", "POST"])
def change(amendment_id: UUID) -> Response | tuple[str, int]:
    """Change an amendment that not all have signed."""
    _office()
    amendment, answer = _amendment(amendment_id)
    convention = _convention(UUID(amendment.body["convention_id"]))
    form = AmendmentForm.read(version=answer.etag, **amending.filled(convention, amendment.body))
    if form.sent and form.goes(put("partners", f"/v1/amendments/{amendment_id}", form.text(convention))):
        return done(say("The amendment is changed."), amendment.address)
    return form.page(
        title=say("Change the amendment"),
        lead=say("Whoever signed already will be asked to sign again."),
        does=say("Keep it"),
        **_around(amendment),
    )


@pages.get("/amendments/<uuid:amendment_id>")
def show(amendment_id: UUID) -> str:
    """Show an amendment: what it changes, its life, who signs."""
    amendment, _ = _amendment(amendment_id)
    return render_template(
        "amendment.html",
        amendment=amendment,
        by_axis=amendment.by_axis(axes_of_actions()),
        life=life(amendment),
        steps=steps(amendment, signed_in()),
    )


class ProposalForm(Form):
    """Nothing is asked: one confirms."""


class ReasonForm(Form):
    """Why it ends."""

    reason = Text(phrase("Why"), hint=phrase("Everybody concerned reads it"))


@pages.route("/amendments/<uuid:amendment_id>/proposal", methods=["GET", "POST"])
def propose(amendment_id: UUID) -> Response | tuple[str, int]:
    """Open an amendment to signatures."""
    _office()
    amendment, _ = _amendment(amendment_id)
    form = ProposalForm.read()
    if form.sent and form.goes(post("partners", f"/v1/amendments/{amendment_id}/proposal", None)):
        reference = form.answer.body["reference"]
        return done(say("%(reference)s may be signed by its parties.", reference=reference), amendment.address)
    return form.page(
        title=say("Propose “%(title)s” for signature", title=amendment.title),
        lead=say("All whom the convention is or will be between are told, and sign."),
        does=say("Propose the amendment"),
        **_around(amendment),
    )


@pages.route("/amendments/<uuid:amendment_id>/withdrawal", methods=["GET", "POST"])
def withdraw(amendment_id: UUID) -> Response | tuple[str, int]:
    """Take an amendment back."""
    _office()
    amendment, _ = _amendment(amendment_id)
    form = ReasonForm.read()
    if form.sent and form.goes(post("partners", f"/v1/amendments/{amendment_id}/withdrawal", form.facts())):
        return done(say("The amendment is withdrawn: the convention stays as it is."), amendment.address)
    return form.page(title=say("Withdraw the amendment"), does=say("Withdraw the amendment"), **_around(amendment))


@pages.route("/amendments/<uuid:amendment_id>/refusals/<uuid:organisation_id>", methods=["GET", "POST"])
def refuse(amendment_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Refuse to sign, or record that a party did."""
    amendment, _, party = _party(amendment_id, organisation_id)
    form = ReasonForm.read()
    refusal = {**form.facts(), "organisation_id": str(organisation_id)}
    if form.sent and form.goes(post("partners", f"/v1/amendments/{amendment_id}/refusal", refusal)):
        return done(say("The refusal is recorded: the convention stays as it is."), amendment.address)
    return form.page(title=say("Refusal of %(name)s", name=party["name"]), does=say("Refuse"), **_around(amendment))


@pages.route("/amendments/<uuid:amendment_id>/signatures/<uuid:organisation_id>", methods=["GET", "POST"])
def sign(amendment_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Sign for one's own organisation, or record how another one signed."""
    amendment, answer, party = _party(amendment_id, organisation_id)
    form, own, mandates = ask_signature(organisation_id, "sign_conventions", version=answer.etag, announced=party)
    name = party["name"]
    path = f"/v1/amendments/{amendment_id}/signatures/{organisation_id}"
    if form.sent and form.goes(put("partners", path, form.facts())):
        return done(_signed(Amendment.read(form.answer.body), name), amendment.address)
    return form.page(
        "amendment_signature.html",
        convention=amendment,
        party=party,
        own=own,
        mandates=mandates,
        title=say("Sign for %(name)s", name=name) if own else say("Record the signature of %(name)s", name=name),
    )


def _signed(amendment: Amendment, name: str) -> str:
    if amendment.status == "in_force":
        return say("%(name)s has signed, the last of all: the amendment is in force.", name=name)
    if amendment.status == "signed":
        when = amendment.when
        return say("%(name)s has signed, the last of all. %(when)s.", name=name, when=when)
    return say("The signature of %(name)s is recorded.", name=name)


def _convention(convention_id: UUID) -> dict[str, Any]:
    """Give the convention that is amended; the form offers its lines and parties."""
    g.amended = needed(ask_one(get("partners", f"/v1/conventions/{convention_id}"))).body
    found: dict[str, Any] = g.amended
    return found


def _amendment(amendment_id: UUID) -> tuple[Amendment, Answer]:
    signed_in()
    answer = needed(ask_one(get("partners", f"/v1/amendments/{amendment_id}")))
    return Amendment.read(answer.body), answer


def _party(amendment_id: UUID, organisation_id: UUID) -> tuple[Amendment, Answer, Mapping[str, Any]]:
    """Give the amendment and the party that this person may answer for."""
    if not signs_for(signed_in(), str(organisation_id)):
        abort(403)
    amendment, answer = _amendment(amendment_id)
    return amendment, answer, party_in(amendment.body, organisation_id)


def _around(amendment: Amendment) -> dict[str, str]:
    return {"back": amendment.address, "crumb": amendment.reference, "here": "conventions.index"}


def _office() -> None:
    """Let the programme office in, and nobody else."""
    if not signed_in().runs:
        abort(403)
