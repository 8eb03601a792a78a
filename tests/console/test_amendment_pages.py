"""The pages by which a convention in force is amended, in front of the real services."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.clock import today
from chassis.identifiers import new_id
from chassis.identity import Role
from tests.console.conftest import House, send
from tests.console.test_convention_pages import a_draft, by_hand, parties, status
from tests.console.test_forms import value_of, words_of

__all__ = ["parties"]

pytestmark = pytest.mark.needs_postgresql
SIGNATURE = {
    "signed_on": str(today()),
    "signatory": {"name": "Jeanne Martin", "capacity": "Présidente"},
    "level": "paper",
    "evidence": "Registre",
    "mandate_number": "2017-1",
    "derogation": {"document": "Arrêté", "decided_by": "Préfet", "decided_on": str(today()), "reason": "Urgence"},
}


@pytest.fixture
def convention(house: House, parties: dict[str, UUID]) -> dict[str, Any]:
    """A convention in force, of one tranche of 80,000 €."""
    draft = a_draft(house, parties)
    house.call("POST", "partners", f"/v1/conventions/{draft['id']}/proposal")
    for each in ("authority", "funder"):
        signed(house, f"/v1/conventions/{draft['id']}", parties[each])
    return dict(house.call("GET", "partners", f"/v1/conventions/{draft['id']}").json())


def signed(house: House, path: str, party: UUID) -> None:
    revision = str(house.call("GET", "partners", path).json()["revision"])
    house.call("PUT", "partners", f"{path}/signatures/{party}", SIGNATURE, **{"If-Match": f'"{revision}"'})


def typed(convention: dict[str, Any], **changes: str) -> dict[str, str]:
    """What the form holds where only the amount was changed."""
    [line] = convention["lines"]
    [tranche] = line["tranches"]
    return {
        "_key": str(new_id()),
        "title": "Complément",
        "effective_on": str(today()),
        "starts_on": convention["starts_on"],
        "ends_on": convention["ends_on"],
        "tranches-0-line_id": line["line_id"],
        "tranches-0-tranche_id": tranche["tranche_id"],
        "tranches-0-amount": "95 000,50",
        "tranches-0-due_on": tranche["due_on"],
        **changes,
    }


def amend(office: FlaskClient, convention: dict[str, Any], **changes: str) -> TestResponse:
    return send(office, f"/conventions/{convention['id']}/amendment", **typed(convention, **changes))


def test_the_form_starts_from_the_convention_as_it_stands(house: House, convention: dict[str, Any]) -> None:
    page = house.visitor().get(f"/conventions/{convention['id']}/amendment")

    assert page.status_code == 200
    assert value_of(page, "tranches-0-tranche_id") == convention["lines"][0]["tranches"][0]["tranche_id"]
    assert "Région de l’essai, 2.1, " in words_of(page)


def test_an_amendment_is_named_in_the_language_of_the_page(house: House, convention: dict[str, Any]) -> None:
    office = house.visitor()
    address = amend(office, convention).headers["Location"]
    house.call("POST", "partners", f"/v1/amendments/{address.rpartition('/')[2]}/proposal")

    pages = {code: words_of(office.get(f"{address}?lang={code}")) for code in ("en", "fr")}

    assert f"{convention['reference']} amendment no. 1" in pages["en"]
    assert "avenant" not in pages["en"]
    assert f"{convention['reference']} avenant n° 1" in pages["fr"]


def test_what_was_typed_becomes_a_difference_to_the_cent(house: House, convention: dict[str, Any]) -> None:
    office = house.visitor()

    kept = amend(office, convention)
    page = words_of(office.get(kept.headers["Location"]))

    assert kept.status_code == 303, words_of(kept)
    assert "Région de l’essai, action 2.1" in page
    assert "80 000 € 95 000,50 € + 15 000,50 €" in page
    assert "Effet sur l’argent : + 15 000,50 €" in page
    assert "2 Qualité de vie" in page
    assert "Projet d’avenant" in words_of(office.get(f"/conventions/{convention['id']}"))


def test_a_signature_awaited_for_an_amendment_waits_today(
    house: House, parties: dict[str, UUID], convention: dict[str, Any]
) -> None:
    office = house.visitor()
    address = amend(office, convention).headers["Location"]
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])
    place = f'href="{address}/signatures/{parties["funder"]}"'
    before = partner.get("/today").text

    send(office, f"{address}/proposal", _key=str(new_id()))

    assert place not in before
    assert place in partner.get("/today").text
    assert "avenant n° 1 Complément 15 000,50 €" in words_of(partner.get("/today"))


def test_a_signature_of_an_amendment_that_no_mandate_covers_says_so_at_its_field(
    house: House, parties: dict[str, UUID], convention: dict[str, Any]
) -> None:
    office = house.visitor()
    address = amend(office, convention).headers["Location"]
    send(office, f"{address}/proposal", _key=str(new_id()))
    place = f"{address}/signatures/{parties['authority']}"

    refused = send(office, place, **by_hand(office, place))

    assert refused.status_code == 422
    assert 'id="mandate_id-wrong">Autorité de l’essai ne signe qu’en vertu d’un mandat' in refused.text
    assert value_of(refused, "evidence") == "Registre de l’essai, feuillet 1"


def test_a_departure_names_amendments_under_way_and_lines_that_hand_the_money_on(
    house: House, parties: dict[str, UUID], convention: dict[str, Any]
) -> None:
    office, [line] = house.visitor(), convention["lines"]
    amend(office, convention)
    terms = ("programme_code", "title", "starts_on", "ends_on")
    names = ("action_id", "kind", "nature", "vat_basis")
    other = str(house.call("POST", "partners", "/v1/organisations", {"name": "Syndicat de l’essai"}).json()["id"])
    authority = str(parties["authority"])
    tranche = {"amount": "1234.00", "due_on": f"{today():%Y}-12-31"}
    passing = {name: line[name] for name in names} | {"organisation_id": authority, "passes_on": line["line_id"]}
    roles = [{"organisation_id": other, "role": "project_owner"}, {"organisation_id": authority, "role": "funder"}]
    text = {name: convention[name] for name in terms}
    body = {**text, "parties": roles, "lines": [{**passing, "tranches": [tranche]}]}
    downstream = house.call("POST", "partners", "/v1/conventions", body).json()["id"]
    house.call("POST", "partners", f"/v1/conventions/{downstream}/proposal")

    page = words_of(office.get(f"/departures/?organisation={parties['funder']}"))

    assert "alors résiliée" in page
    assert "Avenants en cours qu’elle signe" in page
    assert f"1 234 € Autorité de l’essai reverse ce que promet {convention['reference']}" in page


def test_an_amendment_is_proposed_signed_and_in_force_through_the_pages(
    house: House, parties: dict[str, UUID], convention: dict[str, Any]
) -> None:
    office = house.visitor()
    address = amend(office, convention).headers["Location"]
    send(office, f"{address}/proposal", _key=str(new_id()))
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])
    place = f"{address}/signatures/{parties['funder']}"
    form = partner.get(place)
    by_hand = {"name": "Jeanne Martin", "capacity": "Présidente", "signed_on": str(today()), "level": "in_person"}

    answer = send(partner, place, **by_hand, _key=str(new_id()), _version=value_of(form, "_version"))
    signed(house, f"/v1{address}", parties["authority"])

    assert "80 000 € → 95 000,50 €" in words_of(form)
    assert answer.status_code == 303, words_of(answer)
    assert status(house, address) == "in_force"
    page = words_of(office.get(f"/conventions/{convention['id']}"))
    assert "avenant n° 1 en vigueur Complément En vigueur depuis le" in page
    assert "95 000,50" in page


def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_is_kept(
    house: House, convention: dict[str, Any]
) -> None:
    office = house.visitor()

    unchanged = amend(office, convention, **{"tranches-0-amount": "80 000"})
    nothing = amend(office, convention, **{"tranches-0-amount": "0"})

    assert (unchanged.status_code, nothing.status_code) == (422, 422)
    assert "Dites ce qui change" in words_of(unchanged)
    assert value_of(nothing, "tranches-0-amount") == "0"


def test_a_draft_is_changed_from_where_it_stands(house: House, convention: dict[str, Any]) -> None:
    office = house.visitor()
    address = amend(office, convention).headers["Location"]

    form = office.get(f"{address}/text")

    assert value_of(form, "tranches-0-amount").replace("\N{NO-BREAK SPACE}", " ").endswith("95 000,50")
    again = typed(convention, **{"_version": value_of(form, "_version"), "tranches-0-amount": "90 000"})
    assert send(office, f"{address}/text", **again).status_code == 303
    [difference] = house.call("GET", "partners", f"/v1{address}").json()["differences"]
    assert (difference["before"], difference["after"]) == ("80000.00", "90000.00")


def test_an_amendment_is_refused_or_taken_back_through_the_pages(
    house: House, parties: dict[str, UUID], convention: dict[str, Any]
) -> None:
    office = house.visitor()
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])
    first = amend(office, convention).headers["Location"]
    send(office, f"{first}/proposal", _key=str(new_id()))
    send(partner, f"{first}/refusals/{parties['funder']}", _key=str(new_id()), reason="Hors budget")
    second = amend(office, convention).headers["Location"]
    send(office, f"{second}/withdrawal", _key=str(new_id()), reason="Autrement")

    assert (status(house, first), status(house, second)) == ("refused", "withdrawn")
    refused = words_of(office.get(first))
    assert "Hors budget" in refused
    assert "Devait prendre effet le" in refused
    assert "Doit prendre effet le" not in refused


def test_only_the_programme_office_amends(house: House, parties: dict[str, UUID], convention: dict[str, Any]) -> None:
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])
    address = amend(house.visitor(), convention).headers["Location"]

    assert partner.get(f"/conventions/{convention['id']}/amendment").status_code == 403
    assert partner.get(address).status_code == 404
