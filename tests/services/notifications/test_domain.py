"""The rules: who is told, when it is tried again, what a mail may say."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet

from chassis.errors import InvalidInput, NotFound, RuleBroken
from chassis.identifiers import new_id
from contracts.notifications import Channel, DeliveryAccepted, DeliveryFailed
from contracts.partners import ConventionStatus
from services.notifications.domain import audience
from services.notifications.domain.convention_news import ActionFigures
from services.notifications.domain.delivery import Answer, Attempt, Delivery, Status, Verdict, delivery_id
from services.notifications.domain.endpoint import Endpoint, matches, require_callable, require_known
from services.notifications.domain.schedule import RETRY_AFTER, next_delay
from services.notifications.domain.secret import Vault, new_secret
from services.notifications.domain.stakeholder import Language, Stakeholder, Standing
from services.notifications.domain.topic import Topic
from tests.services.notifications.builders import (
    DEPARTEMENT,
    OFFICE,
    REGION,
    a_line,
    a_reader,
    amended,
    figures,
    in_force,
    news,
    received,
    terminated,
)

pytestmark = pytest.mark.unit

NOON = datetime(2017, 11, 14, 12, tzinfo=UTC)


def a_person(**facts: object) -> Stakeholder:
    known: dict[str, object] = {
        "id": new_id(),
        "organisation_id": REGION,
        "name": "Camille Roux",
        "email": "Camille@Region.example",
        "language": Language.FRENCH,
        "standing": Standing.DECIDER,
        "topics": list(Topic),
        **facts,
    }
    return Stakeholder(**known)  # type: ignore[arg-type]


def a_delivery(channel: Channel = Channel.WEBHOOK) -> Delivery:
    return Delivery(
        id=new_id(),
        fact_id=new_id(),
        channel=channel,
        recipient_id=new_id(),
        recipient_name="Système de la Région",
        organisation_id=REGION,
        event_type="partners.convention.entered_into_force.v1",
        about="SUN-2017-014",
        correlation_id="c",
        due_at=NOON,
    )


def attempt(delivery: Delivery, verdict: Verdict, **facts: object) -> Attempt:
    """Begin an attempt on a delivery and give it with its answer."""
    begun = delivery.begin(NOON)
    begun.finish(Answer(verdict=verdict, **facts), NOON + timedelta(seconds=1))  # type: ignore[arg-type]
    return begun


def test_every_event_that_can_be_subscribed_to_has_an_audience() -> None:
    for kind in audience.EVENTS:
        event = received(kind)
        named = audience.organisations_named(event)

        assert audience.about(event)
        assert named or audience.subject_followed(event)


def test_an_accepted_delivery_is_over_and_says_so() -> None:
    delivery = a_delivery()

    outcome = delivery.end(attempt(delivery, Verdict.ACCEPTED, answer="200"), NOON)

    assert isinstance(outcome, DeliveryAccepted)
    assert (outcome.attempts, outcome.answer, delivery.status) == (1, "200", Status.ACCEPTED)


@pytest.mark.parametrize("channel", Channel)
def test_a_delivery_is_tried_as_often_as_its_schedule_says_and_then_fails(channel: Channel) -> None:
    delivery, outcomes = a_delivery(channel), []
    for _ in range(len(RETRY_AFTER[channel]) + 1):
        outcomes.append(delivery.end(attempt(delivery, Verdict.LATER, error="refused"), NOON))

    assert outcomes[:-1] == [None] * len(RETRY_AFTER[channel])
    assert isinstance(outcomes[-1], DeliveryFailed)


@pytest.mark.parametrize("channel", Channel)
def test_the_schedule_spans_days_and_never_shrinks(channel: Channel) -> None:
    delays = RETRY_AFTER[channel]

    assert list(delays) == sorted(delays)
    assert timedelta(seconds=sum(delays)) > timedelta(days=3)


def test_a_receiver_may_ask_for_more_time_but_not_for_more_than_a_day() -> None:
    assert next_delay(Channel.WEBHOOK, 1, timedelta(hours=2)) == timedelta(hours=2)
    assert next_delay(Channel.WEBHOOK, 1, timedelta(days=400)) == timedelta(days=1)
    assert next_delay(Channel.WEBHOOK, 9, timedelta(seconds=1)) == timedelta(hours=24)


def test_an_answer_that_comes_after_another_worker_took_over_changes_nothing() -> None:
    delivery = a_delivery()
    late = delivery.begin(NOON)
    delivery.begin(NOON)
    late.finish(Answer(verdict=Verdict.REFUSED, answer="410"), NOON)

    assert delivery.end(late, NOON) is None
    assert delivery.status is Status.WAITING


def test_an_acceptance_counts_even_if_it_comes_late() -> None:
    delivery = a_delivery()
    late = delivery.begin(NOON)
    delivery.begin(NOON)
    late.finish(Answer(verdict=Verdict.ACCEPTED, answer="200"), NOON)

    assert isinstance(delivery.end(late, NOON), DeliveryAccepted)


def test_a_failed_delivery_can_be_started_again_with_all_its_attempts() -> None:
    delivery = a_delivery()
    delivery.end(attempt(delivery, Verdict.REFUSED, answer="550"), NOON)

    delivery.retry(by="operator", at=NOON)
    begun = delivery.begin(NOON)

    assert (delivery.tries, begun.number, begun.asked_by) == (1, 2, "operator")
    begun.finish(Answer(verdict=Verdict.ACCEPTED, answer="200"), NOON)
    outcome = delivery.end(begun, NOON)
    assert outcome is not None
    assert outcome.sequence == 2


@pytest.mark.parametrize("verdict", [Verdict.LATER, Verdict.ACCEPTED])
def test_what_is_pending_or_was_accepted_is_not_started_again(verdict: Verdict) -> None:
    delivery = a_delivery()
    delivery.end(attempt(delivery, verdict), NOON)

    with pytest.raises(RuleBroken):
        delivery.retry(by="operator", at=NOON)


def test_what_was_superseded_is_not_started_again() -> None:
    delivery = a_delivery()
    delivery.let_go(Status.SUPERSEDED, "It was terminated.", NOON)

    with pytest.raises(RuleBroken, match="no longer true"):
        delivery.retry(by="operator", at=NOON)


def test_a_delivery_has_the_same_id_each_time_and_another_for_another_recipient() -> None:
    event_id, person, another = new_id(), str(new_id()), str(new_id())

    assert delivery_id(event_id, Channel.EMAIL, person) == delivery_id(event_id, Channel.EMAIL, person)
    assert delivery_id(event_id, Channel.EMAIL, person) != delivery_id(event_id, Channel.EMAIL, another)


def test_correcting_an_address_lifts_its_suppression_and_changing_its_case_does_not() -> None:
    person = a_person()
    person.suppress("550 5.1.1 No such user")
    same = {"name": "Camille", "language": Language.FRENCH, "standing": Standing.DECIDER, "topics": [], "active": True}

    person.change(email="camille@region.example", **same)  # type: ignore[arg-type]
    assert person.suppressed_because == "550 5.1.1 No such user"
    person.change(email="camille.roux@region.example", **same)  # type: ignore[arg-type]
    assert person.suppressed_because is None


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"active": False}, "unsubscribed"),
        ({"suppressed_because": "550"}, "refused: 550"),
        ({"topics": [Topic.TERMINATED]}, "topic"),
    ],
)
def test_a_person_is_left_alone_for_a_reason(facts: dict[str, object], reason: str) -> None:
    assert reason in str(a_person(**facts).reason_to_withhold(Topic.IN_FORCE))
    assert a_person().reason_to_withhold(Topic.IN_FORCE) is None


@pytest.mark.parametrize(
    ("pattern", "heard"),
    [
        ("*", True),
        ("partners.*", True),
        ("partners.convention.*", True),
        ("partners.convention.terminated.v1", True),
        ("partners.con.*", False),
        ("budget.*", False),
        ("partners.convention.terminated", False),
    ],
)
def test_a_pattern_names_whole_words_of_event_types(pattern: str, heard: bool) -> None:
    assert matches(pattern, "partners.convention.terminated.v1") is heard


def test_a_subscription_to_an_event_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refusal:
        require_known(["*", "partners.convention.ended.v1"], ["partners.convention.terminated.v1"])

    assert list(refusal.value.errors) == ["/events/1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://si.region.example/",
        "ftp://si.region.example/",
        "https://",
        "https:///path",
        "https://user:password@si.region.example/",
        "https://si.region.example/#part",
        "https://si.region.example/\r\nX-Injected: 1",
        "https://si.region.example/with space",
        "https://[::1",
        "https://si.region.example:port/",
        "https://si.région.example/",
        "https://si.region.example/" + "a" * 2000,
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_is_no_webhooks_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        require_callable(url, plain_http=False)


def test_plain_http_is_for_development_alone() -> None:
    require_callable("https://si.region.example:8443/entente?from=1", plain_http=False)
    require_callable("http://localhost:9000/", plain_http=True)


def test_switching_an_endpoint_on_again_forgets_why_it_was_off() -> None:
    endpoint = Endpoint(
        id=new_id(), organisation_id=None, url="https://a.example/", description="", events=["*"], sealed_secret=""
    )
    endpoint.disable("It answered 410.")
    assert "410" in str(endpoint.reason_to_withhold())

    endpoint.change(url=endpoint.url, description="", events=["*"], active=True)

    assert endpoint.reason_to_withhold() is None


def test_a_secret_comes_back_with_the_right_key_alone() -> None:
    vault, secret = Vault(Fernet.generate_key().decode()), new_secret()
    sealed = vault.seal(secret)

    assert secret not in sealed
    assert vault.unseal(sealed) == secret
    with pytest.raises(RuleBroken, match="ENTENTE_ENCRYPTION_KEY"):
        Vault(Fernet.generate_key().decode()).unseal(sealed)


@pytest.mark.parametrize("key", ["", "short", "é" * 44])
def test_without_a_sound_key_nothing_is_sealed(key: str) -> None:
    with pytest.raises(RuleBroken, match="ENTENTE_ENCRYPTION_KEY"):
        Vault(key)


def test_a_link_is_the_persons_own_and_cannot_be_made_up() -> None:
    vault, person_id = Vault(Fernet.generate_key().decode()), new_id()
    token = vault.link_token(person_id)

    assert vault.person_of(token) == person_id
    for forged in (
        token[:-4] + "AAAA",
        token[:10],
        "",
        "é",
        "A" * 43,
        Vault(Fernet.generate_key().decode()).link_token(person_id),
    ):
        with pytest.raises(NotFound):
            vault.person_of(forged)


def test_news_is_true_as_long_as_the_convention_says_the_same() -> None:
    assert news(in_force()).still_true
    assert not news(in_force(), newest=ConventionStatus.TERMINATED).still_true
    assert news(terminated()).still_true
    assert news(amended()).still_true
    assert not news(amended(), newest=ConventionStatus.TERMINATED).still_true
    assert not news(in_force(), newest=ConventionStatus.COMPLETED).still_true


def test_a_termination_lets_fall_what_is_due_on_its_day_or_later() -> None:
    on_the_day = news(terminated(ended_on="2018-06-30"))
    the_day_after = news(terminated(ended_on="2018-07-01"))

    assert [each.due_on for each in on_the_day.instalments] == [date(2018, 6, 30)]
    assert the_day_after.instalments == ()


def test_what_is_not_cash_stands_beside_the_totals() -> None:
    told = news(in_force(lines=[a_line(), a_line(kind="people")]))

    assert told.totals == {"TTC": Decimal("80000.00")}
    assert [each.value for each in told.support] == [Decimal("80000.00")]


def test_amounts_of_different_vat_bases_are_never_added() -> None:
    told = news(in_force(lines=[a_line(), a_line(vat_basis="HT")]))

    assert told.totals == {"TTC": Decimal("80000.00"), "HT": Decimal("80000.00")}


def test_only_the_readers_own_instalments_are_called_theirs() -> None:
    assert len(news().own) == 2
    assert news(reader=a_reader(DEPARTEMENT)).own == ()
    assert news(reader=a_reader(OFFICE)).own == ()


@pytest.mark.parametrize(
    ("need", "secured", "gap", "percent"),
    [("180000", "80000", "100000", 44), ("1000", "999", "1", 99), ("1000", "1200", "-200", 100), ("0", "0", "0", 100)],
)
def test_a_share_is_whole_only_where_nothing_is_missing(need: str, secured: str, gap: str, percent: int) -> None:
    shown = ActionFigures(code="2.1", title=None, figures=figures(need=need, secured=secured, gap=gap))

    assert shown.secured_percent == percent


def test_who_ended_a_convention_is_named_where_it_is_known() -> None:
    assert news(terminated()).ended_by == "Région Provence-Alpes-Côte d’Azur"
    assert news(terminated(ended_by=None)).ended_by is None
