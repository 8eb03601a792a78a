"""The charter: its versions, who adheres with what evidence, how one adheres and leaves."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from chassis.clock import today
from console.forms import Choice, Day, Form, Organisation, Prose, Text, done, phrase
from console.forms.signing import ask_signature
from console.language import say
from console.pages.programme import chosen_programme
from console.services import get, post, put
from console.sessions import Person, ask, ask_one, needed, signed_in

pages = Blueprint("charters", __name__, url_prefix="/charters")


def _judgements() -> list[tuple[str, str]]:
    return [
        ("yes", say("Material: it changes what a signatory commits to or may do")),
        ("no", say("Not material: wording, spelling, names, addresses")),
    ]


class FirstForm(Form):
    """A programme's first charter."""

    title = Text(phrase("Title"))
    text = Prose(phrase("Text"))


class VersionForm(FirstForm):
    """A later version, with the judgement on it."""

    material = Choice(phrase("What kind of change it is"), options=_judgements)
    judgement = Text(phrase("Why"), hint=phrase("Kept with the version, and read by every signatory"))
    adhere_by = Day(
        phrase("To be adhered to until"),
        hint=phrase("For a material change: the last day on which an earlier adherence counts"),
        optional=True,
    )

    def facts(self) -> dict[str, Any]:
        """Give what was said; material is yes or no."""
        told = super().facts()
        return {**told, "material": {"yes": True, "no": False}.get(str(told["material"]))}


class WhoForm(Form):
    """Whose adherence is recorded."""

    organisation_id = Organisation(phrase("Who adheres"), hint=phrase("Its name or SIREN"))


class LeavingForm(Form):
    """When and why an organisation leaves."""

    withdrawn_on = Day(phrase("Leaves on"))
    reason = Text(phrase("Why"), hint=phrase("Everybody concerned reads it"))


@pages.get("")
def index() -> str:
    """List the charter's versions, the latest first."""
    versions = _versions()
    return render_template("charters.html", versions=versions, asks_since=_asks_since(versions))


@pages.get("/<uuid:charter_id>")
def show(charter_id: UUID) -> str:
    """Show a version: its text, its judgement, who adheres and with what evidence."""
    answers = ask(
        charter=get("partners", f"/v1/charters/{charter_id}"),
        signatures=get(
            "partners", f"/v1/charters/{charter_id}/signatures", limit=200, cursor=request.args.get("cursor")
        ),
    )
    charter = needed(answers["charter"]).body
    versions = _versions(charter["programme_code"])
    own = signed_in().organisation_id
    signatures = answers["signatures"].items
    return render_template(
        "charter.html",
        charter=charter,
        signatures=signatures,
        signatures_answer=answers["signatures"],
        following=answers["signatures"].body.get("next"),
        asks_since=_asks_since(versions),
        latest=versions[0]["version"],
        adheres=any(_in_force(each) and each["organisation_id"] == own for each in signatures),
        in_force=_in_force,
        **_asked_again(charter, versions),
    )


@pages.route("/new", methods=["GET", "POST"])
def publish() -> Response | tuple[str, int]:
    """Publish the next version."""
    _office()
    programme = chosen_programme()
    if programme is None:
        abort(404)
    versions = _versions(programme.code)
    before = {name: versions[0][name] for name in ("title", "text")} if versions else {}
    form = (VersionForm if versions else FirstForm).read(**before)
    said = {**form.facts(), "programme_code": programme.code}
    if form.sent and form.goes(post("partners", "/v1/charters", said)):
        return done(say("The charter is published."), url_for("charters.show", charter_id=form.answer.body["id"]))
    return form.page(
        title=say("Publish a version of the charter"),
        lead=say(
            "Only a material change asks signatories to adhere again: who sits and how votes count, duties, money, "
            "duration, how one leaves. Your judgement stays with the version."
        )
        if versions
        else say("Whoever signs it gets a seat in the consultation body."),
        does=say("Publish"),
        back=url_for("charters.index"),
        crumb=say("Charter"),
        here="charters.index",
    )


@pages.route("/<uuid:charter_id>/signatories/new", methods=["GET", "POST"])
def choose(charter_id: UUID) -> Response | tuple[str, int]:
    """Say whose adherence is to be recorded."""
    _office()
    form = WhoForm.read()
    form.check() if form.sent else None
    if form.sent and not form.wrong:
        chosen = form.facts()["organisation_id"]
        return _see(url_for("charters.sign", charter_id=charter_id, organisation_id=chosen))
    return form.page(
        title=say("Record an adherence"),
        does=say("Go on"),
        back=url_for("charters.show", charter_id=charter_id),
        crumb=say("Charter"),
        here="charters.index",
    )


