"""The pages that ask for something, in front of the real services."""

import re
from html import unescape
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.clock import today
from chassis.identifiers import new_id, stable_id
from chassis.identity import Role
from tests.console.conftest import House, send

pytestmark = pytest.mark.needs_postgresql

DRAFT = "/conventions/new"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def parties(house: House) -> tuple[str, str]:
    """A programme of one action, a project owner and a funder; gives the parties' names."""
    period = {"starts_on": "2017-01-01", "ends_on": "2099-12-31", "vat_basis": "TTC"}
    axes = [{"code": "2", "title": "Qualité de vie"}]
    house.call("PUT", "actions", "/v1/programmes/SUN04", {"title": "Usages numériques", "axes": axes, **period})
    sheet = {"programme_code": "SUN04", "axis_code": "2", "code": "2.1", "title": "Ubaye", "priority": "strong"}
    house.call("PUT", "actions", f"/v1/actions/{ACTION}", {**sheet, "needs": []})
    house.carry()
    house.organisation("Pays de l’essai", "200034700")
    house.organisation("Région de l’essai", "231300021")
    house.organisation("Commune homonyme", "210400701")
    house.organisation("Commune homonyme", "210400016")
    return "Pays de l’essai", "Région de l’essai"


ACTION = str(stable_id("action", "2.1"))


@pytest.fixture
def office(house: House, parties: tuple[str, str]) -> FlaskClient:
    return house.visitor()


def a_draft(parties: tuple[str, str], **typed: str) -> dict[str, str]:
    """What one types to draft a convention of 80 000,50 €."""
    owner, funder = parties
    return {
        "_key": str(new_id()),
        "title": "Télémédecine",
        "starts_on": "2017-01-01",
        "ends_on": "2099-12-31",
        "parties-0-organisation_id": owner,
        "parties-0-role": "project_owner",
        "parties-1-organisation_id": funder,
        "parties-1-role": "funder",
        "lines-0-organisation_id": funder,
        "lines-0-action_id": ACTION,
        "lines-0-kind": "cash",
        "lines-0-nature": "investment",
        "lines-0-vat_basis": "TTC",
        "lines-0-tranches-0-amount": "80 000,50",
        "lines-0-tranches-0-due_on": f"{today():%Y}-12-31",
        **typed,
    }


