"""The register over HTTP: real PostgreSQL, the files as they are published."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest

from chassis.database import transaction
from chassis.identifiers import stable_id
from chassis.testing import history
from chassis.testing_http import ApiClient
from tests.services.partners.bodies import DEPARTEMENT, DIGNE, REGION, made, office
from tests.services.partners.builders import DIGNE_SIREN

pytestmark = pytest.mark.needs_postgresql


def names(door: ApiClient, **query: str | int) -> list[str]:
    return [each["name"] for each in made(office(door).get("/v1/organisations", query_string=query))["items"]]


def test_a_registered_organisation_is_announced_and_shown(door: ApiClient) -> None:
    organisation = made(office(door).post("/v1/organisations", json=DIGNE))

    answer = office(door).get(f"/v1/organisations/{organisation['id']}")

    shown = answer.get_json()
    assert {name: shown[name] for name in organisation} == organisation
    assert answer.headers["ETag"] == '"1"'
    assert (organisation["siren"], organisation["may_sign"]) == (DIGNE_SIREN, True)
    with transaction() as session:
        assert [event.type for event in history(session)] == ["partners.organisation.registered.v1"]


def test_an_organisation_has_the_id_that_its_siren_always_has(door: ApiClient) -> None:
    assert made(office(door).post("/v1/organisations", json=DIGNE))["id"] == str(stable_id("organisation", DIGNE_SIREN))


def test_an_invalid_identifier_is_kept_and_flagged(door: ApiClient) -> None:
    organisation = made(office(door).post("/v1/organisations", json={"name": "CD04", "siret": "22040000000000"}))

    assert (organisation["siren"], organisation["may_sign"]) == (None, False)
    assert (organisation["typed_siret"], organisation["identifier_flag"]) == ("22040000000000", "siret_invalid")


def test_a_siren_belongs_to_one_organisation(door: ApiClient) -> None:
    first = made(office(door).post("/v1/organisations", json=DIGNE))

    answer = office(door).post("/v1/organisations", json={**DIGNE, "name": "Ville de Digne"})

    assert (answer.status_code, answer.get_json()["organisation_id"]) == (409, first["id"])
    region = made(office(door).post("/v1/organisations", json=REGION))
    taken = office(door).put(f"/v1/organisations/{region['id']}", json=DIGNE, if_match=1)
    assert taken.status_code == 409


def test_a_siren_given_up_may_be_registered_anew(door: ApiClient) -> None:
    first = made(office(door).post("/v1/organisations", json=DIGNE))
    made(office(door).put(f"/v1/organisations/{first['id']}", json=REGION, if_match=1))

    assert made(office(door).post("/v1/organisations", json=DIGNE))["id"] != first["id"]


def test_a_change_names_the_version_it_changes(door: ApiClient) -> None:
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}"

    assert office(door).put(path, json=DIGNE).status_code == 428
    changed = office(door).put(path, json={**DIGNE, "name": "Ville de Digne"}, if_match=1)
    assert (changed.get_json()["name"], changed.headers["ETag"]) == ("Ville de Digne", '"2"')
    assert office(door).put(path, json=DIGNE, if_match=1).status_code == 412


def test_a_change_that_says_the_same_announces_nothing(door: ApiClient) -> None:
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}"

    assert office(door).put(path, json=DIGNE, if_match=1).headers["ETag"] == '"1"'
    with transaction() as session:
        assert len(history(session)) == 1


@pytest.mark.parametrize("search", ["departement", "HAUTE provence", "alpes-de", "220400", "2204 00014"])
def test_a_search_finds_by_words_without_accents_and_by_the_start_of_a_siren(door: ApiClient, search: str) -> None:
    for body in (DEPARTEMENT, DIGNE):
        made(office(door).post("/v1/organisations", json=body))

    assert names(door, search=search) == [DEPARTEMENT["name"]]


def test_a_search_that_means_nothing_to_the_folded_names_still_answers(door: ApiClient) -> None:
    made(office(door).post("/v1/organisations", json=DIGNE))

    assert names(door, search=" ") == names(door) == [DIGNE["name"]]
    assert [names(door, search=each) for each in ("%", "'", "%?!", "_")] == [[], [], [], []]
    assert names(door, search="% nulle part") == []


def test_organisations_come_by_name_page_by_page(door: ApiClient) -> None:
    for name in ("Étoile", "eclair", "Zèbre", "Âne"):
        made(office(door).post("/v1/organisations", json={"name": name}))

    def pages() -> Iterator[list[str]]:
        cursor: str | None = ""
        while cursor is not None:
            page = made(office(door).get("/v1/organisations", query_string={"limit": 3, "cursor": cursor}))
            yield [each["name"] for each in page["items"]]
            cursor = page["next"]

    assert list(pages()) == [["Âne", "eclair", "Étoile"], ["Zèbre"]]


@pytest.mark.parametrize("search", ["dinge les bains", "Digne-les-Bians", "digne lesbains", "dygne les bains"])
def test_a_search_forgives_a_slip_of_the_pen(door: ApiClient, search: str) -> None:
    for body in (DEPARTEMENT, DIGNE, REGION):
        made(office(door).post("/v1/organisations", json=body))

    assert names(door, search=search) == [DIGNE["name"]]


@pytest.mark.parametrize("search", ["Dinge", "Dygne", "Dign", "Digbne", "igne", "Bians"])
def test_a_search_forgives_a_slip_in_a_short_word(door: ApiClient, search: str) -> None:
    for body in (DEPARTEMENT, DIGNE, REGION):
        made(office(door).post("/v1/organisations", json=body))

    assert names(door, search=search) == [DIGNE["name"]]
    assert names(door, search="Gap") == names(door, search="Dax Dinge") == []


@pytest.mark.parametrize(
    ("query", "values"),
    [({"search": "Forcalquierr"}, ["9" * 30, str(stable_id("x"))]), ({}, ["a\0", str(stable_id("x"))])],
)
def test_a_cursor_beyond_what_the_database_counts_is_one_that_nobody_gave(
    door: ApiClient, capsys: pytest.CaptureFixture[str], query: dict[str, str], values: list[str]
) -> None:
    made(office(door).post("/v1/organisations", json={"name": "Forcalquier"}))
    cursor = urlsafe_b64encode(json.dumps(values).encode()).decode()

    answer = office(door).get("/v1/organisations", query_string={**query, "cursor": cursor})

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/cursor")
    assert "Traceback" not in capsys.readouterr().out


def test_a_member_names_a_body_that_may_exist(door: ApiClient) -> None:
    answer = office(door).post("/v1/organisations", json={**DIGNE, "epci_siren": "200067438"})

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/epci_siren")


def test_what_resembles_a_search_comes_page_by_page_the_likest_first(door: ApiClient) -> None:
    for name in ("Forcalquier", "Forcalqueiret", "Forcalquerey"):
        made(office(door).post("/v1/organisations", json={"name": name}))

    first = made(office(door).get("/v1/organisations", query_string={"search": "Forcalquierr", "limit": 1}))
    rest = made(office(door).get("/v1/organisations", query_string={"search": "Forcalquierr", "cursor": first["next"]}))

    assert [each["name"] for each in first["items"]] == ["Forcalquier"]
    assert {each["name"] for each in rest["items"]} == {"Forcalqueiret", "Forcalquerey"}


def test_an_office_that_moved_is_still_found_by_the_siret_it_had(door: ApiClient) -> None:
    before, after = "21040070100012", "21040070100020"
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json={**DIGNE, 'siret': before}))['id']}"

    made(office(door).put(path, json={**DIGNE, "siret": after, "siret_since": "2017-09-01"}, if_match=1))

    assert names(door, search=before) == names(door, search=after) == [DIGNE["name"]]
    former = made(office(door).get(path))["former_identifiers"]
    assert former == [{"kind": "siret", "value": before, "since": None, "until": "2017-09-01"}]


def test_an_office_moves_on_a_day_that_has_come(door: ApiClient) -> None:
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}"

    changed = office(door).put(path, json={**DIGNE, "siret_since": "2017-10-21"}, if_match=1)
    registered = office(door).post("/v1/organisations", json={**REGION, "siret_since": "2099-01-01"})

    for answer in (changed, registered):
        assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/siret_since")


def test_a_member_names_its_inter_municipal_body(door: ApiClient) -> None:
    body = made(office(door).post("/v1/organisations", json={"name": "Provence-Alpes", "siren": "200067437"}))
    commune = made(office(door).post("/v1/organisations", json={**DIGNE, "epci_siren": "200067437"}))

    shown = made(office(door).get(f"/v1/organisations/{commune['id']}"))

    assert shown["epci"] == {"id": body["id"], "name": "Provence-Alpes"}
    assert (made(office(door).get(f"/v1/organisations/{body['id']}"))["members"], shown["members"]) == (1, 0)
    assert names(door, epci_siren="200067437") == [DIGNE["name"]]


def test_a_legal_category_gives_its_words_and_addresses_are_kept(door: ApiClient) -> None:
    address = {"use": "invoices", "street": "1 rue Haute", "postal_code": "04000", "town": "Digne"}

    shown = made(
        office(door).post("/v1/organisations", json={**DIGNE, "legal_category": "7210", "addresses": [address]})
    )

    assert (shown["legal_form"], shown["addresses"]) == ("Commune", [address])


def test_the_register_narrows_to_funders_and_to_wrong_identifiers(door: ApiClient) -> None:
    for body in (DIGNE, REGION, {"name": "Sans numéro"}):
        made(office(door).post("/v1/organisations", json=body))

    assert names(door, funder="true") == [REGION["name"]]
    assert names(door, flagged="true") == ["Sans numéro"]
