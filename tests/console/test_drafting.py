"""The pages by which a convention's whole text is written: clauses, people, proofs, passed-on money, actions."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from chassis.clock import today
from chassis.identifiers import new_id, stable_id
from tests.console.conftest import House, send
from tests.console.test_forms import DRAFT, a_draft, drafted, value_of, words_of

pytestmark = pytest.mark.needs_postgresql

ACTION, OTHER = (str(stable_id("action", code)) for code in ("2.1", "2.2"))
CLAUSES = [
    {"code": "versement", "title": "Versement", "text": "La somme de {cash} est versée sous {delay}."},
    {"code": "duree", "title": "Durée", "text": "Jusqu’au {ends_on}."},
]
Parties = tuple[str, str]


@pytest.fixture(scope="module")
def parties(house: House) -> Parties:
    """A programme of two actions with a model of two clauses, an authority that needs a mandate, and a funder."""
    period = {"starts_on": "2017-01-01", "ends_on": "2099-12-31", "vat_basis": "TTC"}
    axes = [{"code": "2", "title": "Qualité de vie"}]
    house.call("PUT", "actions", "/v1/programmes/SUN04", {"title": "Usages numériques", "axes": axes, **period})
    for code, number in (("2.1", ACTION), ("2.2", OTHER)):
        sheet = {"programme_code": "SUN04", "axis_code": "2", "code": code, "title": code, "priority": "strong"}
        house.call("PUT", "actions", f"/v1/actions/{number}", {**sheet, "needs": []})
    house.carry()
    model = {"reference_pattern": "SUN-{year}-{number:03}", "clauses": CLAUSES}
    house.call("PUT", "partners", "/v1/convention-models/SUN04", model, **{"If-Match": '"1"'})
    authority = {"name": "Pays de l’essai", "siren": "200034700", "needs_mandate": True}
    house.call("POST", "partners", "/v1/organisations", authority)
    house.organisation("Région de l’essai", "231300021")
    return "Pays de l’essai", "Région de l’essai"


@pytest.fixture
def office(house: House, parties: Parties) -> FlaskClient:
    return house.visitor()


def a_line(number: int, organisation: str, **typed: str) -> dict[str, str]:
    """What one types for one more contribution."""
    facts = {"organisation_id": organisation, "action_id": ACTION, "nature": "operating", "vat_basis": "HT", **typed}
    facts = {"tranches-0-amount": "0", "tranches-0-due_on": f"{today():%Y}-12-31", **facts}
    return {f"lines-{number}-{name}": value for name, value in facts.items()}


def a_whole_draft(parties: Parties) -> dict[str, Any]:
    """What one types where a convention says all that it can."""
    owner, _ = parties
    people = {"kind": "people", "days": "12", "day_rate": "350", "tranches-0-amount": "4 200"}
    return {
        **a_draft(parties),
        **a_line(1, owner, **people),
        **a_line(2, owner, kind="organisational", proof="Procès-verbal"),
        **a_line(3, owner, kind="people", fte="0,5"),
        "action_ids": OTHER,
        "clauses-0-code": "versement",
        "clauses-0-values-0-name": "delay",
        "clauses-0-values-0-value": "30 jours",
        "clauses-1-title": "Propriété",
        "clauses-1-text": "Chacun garde\nce qu’il apporte.",
    }


def test_all_that_is_missing_is_said_at_once(office: FlaskClient, parties: Parties) -> None:
    empty = ("title", "parties-1-", "lines-0-tranches-0-")
    typed = {name: value for name, value in a_draft(parties).items() if not name.startswith(empty)}

    page = words_of(send(office, "/conventions/new", **{**typed, "starts_on": "hier"}))

    assert "Titre : À remplir." in page
    assert "Du : Écrivez une date qui existe" in page
    assert "Parties : Une convention a au moins deux parties." in page
    assert "Contribution 1, Ce qui est dû, et quand : Dites au moins une fois ce qui est dû, et quand." in page


def test_a_draft_says_people_proofs_actions_and_clauses(house: House, office: FlaskClient, parties: Parties) -> None:
    found = drafted(house, send(office, DRAFT, **a_whole_draft(parties)))

    said = [(each["kind"], each["days"], each["day_rate"], each["fte"], each["proof"]) for each in found["lines"]]
    assert said[1:] == [
        ("people", "12.00", "350.00", None, None),
        ("organisational", None, None, None, "Procès-verbal"),
        ("people", None, None, "0.50", None),
    ]
    assert [each["action_code"] for each in found["actions"]] == ["2.2", "2.1"]
    assert [(each["code"], each["title"]) for each in found["clauses"]] == [
        ("versement", "Versement"),
        ("propriete", "Propriété"),
    ]
    assert "80\u202f000,50 € est versée sous 30 jours" in found["clauses"][0]["text"]


def test_the_model_s_clauses_are_there_to_begin_with(office: FlaskClient, parties: Parties) -> None:
    page = office.get(DRAFT)

    assert '<option value="versement" selected>Versement</option>' in page.text
    assert '<option value="duree" selected>Durée</option>' in page.text
    assert "La somme de {cash} est versée sous {delay}." in page.text


def test_an_unchanged_draft_keeps_all_that_it_says(house: House, office: FlaskClient, parties: Parties) -> None:
    found = drafted(house, send(office, DRAFT, **a_whole_draft(parties)))
    address = f"/conventions/{found['id']}/text"
    page = office.get(address)
    text = {"clauses-0-title": "Versement", "clauses-0-text": found["clauses"][0]["text"]}
    without = {name: said for name, said in a_whole_draft(parties).items() if "values" not in name}

    same = send(office, address, **{**without, **text, "_version": value_of(page, "_version")})

    assert value_of(page, "lines-1-days") == "12"
    assert f'value="{OTHER}" checked' in page.text
    assert drafted(house, same)["fingerprint"] == found["fingerprint"]


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({"lines-0-days": "3"}, "lines-0-kind", "ne valent que pour des personnes"),
        ({"lines-0-kind": "people"}, "lines-0-fte", "Dites combien de temps"),
        ({"lines-0-kind": "people", "lines-0-days": "3"}, "lines-0-days", "Des jours ont un tarif"),
        ({"lines-0-kind": "organisational"}, "lines-0-proof", "Dites ce qui montrera que c’est fait"),
        ({"clauses-0-code": "versement"}, "clauses-0-values", "La clause versement demande delay"),
        ({"clauses-0-title": "Seul"}, "clauses-0-text", "écrivez le titre et le texte de celle-ci"),
        ({"lines-0-passes_on": "SUN-1999-001"}, "lines-0-passes_on", "Aucune convention proposée"),
        ({"clauses-0-code": "duree", "clauses-1-code": "duree"}, "clauses-1-code", "distinguez-les"),
    ],
)
def test_what_is_missing_is_said_where_it_is_missing_and_kept(
    office: FlaskClient, parties: Parties, typed: dict[str, str], field: str, why: str
) -> None:
    answer = send(office, DRAFT, **{**a_draft(parties), **typed})

    assert answer.status_code == 422
    assert f'id="{field}-wrong">' in answer.text
    assert why in answer.text.split(f'id="{field}-wrong">')[1].split("</span>")[0]
    assert value_of(answer, "lines-0-tranches-0-amount") == "80 000,50"


def test_who_is_not_registered_yet_is_registered_beside_what_was_typed(office: FlaskClient, parties: Parties) -> None:
    answer = send(office, DRAFT, **{**a_draft(parties), "parties-1-organisation_id": "Commune oubliée"})

    assert '<a class="aside" href="/organisations/new" target="_blank">' in answer.text
    assert value_of(answer, "parties-1-organisation_id") == "Commune oubliée"


def test_days_times_a_rate_are_compared_with_the_tranches_in_euros(office: FlaskClient, parties: Parties) -> None:
    typed = {"lines-0-kind": "people", "lines-0-days": "3", "lines-0-day_rate": "100", "lines-0-nature": "operating"}

    answer = send(office, DRAFT, **{**a_draft(parties), **typed})

    assert "3 jours à 100 € font 300 €, et les tranches font 80 000,50 €." in words_of(answer)


def a_proposal(house: House, office: FlaskClient, parties: Parties) -> dict[str, Any]:
    found = drafted(house, send(office, DRAFT, **a_draft(parties)))
    return dict(house.call("POST", "partners", f"/v1/conventions/{found['id']}/proposal").json())


def test_money_of_another_convention_is_named_by_its_reference(
    house: House, office: FlaskClient, parties: Parties
) -> None:
    owner, _ = parties
    upstream = a_proposal(house, office, parties)
    offered = office.get(f"/choices/promises?search={upstream['reference']}").json or []
    handed = {"lines-0-organisation_id": owner, "lines-0-passes_on": upstream["reference"]}
    roles = {"parties-0-role": "funder", "parties-1-role": "project_owner"}

    found = drafted(house, send(office, DRAFT, **{**a_draft(parties), **handed, **roles}))
    page = office.get(f"/conventions/{found['id']}")

    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in offered] == [
        f"{upstream['reference']} · Région de l’essai · 80 000,50 € · action 2.1"
    ]
    assert found["lines"][0]["passes_on"] == upstream["lines"][0]["line_id"]
    assert "Transmet ce que Région de l’essai promet dans une autre convention" in words_of(page)
    assert f'<a href="/conventions/{upstream["id"]}">{upstream["reference"]}</a>' in page.text
    assert value_of(office.get(f"/conventions/{found['id']}/text"), "lines-0-passes_on").startswith(
        f"{upstream['reference']} · Région de l’essai"
    )


def test_a_list_says_how_much_of_its_sum_is_handed_on(house: House, office: FlaskClient, parties: Parties) -> None:
    owner, _ = parties
    title = {"title": "Somme transmise"}
    upstream = drafted(house, send(office, DRAFT, **{**a_draft(parties), **title}))
    reference = house.call("POST", "partners", f"/v1/conventions/{upstream['id']}/proposal").json()["reference"]
    handed = {"lines-0-organisation_id": owner, "lines-0-passes_on": reference}
    roles = {"parties-0-role": "funder", "parties-1-role": "project_owner"}
    drafted(house, send(office, DRAFT, **{**a_draft(parties), **title, **handed, **roles}))

    page = words_of(office.get("/conventions/?search=somme+transmise"))

    assert "Dont 80 000,50 € TTC transmettent ce que d’autres conventions promettent." in page


def test_handing_on_another_kind_of_money_is_refused_at_its_field(
    house: House, office: FlaskClient, parties: Parties
) -> None:
    upstream = a_proposal(house, office, parties)
    owner, _ = parties
    typed = {
        "lines-0-organisation_id": owner,
        "lines-0-passes_on": upstream["reference"],
        "lines-0-nature": "operating",
    }

    answer = send(office, DRAFT, **{**a_draft(parties), **typed})

    assert f"comme dans {upstream['reference']}" in words_of(answer) or "Transmettez la même sorte" in words_of(answer)
    assert 'id="lines-0-passes_on-wrong"' in answer.text
    assert value_of(answer, "lines-0-passes_on").startswith(upstream["reference"])


def test_a_convention_s_page_shows_its_clauses_people_and_derogation(
    house: House, office: FlaskClient, parties: Parties
) -> None:
    found = drafted(house, send(office, DRAFT, **a_whole_draft(parties)))
    proposed = house.call("POST", "partners", f"/v1/conventions/{found['id']}/proposal").json()
    authority = UUID(proposed["parties"][0]["organisation_id"])
    place = f"/conventions/{found['id']}/signatures/{authority}"
    decision = {"document": "Arrêté 12", "decided_by": "Préfecture", "decided_on": "10/11/2017"}
    signed = {"name": "Jeanne Martin", "capacity": "Présidente", "signed_on": str(today()), "level": "in_person"}
    signed |= {"_key": str(new_id()), "_version": value_of(office.get(place), "_version")}
    typed = {**signed, "evidence": "Registre de l’essai, feuillet 2", **decision}

    answer = send(office, place, **typed, derogation_reason="Urgence")
    page = words_of(office.get(f"/conventions/{found['id']}"))

    assert answer.status_code == 303, words_of(answer)
    for said in (
        "12 jours à 350 €",
        "0,5 équivalent temps plein",
        "Preuve : Procès-verbal",
        "sans argent propre : 2.2",
    ):
        assert said in page
    assert "Chacun garde ce qu’il apporte." in page
    assert "Signée par dérogation Arrêté 12, Préfecture, 10 novembre 2017 Urgence" in page
    assert "Ce qui manquait à son mandat : Pays de l’essai ne signe qu’en vertu d’un mandat" in page
