from collections.abc import Iterator

import pytest

from chassis.service import Service
from chassis.testing import a_service, emptied


@pytest.fixture(scope="session")
def migrated_budget(database_administration_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with a_service("budget", database_administration_url, tmp_path_factory.mktemp("budget")) as service:
        yield service


@pytest.fixture
def budget(migrated_budget: Service) -> Service:
    """The service with an empty database."""
    return emptied(migrated_budget)
