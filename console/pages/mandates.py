"""Mandates: on what authority one acts, what remains of it, and what drew on it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from console.forms import (
    Choice,
    Day,
    Flag,
    Form,
    Many,
    Money,
    Organisation,
    Row,
    Several,
    Text,
    Whole,
    codes,
    done,
    phrase,
)
from console.forms.organisations import known_organisation
from console.language import say
from console.mandates import ACTS, act_in_words
from console.services import get, post, put
from console.sessions import ask, ask_one, needed, signed_in

pages = Blueprint("mandates", __name__, url_prefix="/mandates")


def _acts() -> list[tuple[str, str]]:
    return [(act, act_in_words(act)) for act in ACTS]


class Hands(Text):
    """Capacities in which one may sign, with semicolons between."""

    def process_data(self, value: list[str] | None) -> None:
        """Take the list that a service gave."""
        self.data = list(value or [])

    def read(self, text: str) -> list[str]:
        """Give each capacity."""
        return [each.strip() for each in text.split(";") if each.strip()]

    def written(self) -> str:
        """Write them in one line."""
        return "; ".join(self.data)

    def fact(self) -> list[str]:
        """Give them as JSON."""
        return list(self.data or [])


class CounterpartyRow(Row):
    """One with whom one may sign."""

    organisation_id = Organisation(phrase("Organisation"), hint=phrase("Its name or SIREN"))


class AuthorisationRow(Row):
    """One thing that the deliberation authorises."""

    label = Text(phrase("In its own words"), optional=True)
    acts = Many(phrase("What one may do"), options=_acts)
    ceiling = Money(phrase("Up to"), hint=phrase("No amount: without a ceiling"), optional=True)
    vat_basis = Choice(
        phrase("VAT basis"),
        options=codes("TTC", "HT"),
        default="TTC",
        hint=phrase("Of the ceiling and of what draws on it"),
    )
    starts_on = Day(phrase("From"), optional=True)
    ends_on = Day(phrase("To"), optional=True)
    signatories = Hands(
        phrase("Who signs"), hint=phrase("Capacities, a semicolon between two; none: it does not say"), optional=True
    )
    counterparties = Several(
        CounterpartyRow,
        phrase("With whom"),
        each=phrase("Counterparty"),
        add=phrase("Name a counterparty"),
        hint=phrase("Nobody named: with anybody"),
        shown=0,
    )

    def process(self, formdata: Any = None, *args: Any, **facts: Any) -> None:
        """Take the counterparties, which a service gives by their ids alone."""
        if isinstance(known := facts.get("data"), dict) and "counterparties" in known:
            ids = [{"organisation_id": each} for each in known["counterparties"]]
            facts["data"] = {**known, "counterparties": ids}
        elif "counterparties" in facts:
            facts["counterparties"] = [{"organisation_id": each} for each in facts["counterparties"]]
        super().process(formdata, *args, **facts)

    def facts(self) -> dict[str, Any]:
        """Give what was said; counterparties by their ids."""
        told = super().facts()
        return {**told, "counterparties": [each["organisation_id"] for each in told["counterparties"]]}


WHOSE = Organisation(phrase("Whose deliberation"), hint=phrase("Its name or SIREN"))
"""Asked first: fields stand in the order in which they were made."""


class DeliberationForm(Form):
    """A deliberation."""

    number = Text(phrase("Number"))
    title = Text(phrase("Title"))
    body = Text(phrase("Assembly"), hint=phrase("Such as: departmental council, standing commission"))
    adopted_on = Day(phrase("Adopted on"))
    commission = Text(phrase("Commission heard"), optional=True)
    commission_opinion = Choice(
        phrase("Its opinion"), options=codes("favourable", "unfavourable", "reserved"), optional=True
    )
    unanimous = Flag(phrase("Voted unanimously"))
    votes_for = Whole(phrase("Votes for"), optional=True)
    votes_against = Whole(phrase("Votes against"), optional=True)
    abstentions = Whole(phrase("Abstentions"), optional=True)
    transmitted_on = Day(
        phrase("Transmitted on"), hint=phrase("To the State’s representative, where the law asks for it"), optional=True
    )
    published_on = Day(phrase("Published on"), optional=True)
    enforceable_since = Day(
        phrase("Enforceable since"),
        hint=phrase("Published and, where the law asks, transmitted: CGCT, L3131-1"),
        optional=True,
    )
    authorisations = Several(
        AuthorisationRow,
        phrase("What it authorises"),
        each=phrase("Authorisation"),
        add=phrase("Add an authorisation"),
        hint=phrase("Credit and signatures each have an authorisation of their own"),
    )


class RecordForm(DeliberationForm):
    """A deliberation, and whose it is."""

    organisation_id = WHOSE


class DelegationForm(Form):
    """Who may sign in the executive's place."""

    name = Text(phrase("Who may sign"))
    capacity = Text(phrase("In what capacity"))
    document = Text(phrase("By which document"), hint=phrase("Such as: order no. 2017-42 of 10 July 2017"))
    starts_on = Day(phrase("From"))
    ends_on = Day(phrase("To"), optional=True)


class EndForm(Form):
    """Until when somebody may sign."""

    ends_on = Day(phrase("Last day"))


