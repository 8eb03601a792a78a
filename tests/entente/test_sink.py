"""The sink is a real mail server and a real webhook receiver."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from entente.sink.running import Sink, running_sink

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"type": "partners.convention.signed.v1"}'


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with running_sink() as running:
        running.expect("region", SECRET)
        yield running


def call(sink: Sink, name: str, *, signature: str | None = None, at: datetime | None = None) -> int:
    moment = at or datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature or Webhook(SECRET).sign("msg_1", moment, BODY),
    }
    return httpx.post(sink.webhook_url(name), content=BODY, headers=headers).status_code


def test_a_mail_sent_over_smtp_is_kept_in_both_its_forms(sink: Sink) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "entente@example.org", "camille@region.example"
    message["Subject"] = "Convention signée"
    message.set_content("Entrée en vigueur")
    message.add_alternative("<p>Entrée en <b>vigueur</b></p>", subtype="html")

    with smtplib.SMTP(sink.host, sink.smtp_port, timeout=5) as server:
        server.send_message(message)

    mail = sink.arrivals()["mails"][-1]
    assert (mail["subject"], mail["text"].strip()) == ("Convention signée", "Entrée en vigueur")
    assert mail["html"].strip() == "<p>Entrée en <b>vigueur</b></p>"
    assert "Convention signée" in httpx.get(sink.page).text


def test_a_mails_html_is_shown_where_no_script_can_run(sink: Sink) -> None:
    message = EmailMessage()
    message["Subject"] = "Script"
    message.set_content("<script>alert(1)</script>", subtype="html")
    with smtplib.SMTP(sink.host, sink.smtp_port, timeout=5) as server:
        server.send_message(message, "a@example.org", "b@example.org")

    number = sink.arrivals()["mails"][-1]["number"]
    policy = httpx.get(f"{sink.page}/mails/{number}").headers["Content-Security-Policy"]

    assert "sandbox" in policy
    assert "default-src 'none'" in policy


def test_a_webhook_with_its_signature_is_verified(sink: Sink) -> None:
    assert call(sink, "region") == 204
    assert sink.arrivals()["hooks"][-1]["verified"] is True


@pytest.mark.parametrize("signature", ["v1,AAAA", "crooked", "v1,%%%"])
def test_a_webhook_with_another_signature_is_refused_and_shown(sink: Sink, signature: str) -> None:
    assert call(sink, "region", signature=signature) == 401
    assert sink.arrivals()["hooks"][-1]["verified"] is False


def test_a_webhook_signed_long_ago_is_refused(sink: Sink) -> None:
    assert call(sink, "region", at=datetime.now(UTC) - timedelta(hours=1)) == 401


def test_a_webhook_for_an_unknown_name_is_refused(sink: Sink) -> None:
    assert call(sink, "nobody") == 401
