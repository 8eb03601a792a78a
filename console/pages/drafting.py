"""Writing a convention: who takes part, what each promises to which action, when it falls due."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, url_for
from werkzeug.wrappers import Response

from console.forms import Choice, Day, Flag, Form, Money, Organisation, Row, Several, Text, Whole, codes, done, phrase
from console.language import say
from console.pages.actions_to_choose import actions
from console.pages.programme import chosen_programme
from console.services import get, post, put
from console.sessions import signed_in

pages = Blueprint("drafting", __name__, url_prefix="/conventions")

ROLES = codes("project_owner", "funder", "contributor", "beneficiary")
KINDS = codes("cash", "people", "in_kind", "organisational")
NATURES = codes("investment", "operating")
BASES = codes("TTC", "HT")


class PartyRow(Row):
    """One that will sign."""

    organisation_id = Organisation(phrase("Organisation"), hint=phrase("Its name or SIREN"))
    role = Choice(phrase("Role"), options=ROLES)
    mandate_number = Text(
        phrase("Its deliberation"), hint=phrase("The number, where it is known already"), optional=True
    )


class TrancheRow(Row):
    """An amount due on a day."""

    amount = Money(phrase("Amount"))
    due_on = Day(phrase("Due on"))
    year = Whole(phrase("Budget year"), hint=phrase("Where it is not that of the day"), optional=True)
    condition = Text(phrase("Condition"), optional=True)

    def process(self, formdata: Any = None, *args: Any, **facts: Any) -> None:
        """Leave the budget year to the day where it says the same."""
        if str(facts.get("year")) == str(facts.get("due_on"))[:4]:
            facts["year"] = None
        super().process(formdata, *args, **facts)


class LineRow(Row):
    """What one party promises to one action."""

    organisation_id = Organisation(phrase("Who contributes"))
    action_id = Choice(phrase("To which action"), options=actions)
    kind = Choice(phrase("Kind"), options=KINDS, default="cash")
    nature = Choice(phrase("Nature"), options=NATURES, default="investment")
    vat_basis = Choice(phrase("VAT basis"), options=BASES, default="TTC")
    description = Text(phrase("What it is"), optional=True)
    tranches = Several(TrancheRow, phrase("What falls due when"), each=phrase("Tranche"), add=phrase("Add a tranche"))


class ConventionForm(Form):
    """A convention's text."""

    title = Text(phrase("Title"))
    starts_on = Day(phrase("From"))
    ends_on = Day(phrase("To"))
    parties = Several(PartyRow, phrase("Parties"), each=phrase("Party"), add=phrase("Add a party"), shown=2)
    lines = Several(LineRow, phrase("What they promise"), each=phrase("Contribution"), add=phrase("Add a contribution"))
    illustrative = Flag(phrase("An invented example, shown as such"))


@pages.route("/new", methods=["GET", "POST"])
def draft() -> Response | tuple[str, int]:
    """Write a convention's first text."""
    _office()
    programme = chosen_programme()
    if programme is None:
        abort(404)
    form = ConventionForm.read()
    terms = {**form.facts(), "programme_code": programme.code}
    if form.sent and form.goes(post("partners", "/v1/conventions", terms)):
        return done(say("The draft is kept."), url_for("conventions.show", convention_id=form.answer.body["id"]))
    return form.page(
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
    form = ConventionForm.read(edits=get("partners", f"/v1/conventions/{convention_id}"))
    terms = {**form.facts(), "programme_code": form.present["programme_code"]}
    if form.sent and form.goes(put("partners", f"/v1/conventions/{convention_id}", terms)):
        return done(say("The draft is kept."), address)
    return form.page(
        title=say("Change the draft"),
        does=say("Keep the draft"),
        back=address,
        crumb=form.present["title"],
        here="conventions.index",
    )


def _office() -> None:
    """Let the programme office in, and nobody else."""
    if not signed_in().runs:
        abort(403)
