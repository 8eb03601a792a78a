"""What happens to the broker: stopped, cut off, robbed of a queue or an exchange, out of memory, under pressure."""

import re

import pytest

from tests.faults.comparison import assert_nothing_lost_nothing_doubled
from tests.faults.form import either, last_for, until
from tests.faults.load import Changes, Signatures
from tests.faults.platform import Platform

pytestmark = pytest.mark.needs_own_servers

MANY = either(20, 500)
UNPUBLISHED_YET_READABLE = """
    SELECT count(*) FROM outbox
    WHERE published_at IS NULL AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
"""


def test_the_broker_is_stopped_and_started(platform: Platform) -> None:
    signatures = Signatures(platform, MANY)

    with signatures.being_given():
        signatures.wait_for_some()
        platform.broker.restart()

    assert_nothing_lost_nothing_doubled(platform)


def test_the_broker_closes_every_connection_by_force(platform: Platform) -> None:
    signatures = Signatures(platform, MANY)

    with signatures.being_given():
        signatures.wait_for_some()
        platform.broker.control("close_all_connections", "by the test")

    assert_nothing_lost_nothing_doubled(platform)


def test_a_deleted_queue_is_made_again_and_the_log_says_how_to_bring_what_it_held(platform: Platform) -> None:
    signatures, budget = Signatures(platform, MANY), platform.programs["budget"]

    with signatures.being_given(), platform.at_the_broker() as channel:
        signatures.wait_for_some()
        channel.queue_delete(f"{platform.namespace}budget.record_commitment")
        until(lambda: "consumer.queue_was_deleted" in budget.said())
    (replays,) = re.findall(
        r"entente events replay --subscriber budget\.record_commitment --since [^\s\"']+", budget.said()
    )
    platform.command(replays)

    assert_nothing_lost_nothing_doubled(platform)


def test_a_deleted_exchange_is_made_again_and_nothing_is_published_past_its_subscribers(platform: Platform) -> None:
    signatures, partners = Signatures(platform, MANY), platform.programs["partners"]
    Signatures(platform, 1).give()

    with platform.at_the_broker() as channel:
        channel.exchange_delete(f"{platform.namespace}partners.events")
    signatures.give()

    until(lambda: "relay.exchange_was_deleted" in partners.said())
    assert_nothing_lost_nothing_doubled(platform)


def test_an_alarm_of_the_broker_stops_events_but_no_signer_and_no_reader(platform: Platform) -> None:
    signatures, changes = Signatures(platform, MANY), Changes(platform, people=either(2, 4))

    with changes.being_made():
        platform.broker.control("set_vm_memory_high_watermark", "absolute", "1")
        signatures.give()
        last_for(either(3, 60))
        until(lambda: platform.ask("partners", UNPUBLISHED_YET_READABLE)[0][0] > MANY)
        platform.broker.control("set_vm_memory_high_watermark", "0.4")

    assert "relay.blocked" in platform.programs["partners"].said()
    assert_nothing_lost_nothing_doubled(platform, changes)


def test_fifty_publish_at_once_on_a_short_heartbeat_and_no_connection_breaks(platform: Platform) -> None:
    changes = Changes(platform, people=50)
    mark = platform.broker.output.stat().st_size

    with changes.being_made():
        last_for(either(6, 60))

    log = platform.broker.output.read_bytes()[mark:].decode()
    assert re.findall("missed heartbeats|unexpectedly closed|error on AMQP connection|unexpected_frame", log) == []
    assert all(changes.acknowledged.values())
    assert_nothing_lost_nothing_doubled(platform, changes)
