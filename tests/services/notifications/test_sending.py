"""What is due is sent once, tried again when it must be, and ends in the log and in an event."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from standardwebhooks import Webhook

from chassis.database import transaction
from chassis.service import Service, serving
from chassis.testing import history
from contracts.budget import PaymentRecorded
from contracts.notifications import Channel
from services.notifications.domain.delivery import Attempt, Delivery, Status
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.stakeholder import Stakeholder
from services.notifications.domain.topic import Topic
from services.notifications.use_cases import recipients, sending
from services.notifications.worker import NotificationsWorker
from tests.ports import free_port
from tests.services.notifications.builders import (
    DEPARTEMENT,
    IN_FORCE,
    OFFICE,
    REGION,
    a_line,
    amended,
    given_a_stakeholder,
    given_an_endpoint,
    in_force,
    projection,
    received,
    tell,
    terminated,
)
from tests.services.notifications.conftest import Later
from tests.services.notifications.outside import MailServer, Receiver, bodies, plain

pytestmark = pytest.mark.needs_postgresql


def send() -> None:
    NotificationsWorker.send_emails(None)  # type: ignore[arg-type]
    NotificationsWorker.send_webhooks(None)  # type: ignore[arg-type]


def the_delivery() -> Delivery:
    with transaction() as session:
        return session.scalars(select(Delivery)).one()


def attempts() -> list[tuple[str | None, str | None]]:
    with transaction() as session:
        made = session.scalars(select(Attempt).order_by(Attempt.number)).all()
    return [(each.verdict and each.verdict.value, each.answer) for each in made]


def given_a_webhook_planned(receiver: Receiver) -> str:
    _, secret = given_an_endpoint(receiver.url, events=("partners.*",))
    tell(in_force())
    return secret


def test_an_email_leaves_and_its_acceptance_is_announced(mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder()
    convention = in_force()
    tell(convention)
    later()

    send()

    assert [mail["To"] for mail in mail_server.mails] == ["Camille Roux <camille@region.example>"]
    with transaction() as session:
        (accepted,) = history(session)
    assert (accepted.type, accepted.correlation_id) == (
        "notifications.delivery.accepted.v1",
        convention.received.correlation_id,
    )
    assert accepted.causation_id == str(convention.received.id)


def test_an_email_waits_until_the_projection_has_followed(notifications: Service, mail_server: MailServer) -> None:
    given_a_stakeholder()
    tell(in_force())

    send()

    assert mail_server.mails == []
    assert the_delivery().status is Status.WAITING


def test_the_email_tells_the_gap_that_is_left(mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder()
    tell(in_force(), projection())
    later()

    send()

    text_body, html = bodies(mail_server.mails[0])
    assert "il manque 100 000 €" in text_body
    assert "il manque 100 000 €" in html


def test_the_email_is_silent_on_figures_from_before_the_convention(mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder()
    tell(projection(at=datetime(2017, 11, 13, tzinfo=UTC)), in_force())
    later()

    send()

    assert "il manque" not in bodies(mail_server.mails[0])[0]


def test_a_convention_terminated_before_its_email_left_is_told_as_terminated_alone(
    mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder()
    tell(in_force())
    tell(terminated())
    later()

    send()

    (mail,) = mail_server.mails
    assert "résiliée" in mail["Subject"]
    with transaction() as session:
        ends = {each.event_type: each.status for each in session.scalars(select(Delivery))}
    assert ends["partners.convention.entered_into_force.v1"] is Status.SUPERSEDED


def test_what_was_received_early_of_a_terminated_convention_is_not_told_as_lost(
    mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder()
    due_later = IN_FORCE["lines"][0]["tranches"][1]["tranche_id"]
    tell(in_force(), received(PaymentRecorded, tranche_id=due_later, amount="12000.00"), terminated())
    later()

    send()

    (mail,) = mail_server.mails
    assert "38 000 € TTC ne sont plus acquis" in plain(str(mail["Subject"]))


def test_who_wants_amendments_is_told_of_one_once_and_who_does_not_is_left_in_peace(
    mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder()
    given_a_stakeholder(DEPARTEMENT, email="sasha@departement.example", topics=[Topic.IN_FORCE])
    tell(amended(), times=2)
    later()

    send()

    (mail,) = mail_server.mails
    assert mail["To"] == "Camille Roux <camille@region.example>"
    assert "avenant" in mail["Subject"]


def test_two_amendments_in_a_row_are_told_each_by_its_own_mail(mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder()
    line = a_line(tranches=[{**IN_FORCE["lines"][0]["tranches"][0], "amount": "95000.00"}])
    tell(amended(sequence=5))
    tell(amended(sequence=6, version=3, amendment_number=2, amended_on="2018-03-01", lines=[line]))
    later()

    send()

    assert sorted(plain(mail["Subject"]) for mail in mail_server.mails) == [
        "Convention SUN-2017-014 modifiée par l’avenant n° 1 : 80 000 € TTC acquis",
        "Convention SUN-2017-014 modifiée par l’avenant n° 2 : 95 000 € TTC acquis",
    ]


def test_who_unsubscribed_meanwhile_gets_nothing(mail_server: MailServer, later: Later) -> None:
    person = given_a_stakeholder()
    tell(in_force())
    with transaction() as session:
        session.get_one(Stakeholder, person.id).unsubscribe()
    later()

    send()

    assert mail_server.mails == []
    assert the_delivery().status is Status.WITHHELD


def test_a_partner_that_adds_the_offices_address_and_removes_it_again_keeps_no_email_from_the_office(
    mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder(OFFICE, email="office@example.org")
    added = given_a_stakeholder(REGION, email="office@example.org")
    tell(in_force())
    with transaction() as session:
        recipients.remove_stakeholder(session, session.get_one(Stakeholder, added.id))
    later()

    send()

    assert ["parce que vous suivez le programme" in bodies(mail)[0] for mail in mail_server.mails] == [True]


def test_several_emails_share_one_connection(mail_server: MailServer, later: Later) -> None:
    for number in range(5):
        given_a_stakeholder(email=f"person{number}@region.example")
    tell(in_force())
    later()

    send()

    assert (len(mail_server.mails), len(mail_server.connections)) == (5, 1)


@pytest.mark.parametrize("stage", ["to_recipients", "to_contents"])
def test_an_email_put_off_with_4xx_is_tried_again_under_the_same_message_id(
    mail_server: MailServer, later: Later, stage: str
) -> None:
    given_a_stakeholder()
    tell(in_force())
    later()
    getattr(mail_server, stage).append("451 4.7.1 Greylisted, come back")

    send()
    assert (the_delivery().status, mail_server.mails) == (Status.RETRYING, [])
    later()
    send()

    assert attempts() == [("later", "451 4.7.1 Greylisted, come back"), ("accepted", "250 2.0.0 OK")]
    assert mail_server.mails[0]["Message-ID"] == f"<{the_delivery().id}@example.org>"


@pytest.mark.parametrize("stage", ["to_recipients", "to_contents"])
def test_an_address_refused_with_550_fails_at_once_and_is_written_to_no_more(
    mail_server: MailServer, later: Later, stage: str
) -> None:
    person = given_a_stakeholder()
    tell(in_force())
    later()
    getattr(mail_server, stage).append("550 5.1.1 No such user")

    send()

    assert the_delivery().status is Status.FAILED
    with transaction() as session:
        assert session.get_one(Stakeholder, person.id).suppressed_because == "550 5.1.1 No such user"
        assert [event.type for event in history(session)] == ["notifications.delivery.failed.v1"]


def test_a_content_refused_with_5xx_fails_without_blaming_the_address(mail_server: MailServer, later: Later) -> None:
    person = given_a_stakeholder()
    tell(in_force())
    later()
    mail_server.to_contents.append("554 5.7.1 Message looks like spam")

    send()

    assert the_delivery().status is Status.FAILED
    with transaction() as session:
        assert session.get_one(Stakeholder, person.id).suppressed_because is None


def test_a_webhook_is_the_event_as_published_under_a_signature_that_verifies(
    notifications: Service, receiver: Receiver
) -> None:
    _, secret = given_an_endpoint(receiver.url)
    convention = in_force()
    tell(convention)

    send()

    (got,) = receiver.got
    told = Webhook(secret).verify(got.body, got.headers)
    assert got.body.decode() == convention.received.to_json()
    assert told["data"]["reference"] == "SUN-2017-014"
    assert got.headers["webhook-id"] == told["id"]
    assert got.headers["traceparent"].split("-")[1] == convention.received.traceparent.split("-")[1]


@pytest.mark.parametrize(
    ("organisation_id", "heard"), [(REGION, ""), (None, "Mandat 2018-99")], ids=["partner", "office"]
)
def test_whose_convention_or_payment_moved_shared_figures_is_told_to_the_office_alone(
    notifications: Service, receiver: Receiver, organisation_id: UUID | None, heard: str
) -> None:
    _, secret = given_an_endpoint(receiver.url, organisation_id)
    tell(in_force())
    send()
    moved = projection(because="Mandat 2018-99")
    tell(moved)

    send()

    got = receiver.got[-1]
    told = Webhook(secret).verify(got.body, got.headers)
    published = json.loads(moved.received.to_json())
    assert told == {**published, "data": {**published["data"], "because": heard}}


def test_a_webhook_answered_500_is_sent_again_with_the_same_id(receiver: Receiver, later: Later) -> None:
    secret = given_a_webhook_planned(receiver)
    receiver.then(500, 200)

    send()
    assert the_delivery().status is Status.RETRYING
    later()
    send()

    assert the_delivery().status is Status.ACCEPTED
    assert attempts() == [("later", "500"), ("accepted", "200")]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    Webhook(secret).verify(receiver.got[1].body, receiver.got[1].headers)


def test_a_webhook_leaves_once_its_receiver_is_up_again(receiver: Receiver, later: Later) -> None:
    given_a_webhook_planned(receiver)
    url = receiver.url
    with transaction() as session:
        session.scalars(select(Endpoint)).one().url = "http://127.0.0.1:1/nobody"
    send()
    assert "ConnectionRefusedError" in str(the_delivery().answer)

    with transaction() as session:
        session.scalars(select(Endpoint)).one().url = url
    later()
    send()

    assert the_delivery().status is Status.ACCEPTED


def test_an_email_leaves_once_its_server_is_up_again(
    notifications: Service, mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder()
    tell(in_force())
    later()
    settings = replace(notifications.settings, smtp_url=f"smtp://127.0.0.1:{free_port()}")
    with serving(replace(notifications, settings=settings)):
        send()
    assert "The mail server did not let us in" in str(the_delivery().answer)

    later()
    send()

    assert (the_delivery().status, len(mail_server.mails)) == (Status.ACCEPTED, 1)


def test_an_endpoint_that_answers_410_is_called_no_more(receiver: Receiver, later: Later) -> None:
    given_a_webhook_planned(receiver)
    receiver.then(410)
    send()

    tell(terminated())
    later()
    send()

    assert len(receiver.got) == 1
    with transaction() as session:
        endpoint = session.scalars(select(Endpoint)).one()
    assert (endpoint.active, endpoint.disabled_because) == (False, "It answered 410.")


def test_a_redirect_is_not_followed(receiver: Receiver, later: Later) -> None:
    given_a_webhook_planned(receiver)
    receiver.then(302, Location=f"http://127.0.0.1:{receiver.port}/elsewhere")

    send()

    assert [got.path for got in receiver.got] == ["/entente"]
    assert the_delivery().status is Status.RETRYING


def test_a_receiver_may_ask_for_time(receiver: Receiver, later: Later) -> None:
    given_a_webhook_planned(receiver)
    receiver.then(503, Retry_After="3600")

    send()

    assert the_delivery().due_at > datetime.now(UTC) + timedelta(minutes=55)


def test_a_webhook_given_up_after_the_last_attempt_is_announced_as_failed(receiver: Receiver, later: Later) -> None:
    given_a_webhook_planned(receiver)
    receiver.then(*[500] * 10)

    for _ in range(10):
        later()
        send()

    assert (the_delivery().status, the_delivery().attempts) == (Status.FAILED, 10)
    with transaction() as session:
        (failed,) = history(session)
    assert json.loads(failed.body)["data"]["attempts"] == 10


def test_two_workers_never_send_the_same(notifications: Service, receiver: Receiver) -> None:
    given_an_endpoint(receiver.url, OFFICE)
    tell(*(in_force(sequence=sequence) for sequence in range(1, 41)))

    with ThreadPoolExecutor(2) as workers:
        for running in [workers.submit(copy_context().run, send) for _ in range(2)]:
            running.result()

    assert len({got.headers["webhook-id"] for got in receiver.got}) == len(receiver.got) == 40


def test_what_a_stopped_worker_had_in_hand_is_taken_up_after_its_lease(receiver: Receiver, later: Later) -> None:
    given_a_webhook_planned(receiver)
    with transaction() as session:
        sending.claim(session, Channel.WEBHOOK, limit=1)
    send()
    assert receiver.got == []

    with transaction() as session:
        session.execute(text("UPDATE deliveries SET leased_until = clock_timestamp() - interval '1 second'"))
    send()

    assert attempts() == [(None, None), ("accepted", "200")]


def test_one_slow_receiver_does_not_keep_the_others_waiting(notifications: Service, receiver: Receiver) -> None:
    given_an_endpoint("http://127.0.0.1:1/nobody", DEPARTEMENT)
    given_an_endpoint(receiver.url, REGION)
    tell(in_force())

    send()

    assert len(receiver.got) == 1


def test_a_secret_that_cannot_be_opened_is_noted_and_keeps_nobody_waiting(
    notifications: Service, receiver: Receiver
) -> None:
    lost, _ = given_an_endpoint(receiver.url, DEPARTEMENT)
    given_an_endpoint(receiver.url, REGION)
    with transaction() as session:
        session.get_one(Endpoint, lost.id).sealed_secret = "sealed with a key that is gone"
    tell(in_force())

    send()

    with transaction() as session:
        found = {each.recipient_id: each for each in session.scalars(select(Delivery))}
    assert "ENTENTE_ENCRYPTION_KEY" in str(found[lost.id].answer)
    assert len(receiver.got) == 1
