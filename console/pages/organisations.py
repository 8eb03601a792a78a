"""Organisations: who takes part, found by a part of a name or a number, and the people through whom each speaks."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as Answered

from console.forms import Choice, Day, Flag, Form, Many, Row, Several, Text, Whole, codes, done, phrase
from console.forms.organisations import known_organisation
from console.forms.refusals import said
from console.language import say
from console.services import Answer, Question, get, post, put
from console.sessions import Person, ask, ask_one, needed, signed_in

pages = Blueprint("organisations", __name__, url_prefix="/organisations")

FILTERS = ("funder", "flagged")
MIME_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class AddressRow(Row):
    """One address."""

    use = Choice(phrase("What it is for"), options=codes("seat", "letters", "invoices"))
    street = Text(phrase("Street"), optional=True)
    postal_code = Text(phrase("Postal code"), optional=True)
    town = Text(phrase("Town"), optional=True)


class OrganisationForm(Form):
    """What one says of an organisation."""

    name = Text(phrase("Name"))
    siren = Text(phrase("SIREN"), hint=phrase("Nine digits; enough to sign"), optional=True)
    siret = Text(phrase("SIRET"), hint=phrase("Fourteen digits; asked for before a payment"), optional=True)
    siret_since = Day(phrase("At this SIRET since"), hint=phrase("Where the office moved"), optional=True)
    legal_form = Text(phrase("Legal form"), optional=True)
    legal_category = Text(phrase("INSEE category"), hint=phrase("Four digits, such as 7210"), optional=True)
    rna = Text(phrase("RNA"), hint=phrase("An association’s number: W and nine digits"), optional=True)
    public = Flag(phrase("Its money is public"))
    funder = Flag(phrase("It funds"))
    needs_mandate = Flag(phrase("It signs only under a deliberation"))
    insee_code = Text(phrase("INSEE code of the commune"), optional=True)
    population = Whole(phrase("Population"), optional=True)
    epci_siren = Text(phrase("SIREN of its EPCI"), optional=True)
    addresses = Several(AddressRow, phrase("Addresses"), each=phrase("Address"), add=phrase("Add an address"))

    def refuse(self, answer: Answer) -> None:
        """Put at the SIREN that it is another organisation's, with the way to that one."""
        known = answer.body.get("organisation_id") if answer.status == HTTPStatus.CONFLICT else None
        if known is None:
            return super().refuse(answer)
        self.siren.wrong.append(said(answer.detail))
        self.doors.append((say("See the organisation that has this SIREN"), _address(known)))
        return None


class ContactForm(Form):
    """What one says of a contact."""

    name = Text(phrase("Name"))
    capacity = Text(phrase("In what capacity"), hint=phrase("Such as mayor, president, director"))
    email = Text(phrase("E-mail"), optional=True)
    phone = Text(phrase("Telephone"), optional=True)
    may_sign = Many(phrase("May sign"), options=codes("sign_charter", "sign_conventions"), optional=True)
    since = Day(phrase("Since"), optional=True)
    until = Day(phrase("Until"), optional=True)


@pages.get("/")
def index() -> str:
    """List organisations, or search them."""
    signed_in()
    answer = needed(ask_one(get("partners", "/v1/organisations", **_wanted(), cursor=request.args.get("cursor"))))
    return render_template(
        "organisations.html",
        organisations=answer.items,
        search=request.args.get("search", ""),
        wanted=_wanted(),
        following=answer.body["next"],
    )


@pages.get("/export.<any(csv, xlsx):form>")
def export(form: str) -> Response:
    """Give the list as a file."""
    signed_in()
    answer = needed(ask_one(get("partners", "/v1/organisations/export", format=form, **_wanted())))
    named = {"Content-Disposition": f"attachment; filename=organisations.{form}"}
    return Response(answer.file, mimetype=MIME_TYPES[form], headers=named)


@pages.route("/new", methods=["GET", "POST"])
def register() -> Answered | tuple[str, int]:
    """Register an organisation."""
    signed_in()
    form = OrganisationForm.read(public=True)
    if form.sent and form.goes(post("partners", "/v1/organisations", form.facts())):
        made = form.answer.body
        known = say("The organisation is registered.")
        doubtful = say("The organisation is registered; correct its identifiers before it signs.")
        return done(doubtful if made["identifier_flag"] else known, _address(made["id"]))
    return form.page(
        title=say("Register an organisation"),
        does=say("Register"),
        back=url_for("organisations.index"),
        crumb=say("Organisations"),
        here="organisations.index",
    )


