"""What `/openapi.json` of partners says: every answer that a call can give, every file that it takes or gives."""

import re
from typing import Any

import pytest

from chassis.testing_http import ApiClient
from services.partners.api.imports import ACCEPTED
from services.partners.domain.register_export import MIME_TYPES

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture
def paths(opened: ApiClient) -> dict[str, Any]:
    paths: dict[str, Any] = opened.get("/openapi.json").get_json()["paths"]
    return paths


@pytest.mark.parametrize("what", ["conventions/{convention_id}", "amendments/{amendment_id}"])
def test_a_proposal_may_be_told_what_does_not_fit_any_more(paths: dict[str, Any], what: str) -> None:
    assert "422" in paths[f"/v1/{what}/proposal"]["post"]["responses"]


def test_the_register_goes_out_and_comes_in_by_every_form_that_is_described(paths: dict[str, Any]) -> None:
    given = paths["/v1/organisations/export"]["get"]["responses"]["200"]["content"]
    taken = paths["/v1/organisations/imports"]["post"]["requestBody"]["content"]

    assert set(given) == set(MIME_TYPES.values())
    assert set(taken) == set(ACCEPTED)


def test_an_amount_that_is_never_negative_is_described_so(opened: ApiClient) -> None:
    schemas = opened.get("/openapi.json").get_json()["components"]["schemas"]
    amount = schemas["TrancheIn"]["properties"]["amount"]["pattern"]

    assert re.match(amount, "0.00")
    assert not re.match(amount, "-1.00")
