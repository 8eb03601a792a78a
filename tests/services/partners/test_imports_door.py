"""Imports over HTTP: a file comes in, the worker works through it, its report is read page by page."""

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from chassis.database import transaction
from chassis.identity import Role
from chassis.testing import history
from chassis.testing_http import ApiClient
from services.partners.domain.register_file import RegisterFile
from services.partners.domain.register_import import MOST_ATTEMPTS, RegisterImport
from services.partners.use_cases import imports
from services.partners.worker import PartnersWorker, import_next
from tests.services.partners.bodies import DEPARTEMENT, DIGNE, Json, made, office
from tests.services.partners.builders import DEPARTEMENT_SIREN, DIGNE_SIREN

pytestmark = pytest.mark.needs_postgresql

COMMUNES = "insee,siren,name,postal_code,population,epci_siren\n04070,210400701,Digne-les-Bains,04000,16460,200067437\n"
CSV = {"Content-Type": "text/csv"}
WRONG = "nom,siren,population\nThomson,5520176,\n,210400701,\nDigne,210400701,peu\n"
PATH = "/v1/organisations/imports"


def names(door: ApiClient) -> list[str]:
    return [each["name"] for each in made(office(door).get("/v1/organisations"))["items"]]


def received(door: ApiClient, file: bytes, **query: str) -> Json:
    answer = office(door).post(PATH, data=file, headers=CSV, query_string=query)
    assert answer.status_code == 202, answer.text
    body: Json = answer.get_json()
    return body


def imported(door: ApiClient, text: str, **query: str) -> Json:
    """Give the report of an import once the worker is done with it, its remarks as `lines`."""
    path = f"{PATH}/{received(door, text.encode(), **query)['id']}"
    while import_next():
        pass
    return {**made(office(door).get(path)), "remarks": made(office(door).get(f"{path}/remarks"))["items"]}


def begun_and_interrupted() -> None:
    """Import what is taken at once, and go no further."""
    with transaction() as session:
        import_id = imports.take_up(session)
        assert import_id is not None
        register = imports.open_file(session, import_id)
        assert register is not None
        imports.advance(session, import_id, register)


def a_register(count: int) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([["nom", "siren"], *([f"Association {number}", ""] for number in range(count))])
    return text.getvalue()


def test_importing_again_changes_nothing(door: ApiClient) -> None:
    first, second = imported(door, COMMUNES), imported(door, COMMUNES)

    assert [(report["registered"], report["unchanged"]) for report in (first, second)] == [(1, 0), (0, 1)]
    assert first["ignored_columns"] == []
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
    shown = {name: after[name] for name in departement}
    assert shown == {**departement, "name": "Département 04", "population": 164308}


CHANGING = (
    "nom;siren;population;financeur;code INSEE;ville;SIRET depuis\n"
    f"Digne;{DIGNE_SIREN};16512;oui;;Digne-les-Bains;2017-09-01\n"
    f"Département des Alpes-de-Haute-Provence;{DEPARTEMENT_SIREN};;;;;\n"
    "Nouvelle;;;;;;\n"
)


