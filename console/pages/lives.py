"""What the programme office does with a convention: it proposes, withdraws or ends it."""

from uuid import UUID

from flask import Blueprint, abort, g
from werkzeug.wrappers import Response

from chassis.clock import today
from console.conventions import Convention, ends_early
from console.forms import Choice, Day, Form, Text, done, phrase
from console.forms.fields import Options
from console.language import day, listed, say
from console.services import get, post
from console.sessions import ask_one, needed, signed_in
from console.sums import by_basis

pages = Blueprint("lives", __name__, url_prefix="/conventions/<uuid:convention_id>")


class ProposalForm(Form):
    """Nothing is asked: one confirms."""


class DraftWithdrawalForm(Form):
    """Why a draft is taken back."""

    reason = Text(phrase("Why"))


class WithdrawalForm(Form):
    """Why a proposal is taken back."""

    reason = Text(phrase("Why"), hint=phrase("Everybody concerned reads it"))


def _parties() -> Options:
    return [(each["organisation_id"], each["name"]) for each in g.get("parties", [])]


class TerminationForm(Form):
    """When and why a convention ends before its time."""

    terminated_on = Day(phrase("Ends on"), hint=phrase("What falls due from that day on is no longer owed"))
    organisation_id = Choice(phrase("Whose decision it is"), options=_parties, optional=True)
    reason = Text(phrase("Why"), hint=phrase("Everybody concerned reads it"))


@pages.route("/proposal", methods=["GET", "POST"])
def propose(convention_id: UUID) -> Response | tuple[str, int]:
    """Open a draft to its parties' signatures."""
    convention = _convention(convention_id)
    form = ProposalForm.read()
    if form.sent and form.goes(post("partners", f"/v1/conventions/{convention_id}/proposal", None)):
        reference = form.answer.body["reference"]
        return done(say("%(reference)s is proposed: its parties may sign.", reference=reference), convention.address)
    return form.page(
        title=say("Propose “%(title)s” for signature", title=convention.title),
        lead=say(
            "%(names)s will be told and may sign from then on; %(amount)s count as sought. "
            "Changed in substance afterwards, it asks everybody to sign again.",
            names=listed([each["name"] for each in convention.body["parties"]]),
            amount=by_basis(convention.counted),
        ),
        does=say("Propose it"),
        **_around(convention),
    )


@pages.route("/withdrawal", methods=["GET", "POST"])
def withdraw(convention_id: UUID) -> Response | tuple[str, int]:
    """Take a draft or a proposal back."""
    convention = _convention(convention_id)
    proposed = convention.body["proposed_on"] is not None
    form = (WithdrawalForm if proposed else DraftWithdrawalForm).read()
    if form.sent and form.goes(post("partners", f"/v1/conventions/{convention_id}/withdrawal", form.facts())):
        told = say("The proposal is withdrawn.") if proposed else say("The draft is withdrawn.")
        return done(told, convention.address)
    words = _of_a_proposal(convention) if proposed else _of_a_draft(convention)
    return form.page(**words, **_around(convention))


@pages.route("/termination", methods=["GET", "POST"])
def terminate(convention_id: UUID) -> Response | tuple[str, int]:
    """End a convention in force before its time."""
    convention = _convention(convention_id)
    g.parties = [each for each in convention.body["parties"] if not each["left_on"]]
    form = TerminationForm.read(terminated_on=str(today()))
    if form.sent and form.goes(post("partners", f"/v1/conventions/{convention_id}/termination", form.facts())):
        ended = form.answer.body
        ahead = say("The convention ends on %(day)s.", day=day(ended["ended_on"]))
        return done(ahead if ends_early(ended) else say("The convention is terminated."), convention.address)
    return form.page(
        title=say("Terminate %(reference)s", reference=convention.reference),
        lead=say(
            "Of the %(amount)s promised, what falls due on that day or later and was not received "
            "is no longer secured.",
            amount=by_basis(convention.counted),
        ),
        does=say("Terminate it"),
        **_around(convention),
    )


def _convention(convention_id: UUID) -> Convention:
    """Give the convention, to the programme office alone."""
    if not signed_in().runs:
        abort(403)
    return Convention.read(needed(ask_one(get("partners", f"/v1/conventions/{convention_id}"))).body)


def _of_a_proposal(convention: Convention) -> dict[str, str]:
    return {
        "title": say("Withdraw the proposal %(reference)s", reference=convention.reference),
        "lead": say(
            "Nobody can sign it any more, and what it promised is no longer sought. Its reference stays taken."
        ),
        "does": say("Withdraw it"),
    }


def _of_a_draft(convention: Convention) -> dict[str, str]:
    return {
        "title": say("Withdraw the draft “%(title)s”", title=convention.title),
        "lead": say("It is not proposed any more, and its parties never hear of it. It stays here to be read."),
        "does": say("Withdraw the draft"),
    }


def _around(convention: Convention) -> dict[str, str]:
    return {"back": convention.address, "crumb": convention.called, "here": "conventions.index"}
