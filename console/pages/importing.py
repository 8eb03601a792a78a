"""Importing organisations from a file, and the report of what came of it."""

import time
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from console.forms import Flag, Form, Upload, done, phrase
from console.language import say
from console.services import Answer, Question, get, post
from console.sessions import ask, ask_one, needed, signed_in

pages = Blueprint("importing", __name__, url_prefix="/organisations/imports")

PATIENCE, PAUSE = 12, 0.25
"""How often a report looks again while its import runs, before it shows how far it got."""


LINES_SHOWN = 100
"""How many remarks, and how many changed lines, stand on one page of a report."""

SHOWN = 10
"""How many earlier imports stand beside the form."""


class ImportForm(Form):
    """The file, and whether to try it only."""

    file = Upload(phrase("File"), hint=phrase("CSV or spreadsheet, with a line that names the columns; 10 MB at most"))
    dry_run = Flag(phrase("Only say what would happen, change nothing"))
    leave_out = Flag(phrase("Leave out lines that cannot be imported; otherwise they block the whole file"))


@pages.route("/new", methods=["GET", "POST"])
def upload() -> Response | tuple[str, int]:
    """Import a file, or see what importing it would do."""
    signed_in()
    form = ImportForm.read(dry_run=True)
    if form.sent and form.goes(_question(form)):
        address = url_for("importing.show", import_id=form.answer.body["id"])
        return done(say("The file is received."), address)
    return form.page(
        "importing.html",
        title=say("Import organisations"),
        lead=say(
            "Organisations are recognised by their SIREN; what the file does not say stays as it is, and the same file"
            " again changes nothing. Its first line names its columns; only that of the names is needed."
        ),
        beside=(say("See how they are named: the list as a file"), url_for("organisations.export", form="csv")),
        does=say("Send the file"),
        back=url_for("organisations.index"),
        crumb=say("Organisations"),
        here="organisations.index",
        before=ask_one(get("partners", "/v1/organisations/imports", limit=SHOWN)).items,
    )


@pages.get("/<uuid:import_id>")
def show(import_id: UUID) -> str:
    """Show what an import did, or would do, line by line."""
    signed_in()
    path = f"/v1/organisations/imports/{import_id}"
    done_so_far = _patiently(get("partners", path))
    refused, cursor, changes_from = (request.args.get(each) for each in ("refused", "cursor", "changes_from"))
    answers = ask(
        remarks=get(
            "partners", f"{path}/remarks", refused="true" if refused else None, cursor=cursor, limit=LINES_SHOWN
        ),
        changes=get("partners", f"{path}/changes", cursor=changes_from, limit=LINES_SHOWN),
    )
    remarks, changes = (needed(answers[each]) for each in ("remarks", "changes"))
    return render_template(
        "import.html",
        report=done_so_far.body,
        remarks=remarks.items,
        following=remarks.body["next"],
        refused=refused,
        changes=changes.items,
        following_changes=changes.body["next"],
    )


@pages.post("/<uuid:import_id>/confirmation")
def confirm(import_id: UUID) -> Response:
    """Import for good what was tried or blocked, left-out lines included where one says so."""
    signed_in()
    facts = {"leave_out": bool(request.form.get("leave_out"))}
    needed(ask_one(post("partners", f"/v1/organisations/imports/{import_id}/confirmation", facts)))
    return done(say("The import is confirmed."), url_for("importing.show", import_id=import_id))


def _question(form: Form) -> Question:
    upload = form["file"]
    content = upload.content()
    flags = {name: "true" if form[name].data else "false" for name in ("dry_run", "leave_out")}
    told = {**flags, "name": getattr(upload.data, "filename", "")[:200]}
    kind = "text/csv" if str(told["name"]).lower().endswith((".csv", ".txt")) else "application/octet-stream"
    question = Question("partners", "/v1/organisations/imports", "POST", query=told, content=content)
    return replace(question, headers={"Content-Type": kind})


def _patiently(question: Question) -> Answer:
    answer = needed(ask_one(question))
    for _ in range(PATIENCE):
        if answer.body["status"] not in ("waiting", "running"):
            break
        time.sleep(PAUSE)
        answer = needed(ask_one(question))
    return answer