@pytest.mark.parametrize("at_once", [1, 500])
def test_a_dry_run_and_the_import_say_fact_by_fact_the_same_change(
    door: ApiClient, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", at_once)
    made(office(door).post("/v1/organisations", json=DEPARTEMENT))
    digne = made(office(door).post("/v1/organisations", json={**DIGNE, "insee_code": "04070"}))
    path = f"{PATH}/{imported(door, CHANGING, dry_run='true')['id']}"

    tried = made(office(door).get(f"{path}/changes"))["items"]
    office(door).post(f"{path}/confirmation", json={})
    while import_next():
        pass
    done = made(office(door).get(f"{path}/changes"))["items"]

    assert tried == done
    [change] = done
    assert (change["line"], change["organisation_id"], change["name"]) == (2, digne["id"], DIGNE["name"])
    assert {each["column"]: (each["before"], each["after"]) for each in change["differences"]} == {
        "name": ("Digne-les-Bains", "Digne"),
        "population": ("16460", "16512"),
        "funder": ("false", "true"),
        "siret_since": (None, "2017-09-01"),
        "town": (None, "Digne-les-Bains"),
    }
    again = f"{PATH}/{imported(door, CHANGING)['id']}/changes"
    assert made(office(door).get(again))["items"] == []


def test_changes_are_read_page_by_page_in_the_order_of_the_file(door: ApiClient) -> None:
    imported(door, a_register(5))
    numbered = "\n".join(["nom,siren", *(f"Association {number},210400702" for number in range(5))])
    path = f"{PATH}/{imported(door, numbered)['id']}/changes"

    page = made(office(door).get(path, query_string={"limit": 2}))
    rest = made(office(door).get(path, query_string={"limit": 3, "cursor": page["next"]}))

    assert [each["line"] for each in (*page["items"], *rest["items"])] == [2, 3, 4, 5, 6]
    assert (len(page["items"]), rest["next"]) == (2, None)
    assert page["items"][0]["differences"] == [{"column": "siren", "before": None, "after": "210400702"}]


def test_a_line_without_a_valid_siren_is_kept_once_and_completed_later(door: ApiClient) -> None:
    typo, corrected = "nom,siren\nDigne,210400702\n", f"nom,siren\nDIGNE,{DIGNE_SIREN}\n"

    reports = [imported(door, text) for text in (typo, typo, corrected)]

    assert [(report["registered"], report["changed"]) for report in reports] == [(1, 0), (0, 0), (0, 1)]
    [organisation] = made(office(door).get("/v1/organisations"))["items"]
    assert (organisation["siren"], organisation["identifier_flag"]) == (DIGNE_SIREN, None)


@pytest.mark.parametrize("at_once", [1, 500])
def test_a_file_with_namesakes_is_the_same_said_again_however_many_lines_are_taken_at_once(
    door: ApiClient, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", at_once)
    made(office(door).post("/v1/organisations", json={"name": "Gap"}))
    file = f"nom;siren;rna\nGap;;\nGap;{DIGNE_SIREN};\nGap;{DEPARTEMENT_SIREN};\nGap;;W043001234\n"

    first, second = (imported(door, file, leave_out="true") for _ in range(2))

    assert [(each["registered"], each["unchanged"], each["refused"]) for each in (first, second)] == [
        (3, 0, 1),
        (0, 3, 1),
    ]


def test_a_line_gives_no_organisation_the_rna_of_another(door: ApiClient) -> None:
    imported(door, f"nom,siren,rna\nAsso,,W041001234\nAutre,{DIGNE_SIREN},\n")

    others, its_own = (
        imported(door, f"nom,siren,rna\nAsso,{siren},W041001234\n") for siren in (DIGNE_SIREN, DEPARTEMENT_SIREN)
    )

    assert (others["refused"], its_own["changed"]) == (1, 1)
    assert [(each["column"], each["reason"]) for each in others["remarks"]] == [("rna", "Is the RNA of Asso.")]


@pytest.mark.parametrize("at_once", [1, 500])
def test_of_two_lines_that_find_the_same_organisation_the_second_changes_nothing_and_says_so(
    door: ApiClient, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", at_once)
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}"
    made(office(door).put(path, json={**DIGNE, "siren": "732829320"}, if_match=1))

    report = imported(door, f"nom;siren\nDigne;732829320\nVille de Digne;{DIGNE_SIREN}\n")

    assert (report["changed"], report["refused"], made(office(door).get(path))["name"]) == (1, 1, "Digne")
    assert [(each["line"], each["reason"]) for each in report["remarks"] if each["refused"]] == [
        (3, "Already on line 2.")
    ]


def test_an_association_of_the_same_name_and_another_rna_is_another_one(door: ApiClient) -> None:
    reports = [imported(door, f"nom;rna\nAmis;{rna}\n") for rna in ("W043001234", "W043005678", "W043001234")]

    assert [(each["registered"], each["unchanged"]) for each in reports] == [(1, 0), (1, 0), (0, 1)]


def test_the_report_names_line_column_reason_and_suggestion(door: ApiClient) -> None:
    report = imported(door, WRONG, leave_out="true")

    assert (report["registered"], report["refused"]) == (1, 2)
    assert [(each["line"], each["column"], each["refused"]) for each in report["remarks"]] == [
        (2, "siren", False),
        (3, "name", True),
        (4, "population", True),
    ]
    assert report["remarks"][0]["suggestion"] == "005520176"


def test_an_import_is_a_file_of_a_known_kind_that_holds_something(door: ApiClient) -> None:
    assert office(door).post(PATH, json={}).status_code == 415
    assert office(door).post(PATH, data=b"", headers=CSV).status_code == 422


def test_a_file_that_cannot_be_understood_is_refused_with_the_reason_and_nothing_of_it_is_imported(
    door: ApiClient,
) -> None:
    report = imported(door, "siren\n210400701\n")

    assert (report["status"], "nom" in report["problem"], names(door)) == ("refused", True, [])


def test_an_interrupted_import_goes_on_where_it_stopped(door: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 2)
    path = f"{PATH}/{received(door, a_register(5).encode())['id']}"
    begun_and_interrupted()

    halfway = made(office(door).get(path))
    while import_next():
        pass

    assert (halfway["status"], halfway["position"], halfway["lines"]) == ("running", 2, 5)
    done = made(office(door).get(path))
    assert (done["status"], done["position"], done["registered"]) == ("done", 5, 5)
    with transaction() as session:
        assert len(history(session)) == 5


def test_an_interrupted_import_still_counts_the_first_line_of_whom_two_lines_mean(
    door: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(door, f"nom;siren;rna\nAmis;{DIGNE_SIREN};W043001234\n")
    monkeypatch.setattr(imports, "AT_ONCE", 1)
    said_twice = f"nom;siren;rna;population\nAmis;;W043001234;5\nAmis;{DIGNE_SIREN};;6\n"
    path = f"{PATH}/{received(door, said_twice.encode())['id']}"
    begun_and_interrupted()

    while import_next():
        pass

    report, [amis] = made(office(door).get(path)), made(office(door).get("/v1/organisations"))["items"]
    assert (report["changed"], report["refused"], amis["population"]) == (1, 1, 5)
    assert [each["reason"] for each in made(office(door).get(f"{path}/remarks"))["items"]][-1] == "Already on line 2."


def test_a_batch_that_fails_leaves_nothing_half_done(door: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{PATH}/{received(door, a_register(3).encode())['id']}"

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(imports, "_keep", fail)
        assert not import_next()

    report = made(office(door).get(path))
    assert (report["position"], report["attempts"], report["problem"], names(door)) == (0, 1, "the disk is full", [])
    assert import_next()
    assert made(office(door).get(path))["registered"] == 3


def test_lines_that_cannot_be_imported_block_the_file_until_they_may_be_left_out(door: ApiClient) -> None:
    blocked = imported(door, WRONG)
    path = f"{PATH}/{blocked['id']}"

    assert (blocked["status"], blocked["refused"], blocked["confirmable"], names(door)) == ("refused", 2, True, [])
    assert {each["line"] for each in blocked["remarks"]} == {3, 4}

    confirmed = office(door).post(f"{path}/confirmation", json={"leave_out": True})
    import_next()

    assert confirmed.status_code == 202
    report = made(office(door).get(path))
    assert (report["status"], report["registered"], report["refused"], names(door)) == ("done", 1, 2, ["Thomson"])
    assert len(made(office(door).get(f"{path}/remarks"))["items"]) == 3


def test_what_was_tried_is_imported_by_one_call_that_may_be_repeated(door: ApiClient) -> None:
    path = f"{PATH}/{imported(door, COMMUNES, dry_run='true')['id']}"

    for _ in range(3):
        assert office(door).post(f"{path}/confirmation", json={}).status_code == 202
        import_next()

    report = made(office(door).get(path))
    assert (report["dry_run"], report["status"], report["registered"]) == (False, "done", 1)
    with transaction() as session:
        assert len(history(session)) == 1


def test_a_file_that_cannot_be_read_or_is_no_longer_kept_is_not_confirmed(door: ApiClient) -> None:
    unreadable, tried = imported(door, "siren\n210400701\n"), imported(door, COMMUNES, dry_run="true")
    with transaction() as session:
        session.execute(update(RegisterImport).values(finished_at=RegisterImport.finished_at - timedelta(days=8)))
    PartnersWorker().forget_files()

    for each in (unreadable, tried):
        refused = office(door).post(f"{PATH}/{each['id']}/confirmation", json={})
        assert (refused.status_code, "send it again" in refused.get_json()["detail"]) == (409, True)


def test_a_file_that_fails_again_and_again_is_set_aside_and_holds_up_no_other(
    door: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = f"{PATH}/{received(door, a_register(3).encode(), name='poison')['id']}"
    good = f"{PATH}/{received(door, COMMUNES.encode())['id']}"
    healthy = imports.read_register

    def read(file: bytes, *, today: date) -> RegisterFile:
        if b"Association" in file:
            raise ZeroDivisionError("unlucky cell")
        return healthy(file, today=today)

    with monkeypatch.context() as broken:
        broken.setattr(imports, "read_register", read)
        import_next()
        import_next()
        assert made(office(door).get(good))["status"] == "done"
        for _ in range(MOST_ATTEMPTS):
            import_next()

    report = made(office(door).get(poison))
    assert (report["status"], report["confirmable"]) == ("set_aside", True)
    assert report["problem"] == "Set aside after 5 attempts: unlucky cell"
    office(door).post(f"{poison}/confirmation", json={})
    import_next()
    assert made(office(door).get(poison))["registered"] == 3


def test_a_file_may_be_as_large_as_ten_thousand_organisations_and_no_other_body(door: ApiClient) -> None:
    lines = "\n".join(f"Association {number};{'x' * 240}" for number in range(10_000))
    file = f"nom;adresse\n{lines}\n".encode()
    assert len(file) > 2_500_000

    too_much = office(door).post(PATH, data=file * 4, headers=CSV)

    assert (too_much.status_code, "at most 10000000" in too_much.get_json()["detail"]) == (413, True)
    assert office(door).post(PATH, data=file, headers=CSV).status_code == 202
    assert office(door).post("/v1/organisations", data=file, headers=CSV).status_code == 413


@pytest.mark.parametrize("query", [{}, {"dry_run": "true"}])
def test_a_day_to_come_is_told_at_its_line_before_the_first_line_is_imported(
    door: ApiClient, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 1)

    report = imported(door, f"nom;siren;SIRET depuis\nDigne;{DIGNE_SIREN};\nDépartement;;21/10/2017\n", **query)

    [refused] = [each for each in report["remarks"] if each["refused"]]
    assert (refused["line"], refused["column"], report["refused"], names(door)) == (3, "siret_since", 1, [])


def test_the_worker_takes_up_what_came_in(door: ApiClient) -> None:
    path = f"{PATH}/{received(door, COMMUNES.encode(), name='communes.csv')['id']}"

    PartnersWorker().import_registers()

    report = made(office(door).get(path))
    assert (report["name"], report["status"], report["registered"]) == ("communes.csv", "done", 1)
    assert [each["id"] for each in made(office(door).get(PATH))["items"]] == [report["id"]]


def test_a_report_is_read_page_by_page_and_by_what_was_left_out(door: ApiClient) -> None:
    file = (a_register(3) + ",210400701\n").encode()
    path = f"{PATH}/{received(door, file, leave_out='true')['id']}/remarks"
    import_next()

    page = made(office(door).get(path, query_string={"limit": 2}))
    rest = made(office(door).get(path, query_string={"limit": 2, "cursor": page["next"]}))

    assert [each["line"] for each in (*page["items"], *rest["items"])] == [2, 3, 4, 5]
    assert [each["line"] for each in made(office(door).get(path, query_string={"refused": "true"}))["items"]] == [5]


def test_what_was_exported_is_imported_again_without_any_change(door: ApiClient) -> None:
    address = {"street": "=1+1", "postal_code": "04000", "town": "Digne"}
    moved = {**DIGNE, "siret": "21040070100012", "siret_since": "2017-09-01", "addresses": [address]}
    for body in (DEPARTEMENT, moved, {"name": "=HYPERLINK(1)", "rna": "W043001234", "public": False}):
        made(office(door).post("/v1/organisations", json=body))

    files = [office(door).get("/v1/organisations/export", query_string={"format": each}) for each in ("csv", "xlsx")]

    assert "'=HYPERLINK" in files[0].get_data().decode("utf-8-sig")
    for file in files:
        received(door, file.get_data())
        import_next()
    reports = made(office(door).get(PATH))["items"]
    assert [(each["unchanged"], each["changed"], each["registered"]) for each in reports] == [(3, 0, 0), (3, 0, 0)]


def test_an_export_is_narrowed_as_a_list_is(door: ApiClient) -> None:
    for body in (DEPARTEMENT, DIGNE):
        made(office(door).post("/v1/organisations", json=body))

    text = office(door).get("/v1/organisations/export", query_string={"search": "digne"}).get_data().decode()

    assert (DIGNE_SIREN in text, DEPARTEMENT_SIREN in text) == (True, False)


def test_a_former_siren_finds_its_organisation_and_does_not_come_back(door: ApiClient) -> None:
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}"
    made(office(door).put(path, json={**DIGNE, "siren": "732829320"}, if_match=1))

    report = imported(door, f"nom;siren\nDigne-les-Bains;{DIGNE_SIREN}\n")

    assert (report["unchanged"], report["remarks"][0]["suggestion"]) == (1, "732829320")
    assert made(office(door).get(path))["siren"] == "732829320"


def test_a_siren_that_a_change_left_out_is_found_and_comes_back(door: ApiClient) -> None:
    path = f"/v1/organisations/{made(office(door).post('/v1/organisations', json=DIGNE))['id']}"
    made(office(door).put(path, json={"name": "Digne"}, if_match=1))

    report = imported(door, f"nom;siren\nDigne-les-Bains;{DIGNE_SIREN}\n")

    assert (report["changed"], report["remarks"]) == (1, [])
    shown = made(office(door).get(path))
    assert (shown["siren"], [each["value"] for each in shown["former_identifiers"]]) == (DIGNE_SIREN, [DIGNE_SIREN])


def test_a_partner_imports_nothing_and_reads_no_report(door: ApiClient) -> None:
    path = f"{PATH}/{received(door, COMMUNES.encode())['id']}"
    partner = door.as_(Role.PARTNER)

    paths = (PATH, path, f"{path}/remarks", f"{path}/changes")
    assert [partner.get(each).status_code for each in paths] == [403] * 4
    assert partner.post(PATH, data=COMMUNES.encode(), headers=CSV).status_code == 403
