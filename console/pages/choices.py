"""What a form offers while one types."""

from flask import Blueprint, Response, jsonify, request

from console.forms.organisations import look_up, written
from console.forms.promises import promises as promised
from console.sessions import signed_in

pages = Blueprint("choices", __name__, url_prefix="/choices")


@pages.get("/organisations")
def organisations() -> Response:
    """Give the organisations that what was typed may mean."""
    signed_in()
    search = request.args.get("search", "").strip()
    return jsonify([written(each) for each in look_up(search).items] if search else [])


@pages.get("/promises")
def promises() -> Response:
    """Give the contribution lines that what was typed may mean; none while partners does not answer."""
    signed_in()
    search = request.args.get("search", "").partition(" · ")[0].strip()
    try:
        return jsonify([each["written"] for each in promised(search)] if search else [])
    except ValueError:
        return jsonify([])
