"""One broker, one database and one platform for all faults: each test leaves them as it found them."""

from collections.abc import Iterator

import pytest

from tests.faults.form import LONG
from tests.faults.nursery import Nursery, PlainNursery, QuickNursery
from tests.faults.platform import Platform, a_platform
from tests.nodes import PostgreSQLNode, RabbitMQNode, running


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where processes come from; in the long form each imports all it needs, as an operator's does."""
    nursery: Nursery = PlainNursery() if LONG else QuickNursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="session")
def nodes() -> Iterator[tuple[RabbitMQNode, PostgreSQLNode]]:
    broker, database = RabbitMQNode(management=True), PostgreSQLNode()
    with running(broker, database):
        yield broker, database


@pytest.fixture(scope="session")
def platform_of_all(
    nursery: Nursery, nodes: tuple[RabbitMQNode, PostgreSQLNode], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    with a_platform(nursery, *nodes, tmp_path_factory.mktemp("platform")) as platform:
        yield platform


@pytest.fixture
def platform(platform_of_all: Platform) -> Platform:
    """The platform with every service at work, whatever the last test did."""
    platform_of_all.run()
    return platform_of_all
