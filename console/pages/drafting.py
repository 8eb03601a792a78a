"""Writing a convention: who takes part, what each promises to which action, when it falls due."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, url_for
from werkzeug.wrappers import Response

from console.forms import (
    Choice,
    Day,
    Flag,
    Form,
    Hidden,
    Many,
    Money,
    Number,
    Organisation,
    Promise,
    Prose,
    Row,
    Several,
    Text,
    Whole,
    codes,
    done,
    phrase,
)
from console.forms.promises import remember
from console.language import say
from console.pages.actions_to_choose import actions
from console.pages.programme import chosen_programme
from console.services import get, post, put
from console.sessions import ask_one, needed, signed_in

pages = Blueprint("drafting", __name__, url_prefix="/conventions")

ROLES = codes("project_owner", "funder", "contributor", "beneficiary")
KINDS = codes("cash", "people", "in_kind", "organisational")
NATURES = codes("investment", "operating")
BASES = codes("TTC", "HT")

PLACEHOLDER = re.compile(r"\{(\w+)\}")
FILLS_ITSELF = {"title", "programme", "starts_on", "ends_on", "parties", "cash"}
"""What a clause of the model says of the convention without being told."""


class PartyRow(Row):
    """One that will sign."""

    organisation_id = Organisation(phrase("Organisation"), hint=phrase("Its name or SIREN"))
    role = Choice(phrase("Role"), options=ROLES)
    mandate_number = Text(
        phrase("Its deliberation"), hint=phrase("The number, where it is known already"), optional=True
    )
    mandate_id = Hidden(optional=True)


class TrancheRow(Row):
    """An amount due on a day."""

    amount = Money(phrase("Amount"), hint=phrase("0 for what has no value in money"))
    due_on = Day(phrase("Due on"))
    year = Whole(phrase("Budget year"), hint=phrase("Where it is not that of the day"), optional=True)
    condition = Text(phrase("Condition"), optional=True)

    def process(self, formdata: Any = None, *args: Any, **facts: Any) -> None:
        """Leave the budget year to the day where it says the same."""
        if str(facts.get("year")) == str(facts.get("due_on"))[:4]:
            facts["year"] = None
        super().process(formdata, *args, **facts)


class LineRow(Row):
    """What one party promises to one action; people and proofs are asked for where the kind is theirs."""

    organisation_id = Organisation(phrase("Who contributes"))
    action_id = Choice(phrase("To which action"), options=actions)
    kind = Choice(phrase("Kind"), options=KINDS, default="cash")
    nature = Choice(phrase("Nature"), options=NATURES, default="investment")
    vat_basis = Choice(phrase("VAT basis"), options=BASES, default="TTC")
    description = Text(phrase("What it is"), optional=True)
    fte = Number(
        phrase("Full-time equivalents"),
        hint=phrase("0.5 is somebody at half time; or else days at a rate"),
        optional=True,
        of_kind="people",
    )
    days = Number(phrase("Days"), optional=True, of_kind="people")
    day_rate = Money(
        phrase("Rate of a day"),
        hint=phrase("The amounts below add up to days times rate"),
        optional=True,
        of_kind="people",
    )
    proof = Text(
        phrase("What will show that it was done"),
        hint=phrase("Such as minutes, a letter, a screenshot"),
        optional=True,
        of_kind="organisational",
    )
    passes_on = Promise(
        phrase("Money of another convention"),
        hint=phrase("Its reference, where this line hands on what was promised there: it is counted there, once"),
        optional=True,
    )
    tranches = Several(
        TrancheRow,
        phrase("What falls due when"),
        each=phrase("Tranche"),
        add=phrase("Add a tranche"),
        least=(1, phrase("Say at least once what falls due, and when.")),
    )

    def process(self, formdata: Any = None, *args: Any, **facts: Any) -> None:
        """Keep in words what it passes on."""
        remember(facts)
        super().process(formdata, *args, **facts)


class ValueRow(Row):
    """What stands in the place of a name in a clause of the model."""

    name = Choice(phrase("In the place of"), options=lambda: [(each, each) for each in _asked_for()])
    value = Text(phrase("Stands"))


class ClauseRow(Row):
    """A clause: of the programme's model, or one's own words."""

    code = Choice(
        phrase("From the model"),
        options=lambda: [(each["code"], each["title"]) for each in _templates()],
        optional=True,
    )
    title = Text(phrase("Title"), hint=phrase("Empty: the model’s"), optional=True)
    text = Prose(phrase("Text"), hint=phrase("Empty: the model’s, its names filled in"), optional=True)
    values = Several(ValueRow, phrase("What the model asks for"), each=phrase("Name"), add=phrase("Fill in a name"))

    def process(self, formdata: Any = None, *args: Any, **facts: Any) -> None:
        """A clause whose code is not of the model is one's own; what no model asks for is not asked."""
        if facts.get("code") not in [each["code"] for each in _templates()]:
            facts["code"] = None
        if not _asked_for():
            del self.values
        if not _templates():
            del self.code
        super().process(formdata, *args, **facts)

    def check(self) -> None:
        """A clause without a model has a title and a text of its own."""
        super().check()
        if "code" not in self or not self.code.data:
            for field in (self.title, self.text):
                if not field.data and not field.wrong:
                    field.wrong.append(say("Choose a clause of the model, or write this one’s title and text."))

    def facts(self) -> dict[str, Any]:
        """Name one's own clause by its title; give the values by their names."""
        told = super().facts()
        values = {each["name"]: each["value"] for each in told.get("values", [])}
        return {**told, "code": told.get("code") or _code_of(told["title"] or ""), "values": values}


