from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from chassis.database import transaction
from chassis.service import Service, serving
from chassis.testing import a_service, emptied
from chassis.testing_http import ApiClient, api_client
from tests.services.notifications.outside import MailServer, Receiver


@pytest.fixture(scope="session")
def migrated_notifications(
    database_administration_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder, key = tmp_path_factory.mktemp("notifications"), Fernet.generate_key().decode()
    with a_service(
        "notifications", database_administration_url, folder, encryption_key=key, webhook_private_addresses=True
    ) as service:
        yield service


@pytest.fixture(scope="session")
def running_mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture
def mail_server(running_mail_server: MailServer) -> MailServer:
    """A mail server that has seen nothing yet."""
    running_mail_server.forget()
    return running_mail_server


@pytest.fixture
def receiver(running_receiver: Receiver) -> Receiver:
    """A webhook receiver that has seen nothing yet."""
    running_receiver.forget()
    return running_receiver


@pytest.fixture
def notifications(migrated_notifications: Service, mail_server: MailServer) -> Iterator[Service]:
    """The service with an empty database and a mail server that answers."""
    service = emptied(migrated_notifications)
    settings = replace(
        service.settings,
        smtp_url=mail_server.url,
        console_url="https://entente.example",
        notifications_url="https://notifications.example",
    )
    with serving(replace(service, settings=settings)) as served:
        yield served


@pytest.fixture
def door(notifications: Service) -> ApiClient:
    """The HTTP door over an empty database."""
    return api_client(notifications)


@pytest.fixture
def later(notifications: Service) -> "Later":
    """Lets time pass for deliveries, whose times are the database's."""
    return Later()


class Later:
    """Makes what is planned for later due at once."""

    def __call__(self) -> None:
        with transaction() as session:
            session.execute(text("UPDATE deliveries SET due_at = clock_timestamp() WHERE finished_at IS NULL"))
