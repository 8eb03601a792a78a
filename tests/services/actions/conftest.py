from collections.abc import Iterator

import pytest

from chassis.service import Service
from chassis.testing import a_service, emptied
from chassis.testing_http import ApiClient, api_client


@pytest.fixture(scope="session")
def migrated_actions(database_administration_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with a_service("actions", database_administration_url, tmp_path_factory.mktemp("actions")) as service:
        yield service


@pytest.fixture(scope="session")
def opened(migrated_actions: Service) -> ApiClient:
    return api_client(migrated_actions)


@pytest.fixture
def actions(migrated_actions: Service) -> Service:
    """The service with an empty database."""
    return emptied(migrated_actions)


@pytest.fixture
def door(actions: Service, opened: ApiClient) -> ApiClient:
    """The HTTP door over an empty database; `as_` opens it for somebody."""
    return opened
