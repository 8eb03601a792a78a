"""The register's pages in front of the real services: search, one organisation, its people, import, merger."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.service import serving
from services.partners.worker import import_next
from tests.console.conftest import House, send
from tests.console.test_forms import words_of

pytestmark = pytest.mark.needs_postgresql

MANOSQUE: dict[str, Any] = {"name": "Manosque l’essai", "siren": "732829320", "public": "yes"}


@pytest.fixture
def office(house: House) -> FlaskClient:
    return house.visitor()


def registered(house: House, name: str, **facts: Any) -> str:
    return str(house.call("POST", "partners", "/v1/organisations", {"name": name, **facts}).json()["id"])


def test_an_organisation_is_registered_found_with_a_slip_and_changed(house: House, office: FlaskClient) -> None:
    made = send(office, "/organisations/new", _key=str(new_id()), **MANOSQUE)
    assert made.status_code == 303, words_of(made)

    assert "Manosque l’essai" in office.get("/organisations/?search=manosqe essai").text
    changed = send(
        office,
        f"{made.location}/change",
        _key=str(new_id()),
        _version='"1"',
        **{**MANOSQUE, "name": "Ville de Manosque"},
    )
    assert changed.status_code == 303, words_of(changed)
    assert "Ville de Manosque" in office.get(made.location).text


def test_what_was_typed_is_kept_when_refused_with_the_reason(house: House, office: FlaskClient) -> None:
    refused = send(office, "/organisations/new", _key=str(new_id()), name="Essai", legal_category="72")

    assert (refused.status_code, 'value="72"' in refused.text) == (422, True)
    assert "Quatre chiffres." in words_of(refused)


def test_a_siren_known_already_is_refused_at_its_field_with_the_way_to_whom_it_names(
    house: House, office: FlaskClient
) -> None:
    known = registered(house, "Connue déjà", siren="356000000")

    refused = send(office, "/organisations/new", _key=str(new_id()), name="Essai", siren="356 000 000")

    assert refused.status_code == 422
    assert "SIREN : Le SIREN 356000000 est déjà celui d’un organisme enregistré, Connue déjà" in words_of(refused)
    assert f'<a href="/organisations/{known}">Voir l’organisme qui a ce SIREN</a>' in refused.text


def test_a_partner_keeps_its_own_people_and_sees_nobody_elses(house: House, office: FlaskClient) -> None:
    mine, other = registered(house, "Mienne"), registered(house, "Autre")
    contact = {"name": "Claude Exemple", "capacity": "Maire", "may_sign": "sign_charter", "_key": str(new_id())}
    assert send(office, f"/organisations/{other}/contacts/new", **contact).status_code == 303
    partner = house.visitor(Role.PARTNER, organisation_id=mine)

    added = send(partner, f"/organisations/{mine}/contacts/new", **{**contact, "_key": str(new_id())})

    assert added.status_code == 303, words_of(added)
    assert "Claude Exemple" in partner.get(f"/organisations/{mine}").text
    assert "Claude Exemple" not in partner.get(f"/organisations/{other}").text
    assert "/change" not in partner.get(f"/organisations/{mine}").text


def test_a_file_is_tried_then_imported_with_its_report(house: House, office: FlaskClient) -> None:
    last = ""

    def sent(**more: str) -> str:
        file = (io.BytesIO("nom;siren\nEssai d’import;210400702\n;1\n".encode()), "essai.csv")
        answer = send(office, "/organisations/imports/new", file=file, _key=str(new_id()), **more)
        assert answer.status_code == 303, words_of(answer)
        return report_at(answer.location)

    def report_at(address: str) -> str:
        nonlocal last
        last = address
        with serving(house.services["partners"]):
            import_next()
        return words_of(office.get(address))

    assert 'href="/organisations/export.csv"' in office.get("/organisations/imports/new").text
    assert "Rien n’a été modifié" in sent(dry_run="yes")
    blocked = sent()
    assert "1 ligne(s) sur 2 ne peuvent pas" in blocked
    assert "Le nom manque." in blocked
    assert "Essai d’import" not in office.get("/organisations/").text

    confirmed = send(office, f"{last}/confirmation", leave_out="yes")

    report = report_at(confirmed.location)
    assert "Le fichier est importé." in report
    assert "Voir les organismes" in report
    assert "Essai d’import" in office.get("/organisations/").text


def test_a_report_says_what_would_change_and_then_what_has_changed(house: House, office: FlaskClient) -> None:
    known = registered(house, "Syndicat à compter", siren="334173879", population=16460)
    file = (io.BytesIO("nom;siren;population;financeur\nSyndicat compté;334173879;17001;oui\n".encode()), "e.csv")
    answer = send(office, "/organisations/imports/new", file=file, dry_run="yes", _key=str(new_id()))

    def report() -> str:
        with serving(house.services["partners"]):
            import_next()
        page = office.get(answer.location)
        assert f'href="/organisations/{known}"' in page.text
        return words_of(page)

    told = "2 Syndicat à compter Nom Syndicat à compter Syndicat compté Il finance non oui Population 16 460 17 001"
    tried = report()
    assert "Ce qui changerait" in tried
    send(office, f"{answer.location}/confirmation")
    done = report()
    assert "Ce qui a changé" in done
    for each in (tried, done):
        assert told in " ".join(each.replace("\u202f", " ").replace("\u00a0", " ").split()), each


def test_a_duplicate_is_merged_once_one_has_read_what_that_does(house: House, office: FlaskClient) -> None:
    survivor = registered(house, "Syndicat de l’essai", population=12)
    duplicate = registered(house, "Synd. essai double", siren="130025265", population=3)
    contact = {"name": "Claude Exemple", "capacity": "Directrice"}
    house.call("POST", "partners", f"/v1/organisations/{duplicate}/contacts", contact)
    address = f"/organisations/{survivor}/merge"

    chosen = send(office, address, duplicate_id="Synd. essai double", _key=str(new_id()))
    foreseen = words_of(office.get(chosen.location))

    assert chosen.location == f"{address}/{duplicate}"
    assert "« Synd. essai double » prendrait fin, et « Syndicat de l’essai » recevrait 1 contact." in foreseen
    assert "1 contact Claude Exemple" in foreseen
    assert "SIREN – 130025265 repris" in foreseen
    assert "Population 12 3 mis de côté" in foreseen
    assert "/merge" in office.get(f"/organisations/{survivor}").text  # nothing was written by looking

    merged = send(office, chosen.location, _key=str(new_id()), duplicate_id=duplicate)

    assert merged.status_code == 303, words_of(merged)
    assert f'href="/organisations/{survivor}"' in office.get(f"/organisations/{duplicate}").text


def test_what_stands_in_the_way_of_a_merger_is_said_before_it_is_asked_for(house: House, office: FlaskClient) -> None:
    one, other = (
        registered(house, "Personne une", siren="180089013"),
        registered(house, "Personne deux", siren="775685019"),
    )

    foreseen = office.get(f"/organisations/{one}/merge/{other}")

    assert "sont deux personnes morales" in words_of(foreseen)
    assert "Les fusionner définitivement" not in foreseen.text
    assert f'href="/organisations/{other}/merge/{one}"' in foreseen.text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_leaves_as_a_file(house: House, office: FlaskClient, form: str) -> None:
    registered(house, f"Exportée {form}")

    file = office.get(f"/organisations/export.{form}?search=exportee {form}")

    assert file.data.startswith("\ufeffnom".encode() if form == "csv" else b"PK")


def test_a_report_leads_on_and_is_found_again(house: House, office: FlaskClient) -> None:
    def tried(content: str) -> str:
        file = (io.BytesIO(content.encode()), "retrouvé.csv")
        answer = send(office, "/organisations/imports/new", file=file, dry_run="yes", _key=str(new_id()))
        with serving(house.services["partners"]):
            import_next()
        return str(answer.location)

    wrong, right = tried("nom;population\nEssai;douze\n"), tried("nom;siren\nEssai juste;180089013\n")

    assert "Population « douze » n’est pas un nombre entier." in words_of(office.get(wrong))
    assert "Envoyer le fichier corrigé" in words_of(office.get(wrong))
    assert "Importer le fichier pour de bon" in words_of(office.get(right))
    before = office.get("/organisations/imports/new")
    assert wrong in before.text
    assert "essayé seulement" in words_of(before)


def test_a_body_too_large_is_told_the_limit(house: House, office: FlaskClient) -> None:
    console = house.console(upload_limit_bytes=100_000)
    sender = house.visitor(console=console)

    answer = send(sender, "/organisations/imports/new", file=(io.BytesIO(b"x" * 150_000), "grand.csv"))

    assert answer.status_code == 413
    assert "0,1 Mo au plus" in words_of(answer)


def test_an_organisation_leads_to_its_mandates_and_to_itself_in_the_form_of_one(
    house: House, office: FlaskClient
) -> None:
    mine = registered(house, "Syndicat aux mandats")

    assert f'href="/mandates?organisation={mine}"' in office.get(f"/organisations/{mine}").text
    listed = office.get(f"/mandates?organisation={mine}")
    assert "Seulement ceux de Syndicat aux mandats." in words_of(listed)
    form = office.get(f"/mandates/new?organisation={mine}")
    assert 'value="Syndicat aux mandats"' in form.text
