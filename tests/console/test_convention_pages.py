"""The pages by which a convention is proposed, signed, refused, withdrawn and ended."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from chassis.clock import today
from chassis.identifiers import new_id
from chassis.identity import Role
from console.conventions import Convention, life
from tests.console.conftest import House, send
from tests.console.test_forms import ACTION, value_of, words_of

pytestmark = pytest.mark.needs_postgresql


@pytest.fixture(scope="module")
def parties(house: House) -> dict[str, UUID]:
    """An action, and an authority that needs a mandate, a funder and a stranger by name."""
    period = {"starts_on": "2017-01-01", "ends_on": "2099-12-31", "vat_basis": "TTC"}
    axes = [{"code": "2", "title": "Qualité de vie"}]
    house.call("PUT", "actions", "/v1/programmes/SUN04", {"title": "Usages numériques", "axes": axes, **period})
    sheet = {"programme_code": "SUN04", "axis_code": "2", "code": "2.1", "title": "Ubaye", "priority": "strong"}
    house.call("PUT", "actions", f"/v1/actions/{ACTION}", {**sheet, "needs": []})
    authority = {"name": "Autorité de l’essai", "siren": "200034700", "needs_mandate": True}
    found = {"authority": UUID(house.call("POST", "partners", "/v1/organisations", authority).json()["id"])}
    found["funder"] = house.organisation("Région de l’essai", "231300021")
    found["stranger"] = house.organisation("Commune étrangère", "210400701")
    house.carry()
    return found


def a_draft(house: House, parties: dict[str, UUID], givers: tuple[str, ...] = ("funder",)) -> dict[str, Any]:
    owner, funder = str(parties["authority"]), str(parties["funder"])
    tranche = {"amount": "80000.00", "due_on": f"{today():%Y}-12-31"}
    line = {"action_id": ACTION, "kind": "cash", "nature": "investment", "vat_basis": "TTC", "tranches": [tranche]}
    lines = [{**line, "organisation_id": str(parties[each])} for each in givers]
    roles = [{"organisation_id": owner, "role": "project_owner"}, {"organisation_id": funder, "role": "funder"}]
    terms = {"programme_code": "SUN04", "title": "Une promesse", "starts_on": "2017-01-01", "ends_on": "2099-12-31"}
    draft = {**terms, "parties": roles, "lines": lines}
    return dict(house.call("POST", "partners", "/v1/conventions", draft).json())


def a_proposal(house: House, parties: dict[str, UUID]) -> str:
    """Propose a convention; give the address of its page."""
    number = a_draft(house, parties)["id"]
    house.call("POST", "partners", f"/v1/conventions/{number}/proposal")
    return f"/conventions/{number}"


def by_hand(browser: FlaskClient, address: str, **changed: str) -> dict[str, str]:
    """What one types to sign, on the version that the page shows."""
    typed = {"name": "Jeanne Martin", "capacity": "Présidente", "signed_on": str(today()), "level": "in_person"}
    typed["evidence"] = "Registre de l’essai, feuillet 1"
    return {**typed, "_key": str(new_id()), "_version": value_of(browser.get(address), "_version"), **changed}


def status(house: House, address: str) -> str:
    return str(house.call("GET", "partners", f"/v1{address}").json()["status"])


def test_a_draft_is_taken_back_from_its_page(house: House, parties: dict[str, UUID]) -> None:
    office, address = house.visitor(), f"/conventions/{a_draft(house, parties)['id']}"
    offered = words_of(office.get(address))
    asked = words_of(office.get(f"{address}/withdrawal"))

    taken_back = send(office, f"{address}/withdrawal", reason="Abandonnée", _key=str(new_id()))

    assert "Retirer le brouillon" in offered
    assert "Une promesse / Retirer le brouillon" in asked
    assert "Retirer le brouillon Abandonner" in asked
    assert taken_back.status_code == 303, words_of(taken_back)
    page = words_of(office.get(address))
    assert "Brouillon retiré" in page
    assert "Abandonnée" in page
    assert "Retirer" not in page
    assert "Une promesse" in words_of(office.get("/conventions/?status=withdrawn"))


def test_a_partner_signs_for_itself_and_is_offered_nothing_else(house: House, parties: dict[str, UUID]) -> None:
    address = a_proposal(house, parties)
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])
    page = partner.get(address)
    place = f"{address}/signatures/{parties['funder']}"

    signed = send(partner, place, **by_hand(partner, place))

    assert "Signer au nom de : Région de l’essai" in words_of(page)
    assert "Enregistrer la signature" not in words_of(page)
    assert "Retirer la proposition" not in words_of(page)
    assert signed.status_code == 303, words_of(signed)
    assert status(house, address) == "partially_signed"


def test_a_partner_neither_signs_nor_refuses_for_another(house: House, parties: dict[str, UUID]) -> None:
    address = a_proposal(house, parties)
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])

    for way in ("signatures", "refusals"):
        assert partner.get(f"{address}/{way}/{parties['authority']}").status_code == 403


def test_a_stranger_does_not_learn_that_a_convention_exists(house: House, parties: dict[str, UUID]) -> None:
    address = a_proposal(house, parties)
    stranger = house.visitor(Role.PARTNER, organisation_id=parties["stranger"])

    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}/signatures/{parties['stranger']}").status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
def test_who_only_reads_sees_no_form(house: House, parties: dict[str, UUID], role: Role) -> None:
    address = a_proposal(house, parties)
    reader = house.visitor(role)

    assert "Ce que vous pouvez faire" not in words_of(reader.get(address))
    assert "Rédiger une convention" not in words_of(reader.get("/conventions/"))
    for way in ("proposal", "withdrawal", "termination", "text", f"signatures/{parties['funder']}"):
        assert reader.get(f"{address}/{way}").status_code == 403


@pytest.mark.parametrize(
    ("language", "label", "reason"),
    [
        ("fr", "En vertu de quel mandat", "Autorité de l’essai ne signe qu’en vertu d’un mandat"),
        ("en", "Under which mandate", "Autorité de l’essai signs only under a mandate"),
    ],
)
def test_a_signature_without_the_mandate_it_needs_says_at_its_field_what_is_missing(
    house: House, parties: dict[str, UUID], language: str, label: str, reason: str
) -> None:
    address, office = a_proposal(house, parties), house.visitor()
    place = f"{address}/signatures/{parties['authority']}"

    answer = send(office, f"{place}?lang={language}", **by_hand(office, place))

    assert answer.status_code == 422
    assert re.search(rf'<a href="#mandate_id">{label}</a>[^<]*{reason}', answer.text)
    assert re.search(rf'id="mandate_id-wrong">{reason}', answer.text)
    assert value_of(answer, "name") == "Jeanne Martin"


def a_mandate(house: House, parties: dict[str, UUID], ceiling: str | None) -> dict[str, Any]:
    deliberation = {
        "organisation_id": str(parties["authority"]),
        "number": str(new_id())[-12:],
        "title": "Schéma",
        "body": "Conseil",
        "adopted_on": "2017-06-30",
        "enforceable_since": "2017-07-05",
        "authorisations": [{"acts": ["sign_conventions"], "ceiling": ceiling}],
    }
    return dict(house.call("POST", "partners", "/v1/mandates", deliberation).json())


def test_what_drew_on_a_mandate_is_shown_with_its_vat_basis(house: House, parties: dict[str, UUID]) -> None:
    mandate, office = a_mandate(house, parties, None), house.visitor()
    number = a_draft(house, parties, givers=("funder", "authority"))["id"]
    house.call("POST", "partners", f"/v1/conventions/{number}/proposal")
    place = f"/conventions/{number}/signatures/{parties['authority']}"

    signed = send(office, place, **by_hand(office, place, mandate_id=mandate["id"]))

    assert signed.status_code == 303, words_of(signed)
    assert "80 000 € TTC" in words_of(office.get(f"/mandates/{mandate['id']}"))
    assert "€80,000 incl. VAT" in words_of(office.get(f"/mandates/{mandate['id']}?lang=en"))


def test_the_mandate_in_force_stands_beside_the_form_and_is_chosen(house: House, parties: dict[str, UUID]) -> None:
    mandate = a_mandate(house, parties, "100000.00")
    address, office = a_proposal(house, parties), house.visitor()
    place = f"{address}/signatures/{parties['authority']}"
    page = office.get(place)

    signed = send(office, place, **by_hand(office, place, mandate_id=mandate["id"]))

    assert f'<option value="{mandate["id"]}" selected>' in page.text
    assert f'href="/mandates/{mandate["id"]}"' in page.text
    assert f'href="/mandates/new?organisation={parties["authority"]}"' in page.text
    assert "exécutoire depuis le 5 juillet 2017" in words_of(page)
    assert "100 000 € disponibles sur 100 000 €" in words_of(page)
    assert signed.status_code == 303, words_of(signed)
    correcting = office.get(f"/mandates/new?corrects={mandate['id']}")
    assert (value_of(correcting, "number"), value_of(correcting, "title")) == ("", "Schéma")
    assert f'<a href="/mandates/{mandate["id"]}">{mandate["number"]}</a>' in correcting.text


def test_a_derogation_lets_a_signature_stand_without_cover(house: House, parties: dict[str, UUID]) -> None:
    address, office = a_proposal(house, parties), house.visitor()
    place = f"{address}/signatures/{parties['authority']}"
    decision = {"document": "Arrêté 12", "decided_by": "Préfecture", "decided_on": "2017-11-10"}

    begun = send(office, place, **by_hand(office, place), **decision)
    signed = send(office, place, **by_hand(office, place), **decision, derogation_reason="Urgence")

    assert begun.status_code == 422
    assert 'id="derogation_reason-wrong">À remplir.' in begun.text
    assert signed.status_code == 303, words_of(signed)


def test_one_does_not_sign_a_text_that_changed_since_it_was_read(house: House, parties: dict[str, UUID]) -> None:
    address, office = a_proposal(house, parties), house.visitor()
    place = f"{address}/signatures/{parties['funder']}"
    typed = by_hand(office, place, evidence="Registre", level="paper")

    answer = send(office, place, **{**typed, "_version": '"99"'})

    assert "Le texte a changé pendant votre lecture" in words_of(answer)
    assert status(house, address) == "proposed"
    again = {**typed, "_version": value_of(answer, "_version")}
    assert send(office, place, **again).status_code == 303


def test_a_refusal_keeps_its_reason_and_ends_the_proposal(house: House, parties: dict[str, UUID]) -> None:
    address = a_proposal(house, parties)
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])
    place = f"{address}/refusals/{parties['funder']}"

    silent, said = send(partner, place, reason=""), send(partner, place, reason="Hors compétence")

    assert (silent.status_code, said.status_code) == (422, 303)
    assert "Convention refusée" in words_of(partner.get(address))
    assert "Hors compétence" in words_of(partner.get(address))


def test_a_proposal_is_withdrawn_and_says_why(house: House, parties: dict[str, UUID]) -> None:
    address, office = a_proposal(house, parties), house.visitor()

    assert send(office, f"{address}/withdrawal", reason="Remplacée").status_code == 303
    assert status(house, address) == "withdrawn"


def test_what_is_not_possible_any_more_is_said_and_not_done(house: House, parties: dict[str, UUID]) -> None:
    address, office = a_proposal(house, parties), house.visitor()

    answer = send(office, f"{address}/termination", reason="Trop tôt", terminated_on=str(today()))

    assert answer.status_code == 422
    assert "est au stade « proposée »" in words_of(answer)
    assert status(house, address) == "proposed"


def test_a_day_outside_the_time_in_force_is_refused_at_its_field(house: House, parties: dict[str, UUID]) -> None:
    address, office = a_proposal(house, parties), house.visitor()
    place = f"{address}/signatures/{parties['authority']}"
    decision = {"document": "Arrêté 12", "decided_by": "Préfecture", "decided_on": "2017-11-10"}
    send(office, place, **by_hand(office, place), **decision, derogation_reason="Urgence")
    place = f"{address}/signatures/{parties['funder']}"
    send(office, place, **by_hand(office, place, evidence="Registre", level="paper"))

    answer = send(office, f"{address}/termination", reason="Départ", terminated_on="2016-12-31")

    assert answer.status_code == 422
    assert re.search(r'id="terminated_on-wrong">La convention \S+ est en vigueur du', answer.text), words_of(answer)
    assert status(house, address) == "in_force"

    send(office, f"{address}/termination", reason="Départ", terminated_on=str(today()), _key=str(new_id()))

    assert "Départ · Ce qui était dû à partir de ce jour et n’a pas été reçu n’est plus dû." in words_of(
        office.get(address)
    )


def test_the_home_of_the_office_says_what_waits_today(house: House, parties: dict[str, UUID]) -> None:
    reference = house.call("GET", "partners", f"/v1{a_proposal(house, parties)}").json()["reference"]
    a_draft(house, parties)
    office = house.visitor()

    home = words_of(office.get("/today"))

    assert re.search(r"signatures sont attendues, pour .* €", home)
    assert "pas encore proposé" in home
    assert f"{reference} Une promesse" in home


def test_a_convention_terminated_for_a_day_to_come_ends_on_that_day_until_it_comes(
    house: House, parties: dict[str, UUID]
) -> None:
    address, office = a_proposal(house, parties), house.visitor()
    decision = {"document": "Arrêté 12", "decided_by": "Préfecture", "decided_on": "2017-11-10"}
    for each in ("authority", "funder"):
        place = f"{address}/signatures/{parties[each]}"
        send(office, place, **by_hand(office, place), **decision, derogation_reason="Urgence")

    told = send(office, f"{address}/termination", reason="Départ", terminated_on="2098-12-31", _key=str(new_id()))
    done, after = words_of(office.get(told.location)), words_of(office.get(address))
    listed = words_of(office.get("/conventions/?status=terminated"))
    english = words_of(office.get(f"{address}?lang=en"))

    assert "La convention prend fin le 31 décembre 2098." in done
    assert "Prend fin le 31 décembre 2098 (résiliation) Départ · Ce qui est dû à partir de ce jour" in after
    assert "prend fin le 31 décembre 2098 (résiliation)" in listed
    assert "Résiliée" not in after
    assert "résiliée" not in after
    assert "Ends on 31 December 2098 (termination)" in english


@pytest.mark.parametrize(("ended_on", "stands"), [(1, "prend fin le "), (0, "résiliée"), (-1, "résiliée")])
def test_from_its_last_day_on_a_terminated_convention_is_called_so(ended_on: int, stands: str) -> None:
    body = {"id": "1", "reference": "SUN-2017-001", "title": "", "illustrative": False, "proposed_on": "2017-01-01"}
    body |= {"status": "terminated", "ended_on": str(today() + timedelta(days=ended_on)), "reason": "", "parties": []}

    assert Convention.read(body).stands.startswith(stands)
    assert life(body)[-1].state == ("waiting" if ended_on > 0 else "failed")


def test_the_home_of_a_partner_says_what_awaits_its_own_signature(house: House, parties: dict[str, UUID]) -> None:
    address = a_proposal(house, parties)
    partner = house.visitor(Role.PARTNER, organisation_id=parties["funder"])
    stranger = house.visitor(Role.PARTNER, organisation_id=parties["stranger"])

    assert f'href="{address}/signatures/{parties["funder"]}"' in partner.get("/today").text
    assert "Rien n’attend votre organisme" in words_of(stranger.get("/today"))


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.PROGRAMME_OFFICE, "/today"), (Role.AUDITOR, "/"), (Role.OPERATOR, "/")],
)
def test_one_comes_in_where_ones_work_is(house: House, role: Role, home: str) -> None:
    assert send(house.pages.test_client(), f"/sign-in/{house.link(role)}").location == home


def test_the_list_is_narrowed_by_party_action_and_status(house: House, parties: dict[str, UUID]) -> None:
    address, office = a_proposal(house, parties), house.visitor()

    def lists(**wanted: str) -> bool:
        return address in office.get("/conventions/", query_string=wanted).text

    assert lists(party="Région de l’essai", action=ACTION, status="proposed")
    assert not lists(party="Commune étrangère")
    assert not lists(status="draft")


def test_a_filter_that_means_nothing_says_so_and_lists_nothing(house: House, parties: dict[str, UUID]) -> None:
    answer = house.visitor().get("/conventions/?party=Personne")

    assert 'id="party-wrong">Aucun organisme ne s’appelle ainsi' in answer.text
    assert "Corrigez le filtre pour voir les conventions qu’il désigne." in words_of(answer)


def test_the_list_is_narrowed_by_words_reference_axis_and_year(house: House, parties: dict[str, UUID]) -> None:
    address, office = a_proposal(house, parties), house.visitor()
    reference = house.call("GET", "partners", f"/v1{address}").json()["reference"]

    def lists(**wanted: str) -> bool:
        return address in office.get("/conventions/", query_string=wanted).text

    assert lists(search=reference)
    assert lists(search="PROMESSE", axis="2", year=f"{today():%Y}")
    assert not lists(search="promesse tenue")
    assert not lists(year="2017")


def test_a_list_without_a_convention_says_what_to_do_about_it(house: House, parties: dict[str, UUID]) -> None:
    narrowed = words_of(house.visitor().get("/conventions/?search=introuvable"))
    nobodys = words_of(house.visitor(Role.PARTNER, organisation_id=parties["stranger"]).get("/conventions/"))

    assert "Retirez un filtre ou cherchez moins de mots" in narrowed
    assert "Les afficher toutes" in narrowed
    assert "quand le bureau du programme l’aura proposée" in nobodys
