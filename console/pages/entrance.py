"""In and out: a one-time link opens a session. Looking at the link changes nothing, since mail scanners look too."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from console import sessions
from console.language import say

pages = Blueprint("entrance", __name__)


@pages.get("/sign-in/<token>")
def door(token: str) -> str:
    """Show the one button that uses the link."""
    return render_template("sign_in.html", token=token, refusal=None)


@pages.post("/sign-in/<token>")
def enter(token: str) -> Response | tuple[str, int]:
    """Use the link: a session begins, or the page says why not."""
    answer = sessions.sign_in(token)
    if answer.ok:
        return redirect(url_for("today.index" if sessions.signed_in().acts else "programme.overview"), 303)
    if answer.silent:
        raise sessions.ServiceSilent("partners")
    return render_template("sign_in.html", token=token, refusal=answer.detail), 409


@pages.post("/sign-out")
def leave() -> Response:
    """End the session."""
    sessions.sign_out()
    flash(say("You are signed out."), "sage")
    return redirect(url_for("programme.overview"), 303)
