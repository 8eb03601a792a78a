"""What waits for somebody today: signatures, drafts, credit and mandates; the page that one signs in to."""

from flask import Blueprint, current_app, render_template

from console import waiting
from console.pages.programme import chosen_programme
from console.services import get
from console.sessions import ask, signed_in

pages = Blueprint("today", __name__)


@pages.get("/today")
def index() -> str:
    """Say what waits, in a sentence and row by row."""
    who = signed_in()
    programme = chosen_programme()
    if programme is None:
        return render_template("no_programme.html")
    questions = {
        "proposed": get("partners", "/v1/conventions", status="proposed", limit=200),
        "partly_signed": get("partners", "/v1/conventions", status="partially_signed", limit=200),
        "amending": get("partners", "/v1/amendments", status="proposed", limit=200),
        "partly_amending": get("partners", "/v1/amendments", status="partially_signed", limit=200),
    }
    if who.runs:
        questions |= {
            "drafts": get("partners", "/v1/conventions", status="draft", limit=200),
            "credits": get("budget", "/v1/credits", programme=programme.code),
            "mandates": get("partners", "/v1/mandates", limit=200),
        }
    answers = ask(**questions)
    mandates = who.runs and "mandates.show" in current_app.view_functions
    return render_template(
        "today.html",
        signatures=waiting.signatures(
            [answers["proposed"], answers["partly_signed"]], [answers["amending"], answers["partly_amending"]], who
        ),
        drafts=waiting.drafts(answers["drafts"]) if who.runs else [],
        credit=waiting.credit(answers["credits"]) if who.runs else [],
        mandates=waiting.not_enforceable(answers["mandates"]) if mandates else [],
        silent=[answer for answer in answers.values() if answer.silent][:1],
    )
