from collections.abc import Iterator

import pytest

from chassis.database import transaction
from chassis.service import Service
from chassis.testing import a_service, emptied
from chassis.testing_http import ApiClient, api_client
from services.budget import queries


@pytest.fixture(scope="session")
def migrated_budget(database_administration_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with a_service("budget", database_administration_url, tmp_path_factory.mktemp("budget")) as service:
        yield service


@pytest.fixture(scope="session")
def opened(migrated_budget: Service) -> ApiClient:
    return api_client(migrated_budget)


@pytest.fixture
def budget(migrated_budget: Service) -> Service:
    """The service with an empty database."""
    return emptied(migrated_budget)


@pytest.fixture
def door(budget: Service, opened: ApiClient) -> ApiClient:
    """The HTTP door over an empty database; `as_` opens it for somebody."""
    return opened


@pytest.fixture
def adds_up(budget: Service) -> Iterator[None]:
    """After the test, ledger, projection, promises, credit and events agree."""
    yield
    with transaction() as session:
        assert queries.verify(session) == []
