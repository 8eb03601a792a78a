"""The charter's pages: who is asked to adhere again, how one leaves, and where a departure is foreseen."""

import re

import pytest
from flask.testing import FlaskClient

from chassis.clock import today
from chassis.identifiers import new_id
from chassis.identity import Role
from tests.console.conftest import House, send
from tests.console.test_forms import value_of, words_of

pytestmark = pytest.mark.needs_postgresql

FRAME = {"title": "Schéma", "starts_on": "2017-01-01", "vat_basis": "TTC", "axes": [{"code": "1", "title": "Un"}]}
CHARTER = {"programme_code": "SUN04", "title": "Charte de l’essai"}


@pytest.fixture(scope="module")
def charter(house: House) -> str:
    house.call("PUT", "actions", "/v1/programmes/SUN04", FRAME)
    house.carry()
    return str(house.call("POST", "partners", "/v1/charters", {**CHARTER, "text": "Premier texte."}).json()["id"])


@pytest.fixture
def office(house: House, charter: str) -> FlaskClient:
    return house.visitor()


def a_material_version(house: House, text: str) -> str:
    said = {"text": text, "material": True, "judgement": "Un devoir", "adhere_by": "2099-06-30"}
    return str(house.call("POST", "partners", "/v1/charters", {**CHARTER, **said}).json()["id"])


def adhere(house: House, charter: str, organisation: str) -> None:
    signing = {
        "signed_on": str(today()),
        "level": "paper",
        "evidence": "Registre",
        "signatory": {"name": "Jeanne Martin", "capacity": "Présidente"},
    }
    house.call("PUT", "partners", f"/v1/charters/{charter}/signatures/{organisation}", signing)


def test_a_material_version_names_who_is_asked_again_with_a_door_to_each(house: House, office: FlaskClient) -> None:
    signatory = str(house.organisation("Signataire de l’essai", "130025265"))
    adhere(house, a_material_version(house, "Deuxième texte."), signatory)
    later = a_material_version(house, "Troisième texte.")

    asked = office.get(f"/charters/{later}")

    assert "Un signataire n’adhère qu’à une version antérieure, qui compte jusqu’au 30 juin 2099." in words_of(asked)
    assert f'href="/charters/{later}/signatories/{signatory}"' in asked.text
    mine = house.visitor(Role.PARTNER, organisation_id=signatory).get(f"/charters/{later}")
    assert "Adhérer de nouveau" in words_of(mine)
    adhere(house, later, signatory)
    assert "appelé à adhérer de nouveau" not in words_of(office.get(f"/charters/{later}"))
    withdrawal = f"/charters/{later}/signatories/{signatory}/withdrawal"
    assert send(office, withdrawal, withdrawn_on=str(today()), reason="Fin", _key=str(new_id())).status_code == 303


def test_a_version_that_asks_nothing_new_says_whose_adherence_counts(house: House, office: FlaskClient) -> None:
    material = a_material_version(house, "Texte d’avant.")
    number = house.call("GET", "partners", f"/v1/charters/{material}").json()["version"]
    said = {"text": "Texte d’après.", "material": False, "judgement": "Orthographe"}
    spelt = house.call("POST", "partners", "/v1/charters", {**CHARTER, **said}).json()["id"]

    words = f"Cette version n’appelle pas de nouvelle adhésion : celles données depuis la version {number} comptent"
    assert words in words_of(office.get(f"/charters/{spelt}"))
    assert words not in words_of(office.get(f"/charters/{material}"))


def test_who_alone_may_sign_stands_in_the_form_already(house: House, office: FlaskClient, charter: str) -> None:
    signatory = str(house.organisation("Une seule plume", "180089013"))
    contact = {"name": "Claude Exemple", "capacity": "Présidente", "may_sign": ["sign_charter"]}
    house.call("POST", "partners", f"/v1/organisations/{signatory}/contacts", contact)

    form = office.get(f"/charters/{charter}/signatories/{signatory}")

    assert (value_of(form, "name"), value_of(form, "capacity")) == ("Claude Exemple", "Présidente")
    assert "Seuls peuvent le signer : Claude Exemple" in words_of(form)
    assert f'href="/organisations/{signatory}"' in form.text


