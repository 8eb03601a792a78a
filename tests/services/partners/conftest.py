from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from chassis import clock
from chassis.service import Service
from chassis.testing import a_service, deliver, emptied
from chassis.testing_http import ApiClient, api_client
from services.partners.worker import PartnersWorker
from tests.services.partners.builders import OCTOBER, an_action_event, the_programme_event


@pytest.fixture(scope="session")
def migrated_partners(database_administration_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder, key = tmp_path_factory.mktemp("partners"), Fernet.generate_key().decode()
    with a_service("partners", database_administration_url, folder, encryption_key=key) as service:
        yield service


@pytest.fixture(scope="session")
def opened(migrated_partners: Service) -> ApiClient:
    return api_client(migrated_partners)


@pytest.fixture
def partners(migrated_partners: Service) -> Iterator[Service]:
    """The service with an empty database, on 20 October 2017."""
    clock.travel_to(OCTOBER)
    yield emptied(migrated_partners)
    clock.travel_back()


@pytest.fixture
def door(partners: Service, opened: ApiClient) -> ApiClient:
    """The HTTP door, where the programme and two actions are known."""
    deliver(PartnersWorker.know_programme, the_programme_event())
    deliver(PartnersWorker.know_action, an_action_event("2.1"), an_action_event("2.2"))
    return opened