class ConventionForm(Form):
    """A convention's text."""

    title = Text(phrase("Title"))
    starts_on = Day(phrase("From"))
    ends_on = Day(phrase("To"))
    parties = Several(
        PartyRow,
        phrase("Parties"),
        each=phrase("Party"),
        add=phrase("Add a party"),
        shown=2,
        least=(2, phrase("A convention has two parties at least.")),
    )
    lines = Several(LineRow, phrase("What they promise"), each=phrase("Contribution"), add=phrase("Add a contribution"))
    action_ids = Many(phrase("Other actions that it serves"), options=actions, optional=True)
    clauses = Several(ClauseRow, phrase("Clauses"), each=phrase("Clause"), add=phrase("Add a clause"))
    illustrative = Flag(phrase("An invented example, shown as such"))

    def process(self, formdata: Any = None, *args: Any, **facts: Any) -> None:
        """Of the actions it serves, tick those that no line is for."""
        known = facts.get("data") or {}
        funded = [line["action_id"] for line in known.get("lines", [])]
        served = [each["action_id"] for each in known.get("actions", [])]
        data = {**known, "action_ids": [each for each in served if each not in funded]}
        super().process(formdata, *args, **{**facts, "data": data})


@pages.route("/new", methods=["GET", "POST"])
def draft() -> Response | tuple[str, int]:
    """Write a convention's first text."""
    _office()
    programme = chosen_programme()
    if programme is None:
        abort(404)
    _ask_model(programme.code)
    form = ConventionForm.read(clauses=[{"code": each["code"]} for each in _templates()])
    terms = {**form.facts(), "programme_code": programme.code}
    if form.sent and form.goes(post("partners", "/v1/conventions", terms)):
        return done(say("The draft is kept."), url_for("conventions.show", convention_id=form.answer.body["id"]))
    return form.page(
        "drafting.html",
        templates=_templates(),
        title=say("Draft a convention"),
        lead=say(
            "A draft is seen by nobody outside your office. Proposing it later opens it to the parties’ signatures."
        ),
        does=say("Keep the draft"),
        back=url_for("conventions.index"),
        crumb=say("Conventions"),
        here="conventions.index",
    )


@pages.route("/<uuid:convention_id>/text", methods=["GET", "POST"])
def change(convention_id: UUID) -> Response | tuple[str, int]:
    """Change a draft's text."""
    _office()
    address = url_for("conventions.show", convention_id=convention_id)
    question = get("partners", f"/v1/conventions/{convention_id}")
    _ask_model(needed(ask_one(question)).body["programme_code"])
    form = ConventionForm.read(edits=question)
    terms = {**form.facts(), "programme_code": form.present["programme_code"]}
    drafted = form.present["status"] == "draft"
    if form.sent and form.goes(put("partners", f"/v1/conventions/{convention_id}", terms)):
        return done(say("The draft is kept.") if drafted else say("The text is changed."), address)
    return form.page(
        "drafting.html",
        templates=_templates(),
        title=say("Change the draft") if drafted else say("Change what is proposed"),
        lead=None if drafted else say("What changes in substance voids the signatures given: everybody signs again."),
        does=say("Keep the draft") if drafted else say("Change it"),
        back=address,
        crumb=form.present["title"],
        here="conventions.index",
    )


def _office() -> None:
    """Let the programme office in, and nobody else."""
    if not signed_in().runs:
        abort(403)


def _ask_model(programme_code: str) -> None:
    """Ask for the clauses that the programme's conventions start from; a programme may have none."""
    answer = ask_one(get("partners", f"/v1/convention-models/{programme_code}"))
    g.clause_templates = answer.body["clauses"] if answer.ok else []


def _templates() -> list[dict[str, str]]:
    found: list[dict[str, str]] = g.get("clause_templates", [])
    return found


def _asked_for() -> list[str]:
    """Give the names in the model's clauses that need a value."""
    names = {name for each in _templates() for name in PLACEHOLDER.findall(each["text"])}
    return sorted(names - FILLS_ITSELF)


def _code_of(title: str) -> str:
    """Make the code that names a clause within its convention: letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "clause"