def drafted(house: House, answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 303, words_of(answer)
    number = answer.location.rpartition("/")[2]
    return dict(house.call("GET", "partners", f"/v1/conventions/{number}").json())


def words_of(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace("\N{NO-BREAK SPACE}", " ")


def value_of(answer: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.text)
    return unescape(found[1]) if found else ""


def test_what_is_typed_becomes_a_draft_to_the_cent(house: House, office: FlaskClient, parties: tuple[str, str]) -> None:
    convention = drafted(house, send(office, DRAFT, **a_draft(parties)))

    assert convention["title"] == "Télémédecine"
    assert [party["name"] for party in convention["parties"]] == list(parties)
    assert convention["lines"][0]["tranches"][0]["amount"] == "80000.50"


def test_a_refused_form_keeps_what_was_typed_and_says_why_at_the_field(
    office: FlaskClient, parties: tuple[str, str]
) -> None:
    answer = send(office, DRAFT, **a_draft(parties, ends_on="2016-12-31", title="Télémédecine & autres"))

    assert answer.status_code == 422
    assert value_of(answer, "title") == "Télémédecine & autres"
    assert value_of(answer, "lines-0-tranches-0-amount") == "80 000,50"
    assert (
        '<span class="wrong" id="ends_on-wrong">Elle finit le 31\N{NO-BREAK SPACE}décembre 2016, avant' in answer.text
    )
    assert 'aria-describedby="ends_on-hint ends_on-wrong" aria-invalid="true"' in answer.text


def test_a_day_is_typed_as_one_writes_it_and_the_page_says_how(
    house: House, office: FlaskClient, parties: tuple[str, str]
) -> None:
    page = office.get(DRAFT)
    answer = send(office, DRAFT, **a_draft(parties, starts_on="1/2/2017", ends_on="31.12.2099", title=""))

    assert '<small class="aside" id="starts_on-hint">jj/mm/aaaa</small>' in page.text
    assert "date" not in re.findall(r'<input[^>]*type="([^"]*)"', page.text)
    assert (value_of(answer, "starts_on"), value_of(answer, "ends_on")) == ("1/2/2017", "31.12.2099")
    found = drafted(house, send(office, DRAFT, **a_draft(parties, starts_on="1/2/2017", ends_on="31.12.2099")))
    assert (found["starts_on"], found["ends_on"]) == ("2017-02-01", "2099-12-31")
    assert value_of(office.get(f"/conventions/{found['id']}/text"), "starts_on") == "01/02/2017"


def test_the_summary_has_the_focus_and_leads_to_each_field(office: FlaskClient, parties: tuple[str, str]) -> None:
    answer = send(office, DRAFT, **a_draft(parties, title="", **{"lines-0-tranches-0-amount": "1.234"}))

    assert 'role="alert" tabindex="-1" autofocus' in answer.text
    assert "Pas encore fait : 2 points à corriger." in words_of(answer)
    assert '<a href="#lines-0-tranches-0-amount">Contribution 1, Tranche 1, Montant</a>' in answer.text
    assert "<title>À corriger" in answer.text


def test_a_reason_of_the_service_stands_at_the_line_it_means_though_lines_before_were_left_empty(
    office: FlaskClient, parties: tuple[str, str]
) -> None:
    owner, _ = parties
    typed = a_draft(parties)
    del typed["parties-1-organisation_id"], typed["parties-1-role"]
    typed |= {"parties-1-organisation_id": "", "parties-2-organisation_id": owner, "parties-2-role": "funder"}

    answer = send(office, DRAFT, **typed)

    assert '<span class="wrong" id="parties-2-organisation_id-wrong">Cet organisme est déjà partie' in answer.text


def test_english_reads_the_same_reasons_in_english(office: FlaskClient, parties: tuple[str, str]) -> None:
    answer = send(office, f"{DRAFT}?lang=en", **a_draft(parties, ends_on="2016-12-31"))

    assert (
        "It ends on 31\N{NO-BREAK SPACE}December 2016, before it starts on 1\N{NO-BREAK SPACE}January 2017."
        in answer.text
    )


def test_a_form_sent_twice_makes_one_thing(house: House, office: FlaskClient, parties: tuple[str, str]) -> None:
    typed = a_draft(parties)

    first, second = send(office, DRAFT, **typed), send(office, DRAFT, **typed)

    assert drafted(house, first)["id"] == drafted(house, second)["id"]


def test_both_clicks_of_a_double_click_lead_to_the_one_thing(
    house: House, office: FlaskClient, parties: tuple[str, str]
) -> None:
    typed, answers, twins = a_draft(parties), [], []
    send(office, DRAFT, _change="add parties")  # the session has its word
    with office.session_transaction() as session:
        typed["csrf"] = session["csrf"]
        kept = dict(session)
    for _ in range(2):
        twin = house.pages.test_client()
        with twin.session_transaction() as session:
            session.update(kept)
        twins.append(Thread(target=lambda browser: answers.append(send(browser, DRAFT, **typed)), args=[twin]))
    for each in twins:
        each.start()
    for each in twins:
        each.join()

    assert len({drafted(house, answer)["id"] for answer in answers}) == 1


def test_a_form_without_the_word_of_the_session_is_refused(office: FlaskClient, parties: tuple[str, str]) -> None:
    assert send(office, DRAFT, csrf="forged", **a_draft(parties)).status_code == 400


def test_lines_are_added_and_removed_without_a_script(office: FlaskClient, parties: tuple[str, str]) -> None:
    more = send(office, DRAFT, **a_draft(parties), _change="add lines-0-tranches")
    typed = a_draft(parties, **{"parties-2-organisation_id": "Troisième", "parties-2-role": "contributor"})
    less = send(office, DRAFT, **typed, _change="remove parties-1")

    assert more.status_code == less.status_code == 200
    assert 'name="lines-0-tranches-1-amount"' in more.text
    assert value_of(more, "lines-0-tranches-0-amount") == "80 000,50"
    assert value_of(less, "parties-1-organisation_id") == "Troisième"
    assert 'name="parties-2-organisation_id"' not in less.text


def test_an_organisation_that_could_be_several_is_chosen_among_them(
    house: House, office: FlaskClient, parties: tuple[str, str]
) -> None:
    typed = a_draft(parties, **{"parties-2-organisation_id": "homonyme", "parties-2-role": "contributor"})

    asked = send(office, DRAFT, **typed)
    offered = re.findall(r'<option value="([^"]+)">Commune homonyme · (\d+)</option>', asked.text)
    chosen = {"parties-2-organisation_id-chosen": offered[1][0]}

    assert asked.status_code == 422
    assert sorted(siren for _, siren in offered) == ["210400016", "210400701"]
    found = drafted(house, send(office, DRAFT, **typed, **chosen))
    assert found["parties"][2]["organisation_id"] == offered[1][0]


def test_organisations_are_offered_while_typing(office: FlaskClient, parties: tuple[str, str]) -> None:
    offered = office.get("/choices/organisations?search=essai").json

    assert offered == ["Pays de l’essai · 200034700", "Région de l’essai · 231300021"]


def test_a_text_changed_meanwhile_is_refused_with_both_versions(
    house: House, office: FlaskClient, parties: tuple[str, str]
) -> None:
    convention = drafted(house, send(office, DRAFT, **a_draft(parties)))
    address = f"/conventions/{convention['id']}/text"
    version = value_of(office.get(address), "_version")
    mine = a_draft(parties, title="La mienne", _version=version)
    send(house.visitor(), address, **a_draft(parties, title="La sienne", _version=version))

    refused = send(office, address, **mine)
    knowingly = send(office, address, **{**mine, "_version": value_of(refused, "_version")})

    assert refused.status_code == 422
    assert re.search(r"Titre</th><td>La mienne</td><td>La sienne</td>", refused.text)
    assert drafted(house, knowingly)["title"] == "La mienne"


def test_the_same_change_sent_twice_is_done_once_and_not_refused(
    house: House, office: FlaskClient, parties: tuple[str, str]
) -> None:
    convention = drafted(house, send(office, DRAFT, **a_draft(parties)))
    address = f"/conventions/{convention['id']}/text"
    typed = a_draft(parties, title="Autrement", _version=value_of(office.get(address), "_version"))

    assert [send(office, address, **typed).status_code for _ in range(2)] == [303, 303]


def test_an_unchanged_text_keeps_all_its_lines(house: House, office: FlaskClient, parties: tuple[str, str]) -> None:
    convention = drafted(house, send(office, DRAFT, **a_draft(parties)))
    address = f"/conventions/{convention['id']}/text"
    shown = office.get(address)

    same = a_draft(parties, _version=value_of(shown, "_version"), title=value_of(shown, "title"))
    assert value_of(shown, "lines-0-tranches-0-amount") == "80\N{NO-BREAK SPACE}000,50"
    assert drafted(house, send(office, address, **same))["fingerprint"] == convention["fingerprint"]


def test_a_service_that_is_down_loses_nothing_that_was_typed(house: House, parties: tuple[str, str]) -> None:
    console = house.console()
    office = house.visitor(console=console)
    console.extensions["services"]._addresses["partners"] = NOWHERE

    answer = send(office, DRAFT, **a_draft(parties))

    assert "Le service ne répond pas pour le moment. Rien n’est perdu" in answer.text
    assert value_of(answer, "title") == "Télémédecine"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
def test_only_the_programme_office_drafts(house: House, role: Role) -> None:
    assert house.visitor(role).get(DRAFT).status_code == 403