@pages.get("")
def index() -> str:
    """List the mandates that this person may see, or those of one organisation, with what remains of them."""
    whose = request.args.get("organisation", type=UUID)
    cursor = request.args.get("cursor")
    answer = needed(ask_one(get("partners", "/v1/mandates", organisation_id=whose, limit=50, cursor=cursor)))
    return render_template(
        "mandates.html",
        mandates=answer.items,
        following=answer.body["next"],
        organisation=known_organisation(str(whose)) if whose else None,
    )


@pages.get("/<uuid:mandate_id>")
def show(mandate_id: UUID) -> str:
    """Show what a deliberation authorises, what remains, and what drew on it."""
    answers = ask(
        mandate=get("partners", f"/v1/mandates/{mandate_id}"),
        draws=get("partners", f"/v1/mandates/{mandate_id}/draws", limit=200),
    )
    mandate = needed(answers["mandate"]).body
    named = {party for each in mandate["authorisations"] for party in each["counterparties"]}
    parties = ask(**{party: get("partners", f"/v1/organisations/{party}") for party in sorted(named)}) if named else {}
    return render_template(
        "mandate.html",
        mandate=mandate,
        draws=answers["draws"].items,
        named=lambda ids: [parties[each].body.get("name", each) for each in ids],
    )


@pages.route("/new", methods=["GET", "POST"])
def record() -> Response | tuple[str, int]:
    """Record a deliberation; `corrects` names one whose text it corrects."""
    _office()
    corrects = request.args.get("corrects", type=UUID)
    before = needed(ask_one(get("partners", f"/v1/mandates/{corrects}"))).body if corrects else {}
    form = RecordForm.read(
        **{"organisation_id": request.args.get("organisation"), **before, **({"number": ""} if before else {})}
    )
    said = {**form.facts(), "corrects": str(corrects) if corrects else None}
    if form.sent and form.goes(post("partners", "/v1/mandates", said)):
        return done(say("The deliberation is recorded."), url_for("mandates.show", mandate_id=form.answer.body["id"]))
    return form.page(
        title=say("Correct mandate %(number)s by a new record", number=before["number"])
        if before
        else say("Record a deliberation"),
        lead=say(
            "Whatever was signed stays under the first record; what is signed from now on rests on this one, which has"
            " a number of its own."
        )
        if before
        else say("A signature of an organisation that needs a mandate rests on it, as soon as it is enforceable."),
        does=say("Record it"),
        back=url_for("mandates.show", mandate_id=corrects) if corrects else url_for("mandates.index"),
        crumb=before["number"] if before else say("Mandates"),
        here="mandates.index",
    )


@pages.route("/<uuid:mandate_id>/text", methods=["GET", "POST"])
def change(mandate_id: UUID) -> Response | tuple[str, int]:
    """Correct a mandate, or fill in what was open."""
    _office()
    address = url_for("mandates.show", mandate_id=mandate_id)
    form = DeliberationForm.read(edits=get("partners", f"/v1/mandates/{mandate_id}"))
    if form.sent and form.goes(put("partners", f"/v1/mandates/{mandate_id}", form.facts())):
        return done(say("The deliberation is kept."), address)
    return form.page(
        title=say("Complete mandate %(number)s", number=form.present["number"]),
        lead=say("Something rests on it: what it says stays, what was still open may be filled in.")
        if form.present["fixed"]
        else say("Nothing rests on it yet: its text may still be corrected."),
        does=say("Keep it"),
        back=address,
        crumb=form.present["number"],
        here="mandates.index",
    )


@pages.route("/<uuid:mandate_id>/delegations/new", methods=["GET", "POST"])
def delegate(mandate_id: UUID) -> Response | tuple[str, int]:
    """Let somebody sign in the executive's place."""
    _office()
    mandate, address = _mandate(mandate_id), url_for("mandates.show", mandate_id=mandate_id)
    form = DelegationForm.read()
    if form.sent and form.goes(post("partners", f"/v1/mandates/{mandate_id}/delegations", form.facts())):
        return done(say("The delegation is recorded."), address)
    return form.page(
        title=say("Delegate signature under %(number)s", number=mandate["number"]),
        lead=say("A delegation is by name: whoever it names may sign until its last day."),
        does=say("Record it"),
        back=address,
        crumb=mandate["number"],
        here="mandates.index",
    )


@pages.route("/<uuid:mandate_id>/delegations/<uuid:delegation_id>/end", methods=["GET", "POST"])
def end_delegation(mandate_id: UUID, delegation_id: UUID) -> Response | tuple[str, int]:
    """End a delegation."""
    _office()
    mandate, address = _mandate(mandate_id), url_for("mandates.show", mandate_id=mandate_id)
    delegation = next((each for each in mandate["delegations"] if each["id"] == str(delegation_id)), None)
    if delegation is None:
        abort(404)
    form = EndForm.read()
    path = f"/v1/mandates/{mandate_id}/delegations/{delegation_id}/end"
    if form.sent and form.goes(post("partners", path, form.facts())):
        return done(say("The delegation ends."), address)
    return form.page(
        title=say("End the delegation of %(name)s", name=delegation["name"]),
        lead=say("What was signed under it stays signed."),
        does=say("End it"),
        back=address,
        crumb=mandate["number"],
        here="mandates.index",
    )


def _mandate(mandate_id: UUID) -> dict[str, Any]:
    return dict(needed(ask_one(get("partners", f"/v1/mandates/{mandate_id}"))).body)


def _office() -> None:
    if signed_in().role != "programme_office":
        abort(403)
