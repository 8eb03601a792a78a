"""What happens to the database: restarted, read-only for one service, its disk full."""

import pytest

from tests.faults.comparison import assert_nothing_lost_nothing_doubled
from tests.faults.disk import a_disk_of_its_own
from tests.faults.form import either, until
from tests.faults.load import Signatures
from tests.faults.platform import Platform

pytestmark = pytest.mark.needs_own_servers

MANY = either(20, 500)


def test_the_database_is_restarted(platform: Platform) -> None:
    signatures = Signatures(platform, MANY)

    with signatures.being_given():
        signatures.wait_for_some()
        platform.database.restart()
    platform.forget_connections()

    assert_nothing_lost_nothing_doubled(platform)


def test_the_database_of_one_service_takes_nothing_for_a_while(platform: Platform) -> None:
    signatures, budget = Signatures(platform, MANY), platform.programs["budget"]
    before = budget.said().count("consumer.database_away")

    with signatures.being_given():
        _let_budget(platform, "SET default_transaction_read_only = on")
        until(lambda: budget.said().count("consumer.database_away") > before + platform.delivery_limit)
    _let_budget(platform, "RESET default_transaction_read_only")

    assert_nothing_lost_nothing_doubled(platform)


@pytest.mark.needs_mounts
def test_the_disk_of_one_service_is_full_for_a_while(platform: Platform) -> None:
    signatures, budget = Signatures(platform, MANY), platform.programs["budget"]
    before = budget.said().count("consumer.database_away")

    with a_disk_of_its_own(platform, "budget") as disk:
        with signatures.being_given():
            disk.fill()
            until(lambda: budget.said().count("consumer.database_away") > before + platform.delivery_limit)
        assert "No space left on device" in platform.database.said(last=100_000)
        disk.empty()

        assert_nothing_lost_nothing_doubled(platform)


def _let_budget(platform: Platform, change: str) -> None:
    """Change a setting of budget's database, and cut those who are connected: each takes it at its start."""
    ((name,),) = platform.ask("budget", "SELECT current_database()")
    platform.database.ask(f"ALTER DATABASE {name} {change}")
    platform.database.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    platform.forget_connections()
