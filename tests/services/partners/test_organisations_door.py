"""The register over HTTP: real PostgreSQL, the files as they are published."""

import csv
import io
from collections.abc import Iterator

import pytest

from chassis.database import transaction
from chassis.identifiers import stable_id
from chassis.testing import history
from chassis.testing_http import ApiClient
from services.partners.use_cases.organisations import import_organisations
from tests.services.partners.bodies import DEPARTEMENT, DIGNE, REGION, Json, made, office
from tests.services.partners.builders import DEPARTEMENT_SIREN, DIGNE_SIREN

pytestmark = pytest.mark.needs_postgresql

COMMUNES = "insee,siren,name,postal_code,population,epci_siren\n04070,210400701,Digne-les-Bains,04000,16460,200067437\n"
CSV = {"Content-Type": "text/csv"}


def names(door: ApiClient, **query: str | int) -> list[str]:
    return [each["name"] for each in made(office(door).get("/v1/organisations", query_string=query))["items"]]


def imported(door: ApiClient, text: str, **query: str) -> Json:
    answer = office(door).post("/v1/organisations/imports", data=text.encode(), headers=CSV, query_string=query)
    return made(answer)


def test_a_registered_organisation_is_announced_and_shown(door: ApiClient) -> None:
    organisation = made(office(door).post("/v1/organisations", json=DIGNE))

    answer = office(door).get(f"/v1/organisations/{organisation['id']}")

    assert answer.get_json() == organisation
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

    assert names(door, search="%?!") == names(door) == [DIGNE["name"]]
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


def test_importing_again_changes_nothing(door: ApiClient) -> None:
    first, second = imported(door, COMMUNES), imported(door, COMMUNES)

    assert [(report["registered"], report["unchanged"]) for report in (first, second)] == [(1, 0), (0, 1)]
    assert first["ignored_columns"] == ["postal_code", "epci_siren"]
    with transaction() as session:
        assert len(history(session)) == 1


def test_a_dry_run_says_what_would_happen_and_changes_nothing(door: ApiClient) -> None:
    report = imported(door, COMMUNES, dry_run="true")

    assert (report["dry_run"], report["registered"]) == (True, 1)
    assert names(door) == []


def test_an_import_changes_only_what_its_file_says(door: ApiClient) -> None:
    departement = made(office(door).post("/v1/organisations", json=DEPARTEMENT))

    report = imported(door, f"nom;siren;population\nDépartement 04;{DEPARTEMENT_SIREN};164308\n")

    assert report["changed"] == 1
    after = office(door).get(f"/v1/organisations/{departement['id']}").get_json()
    assert after == {**departement, "name": "Département 04", "population": 164308}


def test_a_line_without_a_valid_siren_is_kept_once_and_completed_later(door: ApiClient) -> None:
    typo, corrected = "nom,siren\nDigne,210400702\n", f"nom,siren\nDIGNE,{DIGNE_SIREN}\n"

    reports = [imported(door, text) for text in (typo, typo, corrected)]

    assert [(report["registered"], report["changed"]) for report in reports] == [(1, 0), (0, 0), (0, 1)]
    [organisation] = made(office(door).get("/v1/organisations"))["items"]
    assert (organisation["siren"], organisation["identifier_flag"]) == (DIGNE_SIREN, None)


def test_the_report_names_line_column_reason_and_suggestion(door: ApiClient) -> None:
    report = imported(door, "nom,siren,population\nThomson,5520176,\n,210400701,\nDigne,210400701,peu\n")

    assert (report["registered"], report["refused"]) == (1, 2)
    assert [(each["line"], each["column"], each["refused"]) for each in report["lines"]] == [
        (2, "siren", False),
        (3, "name", True),
        (4, "population", True),
    ]
    assert report["lines"][0]["suggestion"] == "005520176"


def test_an_import_is_a_csv_file(door: ApiClient) -> None:
    assert office(door).post("/v1/organisations/imports", json={}).status_code == 415
    unreadable = office(door).post("/v1/organisations/imports", data=b"siren\n1\n", headers=CSV)
    assert (unreadable.status_code, "nom" in unreadable.get_json()["detail"]) == (422, True)


def test_a_thousand_organisations_are_imported_at_once(door: ApiClient) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["nom", "siren"], *([f"Association {number}", ""] for number in range(1000))])

    with transaction() as session:
        report = import_organisations(session, text.getvalue())

    assert (report.registered, len(report.lines)) == (1000, 1000)
