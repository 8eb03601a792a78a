"""What messages do: come thrice and in any order, cannot be read, fail for a while, fail always, kill their reader."""

import random

import pytest

from tests.faults.comparison import assert_nothing_lost_nothing_doubled
from tests.faults.form import either, until
from tests.faults.load import Signatures
from tests.faults.platform import Platform, Program

pytestmark = pytest.mark.needs_own_servers

MANY = either(20, 500)
SIGNED = "partners.convention.signed.v1"
FAILED_THEN_WORKED = "SELECT count(*) FROM inbox WHERE error_class = 'RuntimeError' AND status = 'applied'"
SUBSCRIBERS_TO_SIGNATURES = ("actions", "budget", "notifications")


def test_each_event_comes_thrice_and_out_of_order(platform: Platform) -> None:
    with platform.instead("partners", "", "--only", "api"):
        Signatures(platform, MANY).give()
        announced = platform.ask("partners", "SELECT type, body FROM outbox WHERE published_at IS NULL") * 3
        random.shuffle(announced)
        for kind, body in announced:
            platform.send("partners.events", kind, body.encode())

    assert_nothing_lost_nothing_doubled(platform)


def test_a_malformed_message_is_quarantined_and_keeps_nobody_waiting(platform: Platform) -> None:
    signatures = Signatures(platform, MANY)

    with signatures.being_given():
        platform.send("partners.events", SIGNED, b'{"half": ')

    for name in SUBSCRIBERS_TO_SIGNATURES:
        until(lambda: platform.failures(name, "quarantined"))  # noqa: B023  asked at once
        assert [each["error_class"] for each in platform.failures(name, "quarantined")] == ["Unreadable"]
        platform.mend(name, "drop")
    assert_nothing_lost_nothing_doubled(platform)


def test_a_handler_that_fails_twice_then_works_is_tried_again(platform: Platform) -> None:
    with platform.instead("budget", "misbehaving"):
        Signatures(platform, MANY).give()
        Signatures(platform, 1, title="Fails twice").give()
        assert_nothing_lost_nothing_doubled(platform)
        assert platform.failures("budget", "quarantined") == []

    assert platform.ask("budget", FAILED_THEN_WORKED)[0][0] > 0


def test_what_always_fails_is_quarantined_and_retried_after_the_fix(platform: Platform) -> None:
    with platform.instead("budget", "misbehaving"):
        failing, others = Signatures(platform, 1, title="Fails always"), Signatures(platform, MANY)
        with failing.being_given():
            others.give()
        until(lambda: platform.failures("budget", "quarantined") and not platform.failures("budget", "retrying"))
        until(lambda: _secured(platform, others))

    platform.mend("budget", "retry")

    assert_nothing_lost_nothing_doubled(platform)


def test_a_message_that_kills_its_consumer_is_quarantined_and_its_neighbours_are_processed(platform: Platform) -> None:
    platform.programs["budget"].stop()
    killing, others = Signatures(platform, 1, title="Kills"), Signatures(platform, MANY)
    with others.being_given():
        killing.give()

    budget = platform.program("budget", "--only", "worker", variant="misbehaving")
    until(lambda: _dead_lettered(platform, again=budget))
    until(lambda: _secured(platform, others))
    budget.stop()
    platform.run("budget")
    assert [each["error_class"] for each in platform.failures("budget", "quarantined")] == ["DeliveryLimitReached"]
    platform.mend("budget", "retry")

    assert_nothing_lost_nothing_doubled(platform)


def _dead_lettered(platform: Platform, again: Program) -> bool:
    """Tell whether the broker gave a message up; start what died of it again."""
    if not again.runs:
        again.start()
    return bool(platform.ask("budget", "SELECT id FROM inbox WHERE status = 'quarantined'"))


def _secured(platform: Platform, signatures: Signatures) -> bool:
    wanted = [each.id for each in signatures.waiting]
    asked = (
        "SELECT count(DISTINCT convention_id) FROM ledger_entries WHERE measure = 'secured' AND convention_id = ANY(%s)"
    )
    return bool(platform.ask("budget", asked, wanted)[0][0] == len(wanted))
