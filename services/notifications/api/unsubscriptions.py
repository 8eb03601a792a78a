"""The link at the end of every e-mail: a page with one button, and the one click of mail programs (RFC 8058)."""

from flask import Response

from chassis.database import transaction
from chassis.http import Blueprint
from services.notifications.channels.page import unsubscribe_page
from services.notifications.use_cases import recipients

unsubscriptions = Blueprint(
    "unsubscriptions", __name__, url_prefix="/v1/unsubscriptions", description="Links to receive no more e-mails"
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


@unsubscriptions.route("/<token>")
@unsubscriptions.response(200, content_type="text/html")
def show_unsubscription(token: str) -> Response:
    """Show the button; looking changes nothing, since mail filters follow links."""
    with transaction() as session:
        person = recipients.person_of_link(session, token)
        done = person is None or not person.active
        return _page(unsubscribe_page(person.language if person else None, done=done))


@unsubscriptions.route("/<token>", methods=["POST"])
@unsubscriptions.response(200, content_type="text/html")
def unsubscribe(token: str) -> Response:
    """Send this person no more e-mails; repeating it changes nothing."""
    with transaction() as session:
        person = recipients.unsubscribe(session, token)
        return _page(unsubscribe_page(person.language if person else None, done=True))


def _page(html: str) -> Response:
    return Response(html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})
