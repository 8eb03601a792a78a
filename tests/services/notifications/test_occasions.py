"""What partners live through beside conventions: the charter and the deadlines, each told to those whom it concerns."""

from typing import Any

import pytest
from sqlalchemy import select

from chassis.database import transaction
from contracts.budget import EntryReversed, PaymentRecorded
from contracts.deadlines import DeadlineKind
from contracts.partners import CharterLapsed, CharterWithdrawn, ConventionProposed, ConventionStatus
from services.notifications.domain.delivery import Delivery, Status
from services.notifications.domain.topic import Topic
from services.notifications.worker import NotificationsWorker
from tests.services.notifications.builders import (
    DEPARTEMENT,
    IN_FORCE,
    OFFICE,
    REGION,
    STRANGER,
    a_cause,
    adhered,
    amended,
    asks_again,
    due,
    given_a_stakeholder,
    in_force,
    received,
    tell,
    terminated,
)
from tests.services.notifications.conftest import Later
from tests.services.notifications.outside import MailServer, bodies, plain

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.usefixtures("notifications")]

TRANCHE = IN_FORCE["lines"][0]["tranches"][0]


def send() -> None:
    NotificationsWorker.send_emails(None)  # type: ignore[arg-type]


def given_somebody_everywhere(**more: Any) -> None:
    for organisation_id, name in {REGION: "region", DEPARTEMENT: "departement", OFFICE: "office"}.items():
        given_a_stakeholder(organisation_id, email=f"{name}@example.org", **more)
    given_a_stakeholder(STRANGER, email="stranger@example.org", **more)


def told(mail_server: MailServer) -> dict[str, str]:
    """Subject by who was written to, before the @."""
    return {mail["To"].addresses[0].username: plain(mail["Subject"]) for mail in mail_server.mails}


def ends() -> dict[str, Status]:
    with transaction() as session:
        found = session.scalars(select(Delivery)).all()
    return {each.event_type.split(".", 1)[1].removesuffix(".v1"): each.status for each in found}


def test_an_adherence_is_told_to_who_adheres_and_to_the_office_alone(mail_server: MailServer, later: Later) -> None:
    given_somebody_everywhere()
    tell(adhered(), times=2)
    later()

    send()

    assert told(mail_server).keys() == {"departement", "office"}
    assert "Département des Alpes-de-Haute-Provence adhère à la charte" in told(mail_server).values()


def test_a_version_that_asks_again_is_told_to_adherents_and_not_to_other_partners(
    mail_server: MailServer, later: Later
) -> None:
    given_somebody_everywhere(topics=[Topic.CHARTER_ASKS])
    tell(in_force(), adhered())

    tell(asks_again())
    later()
    send()

    asked = "Charte, version 2 : nouvelle adhésion demandée jusqu’au 1er juin 2018"
    assert told(mail_server) == {"departement": asked, "office": asked}
    to_adherent = next(mail for mail in mail_server.mails if "departement" in mail["To"])
    assert f"/signatories/{DEPARTEMENT}" in bodies(to_adherent)[0]


def test_a_version_that_asks_nothing_is_told_by_no_email(mail_server: MailServer, later: Later) -> None:
    given_somebody_everywhere(topics=[Topic.CHARTER_ASKS])
    tell(adhered())

    tell(asks_again(material=False, adhere_by=None))
    later()
    send()

    assert mail_server.mails == []