@pytest.mark.parametrize(
    ("siren", "may_sign", "begun"),
    [
        ("552100554", [], "Camille partner"),
        ("542107651", ["Claude Exemple"], "Claude Exemple"),
        ("552081317", ["Claude Exemple", "Dominique Exemple"], ""),
        ("542065479", ["Claude Exemple", "Camille partner"], "Camille partner"),
    ],
)
def test_the_form_proposes_nobody_whose_signature_would_be_refused(
    house: House, charter: str, siren: str, may_sign: list[str], begun: str
) -> None:
    signatory = house.organisation(f"Habilités : {len(may_sign)}", siren)
    for name in may_sign:
        contact = {"name": name, "capacity": "Présidente", "may_sign": ["sign_charter"]}
        house.call("POST", "partners", f"/v1/organisations/{signatory}/contacts", contact)
    partner = house.visitor(Role.PARTNER, organisation_id=signatory)

    form = partner.get(f"/charters/{charter}/signatories/{signatory}")

    assert value_of(form, "name") == begun


def test_whom_a_mandate_lets_sign_finds_the_own_name_in_the_form(house: House, charter: str) -> None:
    signatory = house.organisation("Par délégation", "775663438")
    contact = {"name": "Claude Exemple", "capacity": "Présidente", "may_sign": ["sign_charter"]}
    house.call("POST", "partners", f"/v1/organisations/{signatory}/contacts", contact)
    text = {"number": "2017-9", "title": "Charte", "body": "Conseil", "adopted_on": "2017-06-30"}
    mandate = {**text, "organisation_id": str(signatory), "authorisations": [{"acts": ["sign_charter"]}]}
    number = house.call("POST", "partners", "/v1/mandates", mandate).json()["id"]
    delegate = {"name": "Camille partner", "capacity": "Adjointe", "document": "Arrêté", "starts_on": "2017-07-10"}
    house.call("POST", "partners", f"/v1/mandates/{number}/delegations", delegate)
    partner = house.visitor(Role.PARTNER, organisation_id=signatory)

    assert value_of(partner.get(f"/charters/{charter}/signatories/{signatory}"), "name") == "Camille partner"


def test_whoever_may_not_sign_the_charter_reads_why_at_the_field_to_change(house: House, office: FlaskClient) -> None:
    signatory = str(house.organisation("Une autre plume", "180035024"))
    contact = {"name": "Claude Exemple", "capacity": "Présidente", "may_sign": ["sign_charter"]}
    house.call("POST", "partners", f"/v1/organisations/{signatory}/contacts", contact)
    typed = {"signed_on": str(today()), "level": "paper", "evidence": "Registre", "name": "Claude Exemple"}

    version = a_material_version(house, "Texte d’une autre plume.")
    place = f"/charters/{version}/signatories/{signatory}"
    refused = send(office, place, **typed, capacity="Trésorière", _key=str(new_id()))

    reason = "Claude Exemple ne peut pas signer ceci pour Une autre plume"
    assert refused.status_code == 422
    assert re.search(rf'<a href="#capacity">En quelle qualité</a>[^<]*{reason}', refused.text)
    assert re.search(rf'id="capacity-wrong">{reason}', refused.text)
    assert "Habilités à le signer" in words_of(refused)
    assert (value_of(refused, "name"), value_of(refused, "capacity")) == ("Claude Exemple", "Trésorière")


def test_one_leaves_the_charter_from_a_page_that_leads_to_what_a_departure_touches(
    house: House, office: FlaskClient
) -> None:
    signatory = str(house.organisation("Qui s’en va", "775685019"))
    version = a_material_version(house, "Texte de qui s’en va.")
    adhere(house, version, signatory)
    address = f"/charters/{version}/signatories/{signatory}/withdrawal"

    assert f'href="/departures/?organisation={signatory}"' in office.get(address).text
    left = send(office, address, withdrawn_on=str(today()), reason="Fusion", _key=str(new_id()))

    assert left.status_code == 303, words_of(left)
    assert "Fusion" in words_of(office.get(left.location))