@pages.get("/<uuid:organisation_id>")
def show(organisation_id: UUID) -> str:
    """Show one organisation, and its people to those who may know them."""
    who = signed_in()
    path = f"/v1/organisations/{organisation_id}"
    questions = {"organisation": get("partners", path)}
    if _sees_people(who, organisation_id):
        questions["contacts"] = get("partners", f"{path}/contacts", limit=200)
    answers = ask(**questions)
    return render_template(
        "organisation.html",
        organisation=needed(answers["organisation"]).body,
        contacts=answers["contacts"].items if "contacts" in answers else None,
        keeps_people=_keeps_people(who, organisation_id),
    )


@pages.route("/<uuid:organisation_id>/change", methods=["GET", "POST"])
def change(organisation_id: UUID) -> Answered | tuple[str, int]:
    """Change what is known of an organisation."""
    signed_in()
    path = f"/v1/organisations/{organisation_id}"
    known = needed(ask_one(get("partners", path))).body
    typed = {name: known[name] or known[f"typed_{name}"] for name in ("siren", "siret")}
    form = OrganisationForm.read(edits=get("partners", path), **typed)
    if form.sent and form.goes(put("partners", path, form.facts())):
        return done(say("The change is kept."), _address(organisation_id))
    return form.page(
        title=say("Change %(name)s", name=known["name"]),
        does=say("Keep"),
        back=_address(organisation_id),
        crumb=known["name"],
        here="organisations.index",
    )


@pages.route("/<uuid:organisation_id>/contacts/new", methods=["GET", "POST"])
def add_contact(organisation_id: UUID) -> Answered | tuple[str, int]:
    """Add a contact."""
    return _contact(organisation_id, ContactForm.read(), None)


@pages.route("/<uuid:organisation_id>/contacts/<uuid:contact_id>", methods=["GET", "POST"])
def change_contact(organisation_id: UUID, contact_id: UUID) -> Answered | tuple[str, int]:
    """Change a contact."""
    signed_in()
    path = f"/v1/organisations/{organisation_id}/contacts"
    items = needed(ask_one(get("partners", path, limit=200))).items
    kept = next((each for each in items if each["id"] == str(contact_id)), None)
    if kept is None:
        abort(404)
    return _contact(organisation_id, ContactForm.read(version=f'"{kept["sequence"]}"', **kept), contact_id)


@pages.post("/<uuid:organisation_id>/contacts/<uuid:contact_id>/removal")
def remove_contact(organisation_id: UUID, contact_id: UUID) -> Answered:
    """Forget a contact."""
    signed_in()
    needed(ask_one(Question("partners", f"/v1/organisations/{organisation_id}/contacts/{contact_id}", method="DELETE")))
    return done(say("The contact is forgotten."), _address(organisation_id))


def _contact(organisation_id: UUID, form: Form, contact_id: UUID | None) -> Answered | tuple[str, int]:
    signed_in()
    path = f"/v1/organisations/{organisation_id}/contacts"
    kept = put("partners", f"{path}/{contact_id}", form.facts()) if contact_id else post("partners", path, form.facts())
    if form.sent and form.goes(kept):
        return done(say("The contact is kept."), _address(organisation_id))
    organisation = known_organisation(str(organisation_id)) or abort(404)
    return form.page(
        title=say("Change the contact") if contact_id else say("Add a contact"),
        does=say("Keep"),
        back=_address(organisation_id),
        crumb=organisation["name"],
        here="organisations.index",
    )


def _wanted() -> dict[str, Any]:
    """Give what the list is narrowed to, as the address says it."""
    ticked = {name: "true" for name in FILTERS if request.args.get(name)}
    epci = request.args.get("epci_siren", "")
    return {"search": request.args.get("search", "").strip()[:200], "epci_siren": epci, **ticked}


def _address(organisation_id: object) -> str:
    return url_for("organisations.show", organisation_id=organisation_id)


def _sees_people(who: Person, organisation_id: UUID) -> bool:
    return who.role != "partner" or who.organisation_id == str(organisation_id)


def _keeps_people(who: Person, organisation_id: UUID) -> bool:
    return who.runs or (who.role == "partner" and who.organisation_id == str(organisation_id))
