"""The comparison is proved: with the inbox check taken out it finds the doubles, with the outbox the losses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.comparison import Comparison, compare
from tests.faults.form import either, until
from tests.faults.load import Signatures
from tests.faults.nursery import Nursery
from tests.faults.platform import Platform, a_platform
from tests.nodes import PostgreSQLNode, RabbitMQNode

pytestmark = pytest.mark.needs_own_servers

TWO = ("partners", "budget")
MANY = either(20, 40)
AGAIN = "UPDATE outbox SET published_at = NULL WHERE type LIKE 'partners.convention.%'"
APPLIED = "SELECT count(*) FROM inbox WHERE subscription = 'budget.record_commitment'"


@pytest.fixture
def two(nursery: Nursery, nodes: tuple[RabbitMQNode, PostgreSQLNode], tmp_path: Path) -> Iterator[Platform]:
    """A platform of partners and budget, to be spoiled."""
    with a_platform(nursery, *nodes, tmp_path, names=TWO) as platform:
        yield platform


def test_without_the_inbox_check_the_comparison_finds_the_doubles(two: Platform) -> None:
    assert compare(two, names=TWO) == Comparison()
    two.programs["budget"].stop()
    two.ask("budget", "DROP INDEX inbox_event")
    with two.instead("budget", "without_inbox"):
        Signatures(two, MANY).give()
        assert compare(two, names=TWO) == Comparison()
        (once,) = two.ask("budget", APPLIED)
        two.ask("partners", AGAIN)
        until(lambda: two.ask("budget", APPLIED)[0][0] == 2 * once[0])

        found = compare(two, names=TWO)

    assert len(found.doubled) >= once[0]
    assert found.lost == []


def test_without_the_outbox_the_comparison_finds_the_losses(two: Platform) -> None:
    two.programs["partners"].stop()
    forgetful = two.program("partners", variant="without_outbox")
    forgetful.start()
    signatures = Signatures(two, MANY)

    with signatures.being_given():
        signatures.wait_for_some()
        forgetful.kill()
        two.run("partners")

    found = compare(two, names=TWO, within=either(2, 5))
    assert found.lost
    assert found.doubled == []
