import pytest

from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.testing_http import ApiClient, strangers_are_refused, walk_rights
from tests.services.actions.builders import TELEMEDICINE

pytestmark = pytest.mark.needs_postgresql

PROGRAMME, ACTION = "/v1/programmes/SUN04", f"/v1/actions/{TELEMEDICINE}"


def test_every_endpoint_keeps_its_rights_for_every_role(door: ApiClient) -> None:
    assert walk_rights(door) == []


def test_nothing_of_one_partner_is_shown_to_another(door: ApiClient) -> None:
    assert strangers_are_refused(door, {}) == []


@pytest.mark.parametrize("role", [Role.PARTNER, Role.OPERATOR, Role.AUDITOR])
@pytest.mark.parametrize("path", [PROGRAMME, ACTION])
def test_only_the_programme_office_writes(door: ApiClient, role: Role, path: str) -> None:
    assert door.as_(role, new_id()).put(path, json={}).status_code == 403
    assert door.as_(Role.PROGRAMME_OFFICE).put(path, json={}).status_code == 422
