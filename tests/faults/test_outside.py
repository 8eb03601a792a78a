"""What happens outside: a mail server that is down, a receiver of webhooks that fails."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from entente.sink.running import running_sink
from tests.faults.comparison import assert_nothing_lost_nothing_doubled
from tests.faults.form import LONG, either, until
from tests.faults.load import Signatures
from tests.faults.platform import Platform

pytestmark = pytest.mark.needs_own_servers

MANY = either(5, 50)
STANDING = "SELECT count(*) FROM deliveries WHERE status = ANY(%s)"
HURRY = "UPDATE deliveries SET due_at = clock_timestamp() WHERE status = 'retrying' AND leased_until IS NULL"


def test_a_mail_server_is_down_then_up(platform: Platform) -> None:
    person = {
        "organisation_id": None,
        "name": "Bureau",
        "email": "bureau@entente.example",
        "language": "fr",
        "standing": "decider",
        "topics": ["convention_in_force"],
    }
    made = platform.call("POST", "notifications", "/v1/stakeholders", json=person)
    accepted = _standing(platform, "accepted")

    Signatures(platform, MANY).give()
    until(lambda: _standing(platform, "retrying") == MANY)
    port = urlsplit(platform.services["notifications"].settings.smtp_url).port or 0
    with running_sink(smtp_port=port) as sink:
        _wait_for_accepted(platform, accepted + MANY)
        assert sink.counts()["mails"] == MANY

    platform.call("DELETE", "notifications", f"/v1/stakeholders/{made['id']}", headers={"If-Match": '"1"'})
    assert_nothing_lost_nothing_doubled(platform)


def test_a_webhook_is_answered_500_then_200(platform: Platform) -> None:
    accepted = _standing(platform, "accepted")
    with _failing_at_first() as (url, answered):
        wanted = {
            "organisation_id": None,
            "url": url,
            "description": "a test",
            "events": ["partners.convention.entered_into_force.v1"],
        }
        made = platform.call("POST", "notifications", "/v1/endpoints", json=wanted)
        Signatures(platform, MANY).give()
        _wait_for_accepted(platform, accepted + MANY)

    identifiers = {identifier for identifier, _ in answered}
    assert len(identifiers) == MANY
    assert all(answered[identifier, 500] == answered[identifier, 200] == 1 for identifier in identifiers)
    platform.call("DELETE", "notifications", f"/v1/endpoints/{made['id']}", headers={"If-Match": '"1"'})
    assert_nothing_lost_nothing_doubled(platform)


def _wait_for_accepted(platform: Platform, many: int) -> None:
    """Wait through the schedule; in the short form the time until the next attempt passes at once."""

    def all_accepted() -> bool:
        if not LONG:
            platform.ask("notifications", HURRY)
        return _standing(platform, "accepted") == many

    until(all_accepted, within=180)


def _standing(platform: Platform, *statuses: str) -> int:
    return int(platform.ask("notifications", STANDING, list(statuses))[0][0])


@contextmanager
def _failing_at_first() -> Iterator[tuple[str, Counter[tuple[str, int]]]]:
    """Receive webhooks; each is answered 500 the first time, then 200. Counts the answers."""
    answered: Counter[tuple[str, int]] = Counter()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            identifier = self.headers["webhook-id"]
            status = 200 if answered[identifier, 500] else 500
            answered[identifier, status] += 1
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", answered
    finally:
        server.shutdown()
        server.server_close()
