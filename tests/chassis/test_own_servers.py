"""Servers that tests may harm: killed and started again, they hold what they held."""

from collections.abc import Iterator

import pytest

from tests.nodes import PostgreSQLNode, RabbitMQNode, running

pytestmark = pytest.mark.needs_own_servers


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[PostgreSQLNode, RabbitMQNode]]:
    database, broker = PostgreSQLNode(), RabbitMQNode()
    with running(database, broker):
        yield database, broker


def test_killed_servers_hold_what_they_held(servers: tuple[PostgreSQLNode, RabbitMQNode]) -> None:
    database, broker = servers
    database.ask("CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES")
    broker.control("add_vhost", "kept")

    database.kill()
    broker.kill()
    assert not database.answers()
    assert not broker.answers()
    database.start()
    broker.start()

    assert database.ask("SELECT count(*) FROM kept") == [(1,)]
    assert "kept" in broker.control("list_vhosts")
