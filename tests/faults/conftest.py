"""One broker, one database and one platform for all faults: each test leaves them as it found them."""

from collections.abc import Iterator

import pytest

from tests.faults.platform import Platform, a_platform
from tests.nodes import PostgreSQLNode, RabbitMQNode, free_port, running


@pytest.fixture(scope="session")
def nodes() -> Iterator[tuple[RabbitMQNode, PostgreSQLNode]]:
    broker, database = RabbitMQNode(), PostgreSQLNode()
    with running(broker, database):
        yield broker, database


@pytest.fixture(scope="session")
def platform_of_all(
    nodes: tuple[RabbitMQNode, PostgreSQLNode], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    nowhere_yet = f"smtp://127.0.0.1:{free_port()}"
    with a_platform(*nodes, tmp_path_factory.mktemp("platform"), smtp_url=nowhere_yet) as platform:
        yield platform


@pytest.fixture
def platform(platform_of_all: Platform) -> Platform:
    """The platform with every service at work, whatever the last test did."""
    platform_of_all.run()
    return platform_of_all
