"""Merging a duplicate: one says which, reads what would come of it, and confirms."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from console.forms import Form, Hidden, Organisation, done, phrase
from console.language import say
from console.mergers import Moved, facts_in_words
from console.pages.organisations import OrganisationForm
from console.services import get, post
from console.sessions import ask, ask_one, needed, signed_in

pages = Blueprint("merging", __name__, url_prefix="/organisations/<uuid:organisation_id>/merge")


class Other(Organisation):
    """Any organisation but the one of this page, which is not its own duplicate."""

    def find(self, text: str) -> list[dict[str, Any]]:
        """Find the others."""
        own = str((request.view_args or {}).get("organisation_id"))
        return [each for each in super().find(text) if each["id"] != own]


class DuplicateForm(Form):
    """Which organisation is the duplicate."""

    duplicate_id = Other(phrase("The duplicate"), hint=phrase("Its name or SIREN"))


class MergerForm(Form):
    """Nothing more is asked: one confirms what one has read."""

    duplicate_id = Hidden()


@pages.route("", methods=["GET", "POST"])
def choose(organisation_id: UUID) -> Response | tuple[str, int]:
    """Say which organisation is the duplicate of this one."""
    _office()
    known = needed(ask_one(get("partners", f"/v1/organisations/{organisation_id}"))).body
    form = DuplicateForm.read()
    form.check() if form.sent else None
    if form.sent and not form.wrong:
        chosen = form.facts()["duplicate_id"]
        return redirect(url_for("merging.confirm", organisation_id=organisation_id, duplicate_id=chosen), 303)
    return form.page(
        title=say("Merge a duplicate into %(name)s", name=known["name"]),
        lead=say("Say which organisation is %(name)s once more: you then see what merging them would do.", **known),
        does=say("See what it would do"),
        back=url_for("organisations.show", organisation_id=organisation_id),
        crumb=known["name"],
        here="organisations.index",
    )


@pages.route("/<uuid:duplicate_id>", methods=["GET", "POST"])
def confirm(organisation_id: UUID, duplicate_id: UUID) -> Response | tuple[str, int]:
    """Show what merging would move, end and set aside; then merge."""
    _office()
    path = f"/v1/organisations/{organisation_id}"
    form = MergerForm.read(duplicate_id=str(duplicate_id))
    if form.sent and form.goes(post("partners", f"{path}/mergers", {"duplicate_id": str(duplicate_id)})):
        said = say("The duplicate is merged.")
        return done(said, url_for("organisations.show", organisation_id=organisation_id))
    answers = ask(
        foreseen=get("partners", f"{path}/mergers/preview", duplicate_id=str(duplicate_id)),
        survivor=get("partners", path),
        duplicate=get("partners", f"/v1/organisations/{duplicate_id}"),
    )
    foreseen, survivor, duplicate = (needed(answers[name]).body for name in ("foreseen", "survivor", "duplicate"))
    return form.page(
        "merger.html",
        foreseen=foreseen,
        survivor=survivor,
        duplicate=duplicate,
        moves=[Moved.read(each) for each in foreseen["moves"] if each["count"]],
        facts=facts_in_words(foreseen["facts"], survivor, duplicate, labels=_labels()),
    )


def _labels() -> dict[str, str]:
    """Give what an organisation's form asks for, as it asks."""
    return {field.short_name: say(field.label.text) for field in OrganisationForm()}


def _office() -> None:
    if not signed_in().runs:
        abort(403)