@pages.route("/<uuid:charter_id>/signatories/<uuid:organisation_id>", methods=["GET", "POST"])
def sign(charter_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Adhere for one's own organisation, or record how another one did."""
    _speaks_for(signed_in(), organisation_id)
    answers = ask(
        charter=get("partners", f"/v1/charters/{charter_id}"),
        organisation=get("partners", f"/v1/organisations/{organisation_id}"),
    )
    charter, organisation = needed(answers["charter"]).body, needed(answers["organisation"]).body
    form, own, _ = ask_signature(organisation_id, "sign_charter")
    address = url_for("charters.show", charter_id=charter_id)
    said = {**form.facts(), "fingerprint": charter["fingerprint"]}
    if form.sent and form.goes(put("partners", f"/v1/charters/{charter_id}/signatures/{organisation_id}", said)):
        return done(say("%(name)s adheres to the charter.", name=organisation["name"]), address)
    return form.page(
        "adhesion.html",
        title=say("Adhere for %(name)s", name=organisation["name"])
        if own
        else say("Record the adherence of %(name)s", name=organisation["name"]),
        lead=say("Version %(version)s, “%(title)s”", version=str(charter["version"]), title=charter["title"]),
        does=say("Sign") if own else say("Record the signature"),
        back=address,
        crumb=say("Charter"),
        here="charters.index",
    )


@pages.route("/<uuid:charter_id>/signatories/<uuid:organisation_id>/withdrawal", methods=["GET", "POST"])
def leave(charter_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Leave the charter; what leaving altogether would touch stands on the page of departures."""
    _speaks_for(signed_in(), organisation_id)
    organisation = needed(ask_one(get("partners", f"/v1/organisations/{organisation_id}"))).body
    form = LeavingForm.read(withdrawn_on=str(today()))
    address = url_for("charters.show", charter_id=charter_id)
    path = f"/v1/charters/{charter_id}/signatures/{organisation_id}/withdrawal"
    if form.sent and form.goes(post("partners", path, form.facts())):
        return done(say("%(name)s has left the charter.", name=organisation["name"]), address)
    return form.page(
        title=say("%(name)s leaves the charter", name=organisation["name"]),
        lead=say(
            "Its seat in the consultation body closes, its history stays. Its conventions go on: they are promises of "
            "their own."
        ),
        beside=(
            say("What its whole departure would touch and cost"),
            url_for("departures.index", organisation=organisation_id),
        ),
        does=say("Leave the charter"),
        back=address,
        crumb=say("Charter"),
        here="charters.index",
    )


def _versions(programme_code: str | None = None) -> list[dict[str, Any]]:
    """Give the versions of the programme's charter, the latest first."""
    if programme_code is None:
        programme = chosen_programme()
        if programme is None:
            return []
        programme_code = programme.code
    found = needed(ask_one(get("partners", "/v1/charters", programme_code=programme_code, limit=200))).items
    return sorted(found, key=lambda each: -each["version"])


def _asks_since(versions: list[dict[str, Any]]) -> int:
    """Give the latest material version: an adherence to it or to a later one counts."""
    return max((each["version"] for each in versions if each["material"]), default=1)


def _asked_again(charter: dict[str, Any], versions: list[dict[str, Any]]) -> dict[str, Any]:
    """Give whose adherence counts by an earlier version alone, until when, where this version may be adhered to."""
    since = _asks_since(versions)
    earlier = [each for each in versions if each["version"] < since] if charter["version"] >= since else []
    questions = {each["id"]: get("partners", f"/v1/charters/{each['id']}/signatures", limit=200) for each in earlier}
    answers = ask(**questions) if questions else {}
    found = [each for answer in answers.values() for each in answer.items if _in_force(each)]
    until = next((each["adhere_by"] for each in versions if each["version"] == since), None)
    return {"asked_again": sorted(found, key=lambda each: str(each["organisation_name"])), "asked_until": until}


def _in_force(signature: dict[str, Any]) -> bool:
    return signature["withdrawn_on"] is None and signature["lapsed_on"] is None


def _speaks_for(who: Person, organisation_id: UUID) -> None:
    """Let through who speaks for the organisation: its own people, and the programme office; nobody else does."""
    if who.organisation_id != str(organisation_id) and who.role != "programme_office":
        abort(403)


def _see(address: str) -> Response:
    return Response(status=303, headers={"Location": address})


def _office() -> None:
    if signed_in().role != "programme_office":
        abort(403)
