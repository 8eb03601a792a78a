"""The outside: only public addresses are called, little is read, answers are judged by the standards."""

import ssl
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from threading import Thread

import pytest

from services.notifications.channels import webhook
from services.notifications.channels.address import is_public
from services.notifications.channels.email import Postman, judge
from services.notifications.channels.webhook import Call
from services.notifications.domain.delivery import Verdict
from services.notifications.domain.secret import new_secret
from tests.services.notifications.outside import Receiver


def a_call(url: str) -> Call:
    traceparent = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
    return Call(url=url, id="0198c9a0", body='{"id":"0198c9a0"}', traceparent=traceparent, secret=new_secret())


@pytest.mark.unit
@pytest.mark.parametrize(
    "inner",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.19.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_inner_address_is_not_public(inner: str) -> None:
    assert not is_public(ip_address(inner))


@pytest.mark.unit
@pytest.mark.parametrize("outer", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "193.0.0.1", "2606:4700::1111", "2a01:e0a::1"])
def test_an_address_of_the_open_internet_is_public(outer: str) -> None:
    assert is_public(ip_address(outer))


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_name_or_number_that_leads_inside_is_refused_before_anything_is_sent(receiver: Receiver, host: str) -> None:
    answer = webhook.send(a_call(f"http://{host}:{receiver.port}/"), private_addresses=False)

    assert answer.verdict is Verdict.REFUSED
    assert "not a public address" in str(answer.error)
    assert receiver.got == []


def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[object]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "169.254.169.254")]

    monkeypatch.setattr(webhook, "resolve", rebinding)

    answer = webhook.send(a_call(f"http://rebinding.example:{receiver.port}/"), private_addresses=True)

    assert (answer.verdict, asked) == (Verdict.ACCEPTED, ["rebinding.example"])
    assert receiver.got[0].headers["host"] == f"rebinding.example:{receiver.port}"


def test_a_host_without_address_is_tried_again_later() -> None:
    assert webhook.send(a_call("https://nowhere.invalid/"), private_addresses=False).verdict is Verdict.LATER


def test_a_receiver_without_tls_is_not_spoken_to_in_clear(receiver: Receiver) -> None:
    answer = webhook.send(a_call(f"https://127.0.0.1:{receiver.port}/"), private_addresses=True)

    assert answer.verdict is Verdict.LATER
    assert ssl.SSLError.__name__ in str(answer.error)
    assert receiver.got == []


def test_query_and_path_are_kept(receiver: Receiver) -> None:
    webhook.send(a_call(f"http://127.0.0.1:{receiver.port}/a/b?c=d"), private_addresses=True)

    assert receiver.got[0].path == "/a/b?c=d"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ACCEPTED),
        (204, Verdict.ACCEPTED),
        (301, Verdict.LATER),
        (400, Verdict.LATER),
        (410, Verdict.GONE),
        (429, Verdict.LATER),
        (503, Verdict.LATER),
    ],
)
def test_an_answer_is_judged_by_its_status(receiver: Receiver, status: int, verdict: Verdict) -> None:
    receiver.then(status)

    assert webhook.send(a_call(receiver.url), private_addresses=True).verdict is verdict


@pytest.mark.parametrize(
    "retry_after", ["Tue, 14 Nov 2017 09:00:00 GMT", "Tue, 14 Nov 2017 09:00:00", "soon", "-5", "²"]
)
def test_a_crooked_or_past_retry_after_asks_for_no_time(receiver: Receiver, retry_after: str) -> None:
    receiver.then(503, Retry_After=retry_after)

    answer = webhook.send(a_call(receiver.url), private_addresses=True)

    assert answer.verdict is Verdict.LATER
    assert not answer.asked_delay


def test_an_answer_that_drips_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "DEADLINE_SECONDS", 0.5)

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            try:
                for _ in range(50):
                    self.wfile.write(b"a")
                    time.sleep(0.1)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Dripping) as server:
        Thread(target=server.handle_request, daemon=True).start()
        started = time.monotonic()
        answer = webhook.send(a_call(f"http://127.0.0.1:{server.server_address[1]}/"), private_addresses=True)

    assert answer.verdict is Verdict.LATER
    assert time.monotonic() - started < 2


@pytest.mark.unit
@pytest.mark.parametrize(
    ("code", "said", "verdict"),
    [
        (250, b"2.0.0 OK", None),
        (421, b"4.3.0 Closing", Verdict.LATER),
        (451, b"Greylisted", Verdict.LATER),
        (550, b"No such user", Verdict.GONE),
        (550, b"5.1.1 No such user", Verdict.GONE),
        (550, b"5.7.1 We think this is spam", Verdict.REFUSED),
        (552, b"5.2.2 Mailbox full", Verdict.REFUSED),
        (554, b"Transaction failed", Verdict.REFUSED),
    ],
)
def test_a_mail_servers_answer_is_judged_by_its_codes(code: int, said: bytes, verdict: Verdict | None) -> None:
    answer = judge(code, said)

    assert (answer and answer.verdict) is verdict


@pytest.mark.unit
def test_a_refused_sender_is_our_own_fault_and_tried_again() -> None:
    answer = judge(550, b"5.7.1 Sender not allowed", sender=True)

    assert answer is not None
    assert answer.verdict is Verdict.LATER


def test_a_mail_server_that_is_not_there_is_asked_once_per_round() -> None:
    with Postman("smtp://127.0.0.1:1") as postman:
        first, second = postman.send(None), postman.send(None)  # type: ignore[arg-type]

    assert first is second
    assert first.verdict is Verdict.LATER