def test_who_adhered_to_the_new_version_before_the_email_left_is_not_asked(
    mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder(DEPARTEMENT, topics=[Topic.CHARTER_ASKS, Topic.CHARTER_LAPSED])
    tell(adhered())
    tell(asks_again())
    cause = a_cause()
    tell(adhered(1, kind=CharterLapsed, sequence=2, lapsed_on="2018-04-01", cause=cause), adhered(2, cause=cause))
    later()

    send()

    assert mail_server.mails == []
    assert ends() == {"charter_version.published": Status.SUPERSEDED, "charter.lapsed": Status.SUPERSEDED}


def test_an_adherence_that_lapsed_is_told_with_where_to_adhere_again(mail_server: MailServer, later: Later) -> None:
    given_somebody_everywhere(topics=[Topic.CHARTER_LAPSED])
    tell(adhered(), asks_again())

    tell(adhered(kind=CharterLapsed, sequence=2, lapsed_on="2018-06-01"))
    later()
    send()

    assert told(mail_server).keys() == {"departement", "office"}
    to_lapsed, to_office = (
        bodies(next(mail for mail in mail_server.mails if who in mail["To"]))[0] for who in ("departement", "office")
    )
    assert "Adhérer de nouveau" in to_lapsed
    assert f"charters/{asks_again().charter_id}/signatories/{DEPARTEMENT}" in to_lapsed
    assert "Adhérer de nouveau" not in to_office


def test_who_leaves_the_charter_is_told_so_instead_of_that_it_adheres(mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder(DEPARTEMENT)
    tell(adhered())
    tell(adhered(kind=CharterWithdrawn, sequence=2, withdrawn_on="2018-03-31", withdrawal_reason="Fusion."))
    later()

    send()

    (mail,) = mail_server.mails
    assert plain(mail["Subject"]) == "Département des Alpes-de-Haute-Provence quitte la charte le 31 mars 2018"
    assert "Motif : Fusion." in bodies(mail)[0]


@pytest.mark.parametrize("kind", [DeadlineKind.TRANCHE_DUE, DeadlineKind.CONVENTION_ENDING])
def test_a_deadline_is_told_to_whom_it_binds_and_to_the_office(
    mail_server: MailServer, later: Later, kind: DeadlineKind
) -> None:
    given_somebody_everywhere(topics=[kind.value])
    tell(in_force())

    tell(due(kind), times=2)
    later()
    send()

    assert sorted(mail["To"].addresses[0].username for mail in mail_server.mails) == ["departement", "office", "region"]


def test_only_who_owes_a_tranche_is_told_to_pay_it(mail_server: MailServer, later: Later) -> None:
    given_somebody_everywhere(topics=[Topic.TRANCHE_DUE])
    tell(in_force())

    tell(due())
    later()
    send()

    asked = [mail["To"].addresses[0].username for mail in mail_server.mails if "C’est à votre" in bodies(mail)[0]]
    assert asked == ["region"]


def a_payment(amount: str = TRANCHE["amount"]) -> PaymentRecorded:
    return received(PaymentRecorded, tranche_id=TRANCHE["tranche_id"], amount=amount)


def test_a_tranche_paid_before_its_day_is_not_asked_for(mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder(topics=[Topic.TRANCHE_DUE])
    tell(in_force(), a_payment())

    tell(due())
    later()
    send()

    assert ends() == {"deadline.reached": Status.SUPERSEDED}


def test_a_payment_that_was_taken_back_does_not_count(mail_server: MailServer, later: Later) -> None:
    given_a_stakeholder(topics=[Topic.TRANCHE_DUE])
    payment = a_payment()
    tell(in_force(), payment, received(EntryReversed, payment_id=str(payment.payment_id)))

    tell(due())
    later()
    send()

    assert told(mail_server) == {"camille": "À verser le 1er décembre 2017 : 30 000 € TTC, convention SUN-2017-014"}


def test_the_end_of_a_terminated_convention_speaks_of_what_falls_and_of_no_amendment(
    mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder(topics=[Topic.CONVENTION_ENDING])
    tell(terminated())

    tell(due(DeadlineKind.CONVENTION_ENDING, due_on="2018-03-31"), times=2)
    later()
    send()

    (mail,) = mail_server.mails
    assert plain(mail["Subject"]) == "La convention SUN-2017-014 prend fin le 31 mars 2018"
    assert "Elle a été résiliée pour ce jour" in bodies(mail)[0]
    assert "avenant" not in bodies(mail)[0]


@pytest.mark.parametrize(
    ("kind", "newer"),
    [
        (DeadlineKind.TRANCHE_DUE, {"ended_on": TRANCHE["due_on"]}),
        (DeadlineKind.TRANCHE_DUE, {"lines": []}),
        (DeadlineKind.CONVENTION_ENDING, {}),
        (DeadlineKind.PROPOSAL_EXPIRING, {}),
    ],
)
def test_a_deadline_that_no_longer_stands_is_not_told(
    mail_server: MailServer, later: Later, kind: DeadlineKind, newer: dict[str, Any]
) -> None:
    given_a_stakeholder(topics=[kind.value])
    tell(due(kind))
    tell(terminated(**newer))
    later()

    send()

    assert ends() == {"deadline.reached": Status.SUPERSEDED}


def test_whose_signature_is_awaited_is_led_to_where_it_signs(mail_server: MailServer, later: Later) -> None:
    given_somebody_everywhere(topics=[Topic.PROPOSAL_EXPIRING])
    signed = [{**IN_FORCE["parties"][0], "signed_on": "2017-11-14"}, IN_FORCE["parties"][1]]
    tell(received(ConventionProposed, parties=signed, status=ConventionStatus.PARTIALLY_SIGNED.value))

    tell(due(DeadlineKind.PROPOSAL_EXPIRING))
    later()
    send()

    signs = [mail["To"].addresses[0].username for mail in mail_server.mails if "/signatures/" in bodies(mail)[0]]
    assert (len(mail_server.mails), signs) == (3, ["region"])


def test_an_adherence_about_to_end_is_told_while_it_lasts(mail_server: MailServer, later: Later) -> None:
    given_somebody_everywhere(topics=[Topic.CHARTER_ENDING])
    tell(adhered(), asks_again())

    tell(due(DeadlineKind.CHARTER_ENDING))
    later()
    send()

    assert told(mail_server).keys() == {"departement", "office"}


def test_a_party_that_left_is_told_of_the_amendment_by_which_it_left_and_of_nothing_after(
    mail_server: MailServer, later: Later
) -> None:
    given_a_stakeholder(REGION)
    parties = [IN_FORCE["parties"][0], {**IN_FORCE["parties"][1], "left_on": "2018-02-01"}]
    tell(amended(sequence=5, parties=parties))
    tell(amended(sequence=6, parties=parties, amendment_number=2, amended_on="2018-03-01"))
    later()
    send()

    tell(terminated(sequence=7, parties=parties, amended_on="2018-02-01"))
    later()
    send()

    (mail,) = mail_server.mails
    assert "l’avenant n° 1" in plain(mail["Subject"])
