"""The bakery's HTTP door, on a database of its own per test file."""

import io
import logging
from collections.abc import Iterator

import pytest

from chassis.observability import configure_logging
from chassis.service import Service
from chassis.testing import a_service, emptied
from chassis.testing_http import ApiClient
from tests.chassis.bakery_door import a_client


@pytest.fixture(scope="module")
def bakery_for_a_file(
    database_administration_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, ApiClient]]:
    state = tmp_path_factory.mktemp("bakery")
    with a_service("bakery", database_administration_url, state, body_limit_bytes=10_000) as service:
        yield service, a_client(service)


@pytest.fixture
def door(bakery_for_a_file: tuple[Service, ApiClient]) -> ApiClient:
    service, client = bakery_for_a_file
    emptied(service)
    return client


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What is logged at level `info` from now on, as lines."""
    lines, root = io.StringIO(), logging.getLogger()
    kept, level = list(root.handlers), root.level
    configure_logging("info", lines)
    yield lines
    configure_logging("warning")
    root.handlers[:] = kept
    root.setLevel(level)
