"""What happens to processes: killed, ended, frozen, doubled."""

import pytest

from entente.composition import SERVICES
from tests.faults.comparison import assert_nothing_lost_nothing_doubled
from tests.faults.form import either, until
from tests.faults.load import Signatures
from tests.faults.platform import Platform, started
from tests.ports import free_port

pytestmark = pytest.mark.needs_own_servers

MANY = either(20, 500)


def test_the_budget_worker_is_killed_in_the_middle_of_signatures(platform: Platform) -> None:
    signatures = Signatures(platform, MANY)

    with signatures.being_given():
        signatures.wait_for_some()
        platform.programs["budget"].kill()
    platform.run("budget")

    assert_nothing_lost_nothing_doubled(platform)


def test_partners_is_killed_between_commit_and_publication(platform: Platform) -> None:
    platform.programs["partners"].stop()
    signatures = Signatures(platform, MANY)

    dying = platform.program("partners", variant="dying_before_it_publishes")
    dying.start()
    with signatures.being_given():
        assert dying.wait() == -9
        platform.run("partners")

    assert_nothing_lost_nothing_doubled(platform)


def test_a_worker_is_frozen_for_longer_than_its_heartbeat(platform: Platform) -> None:
    signatures, budget = Signatures(platform, MANY), platform.programs["budget"]
    log = platform.broker.output
    mark = log.stat().st_size

    with signatures.being_given():
        signatures.wait_for_some()
        budget.freeze()
        until(lambda: b"missed heartbeats from client" in log.read_bytes()[mark:])
        budget.thaw()

    assert_nothing_lost_nothing_doubled(platform)


def test_every_service_runs_with_two_relays_and_two_workers(platform: Platform) -> None:
    seconds = [platform.program(name, "--only", "worker", port=free_port()) for name in SERVICES]

    with started(*seconds):
        Signatures(platform, MANY).give()
        assert_nothing_lost_nothing_doubled(platform)


def test_services_told_to_end_under_load_end_well(platform: Platform) -> None:
    signatures = Signatures(platform, MANY)

    with signatures.being_given():
        signatures.wait_for_some()
        for program in platform.programs.values():
            program.terminate()
        assert [program.wait() for program in platform.programs.values()] == [0, 0, 0, 0]
        platform.run()

    assert_nothing_lost_nothing_doubled(platform)
