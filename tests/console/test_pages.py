"""What each page shows, in front of the real services."""

import re

import pytest
from flask.testing import FlaskClient

from chassis.clock import today
from chassis.identifiers import stable_id
from chassis.identity import Role
from tests.console.conftest import House, send

pytestmark = pytest.mark.needs_postgresql

PAGES = [
    "/",
    "/actions",
    "/conventions/",
    "/financing/",
    "/financing/?by=funder",
    "/financing/envelopes",
    "/deliveries/",
    "/deadlines/",
    "/deadlines/?kind=tranche_due&since=2017-01-01",
    "/departures/",
]
MONITOR = ["/events/", "/failures/"]
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?://")
UNKNOWN = "00000000-0000-7000-8000-000000000000"
NOWHERE = "http://127.0.0.1:9"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def programme(house: House) -> str:
    """A programme of one axis and one action whose names are hostile, taken in by everybody; gives the action's id."""
    axis, action_id = {"code": "2", "title": f"Qualité {SCRIPT}"}, str(stable_id("action", "2.1"))
    period = {"starts_on": "2017-01-01", "ends_on": "2099-12-31", "vat_basis": "TTC"}
    house.call("PUT", "actions", "/v1/programmes/SUN04", {"title": f"Schéma {SCRIPT}", "axes": [axis], **period})
    need = {"year": 2017, "nature": "investment", "amount": "120000.50"}
    sheet = {"programme_code": "SUN04", "axis_code": "2", "code": "2.1", "title": SCRIPT, "priority": "strong"}
    house.call("PUT", "actions", f"/v1/actions/{action_id}", {**sheet, "needs": [need]})
    house.carry()
    return action_id


@pytest.fixture(scope="module")
def convention(house: House, programme: str) -> str:
    """A proposed convention of two parties over 80 000 €; gives its id."""
    owner, funder = (
        str(house.organisation(name, siren)) for name, siren in (("Pays", "200034700"), ("Région", "231300021"))
    )
    tranche = {"amount": "80000.00", "due_on": f"{today():%Y}-12-31"}
    line = {
        "organisation_id": funder,
        "action_id": programme,
        "kind": "cash",
        "nature": "investment",
        "vat_basis": "TTC",
    }
    parties = [{"organisation_id": owner, "role": "project_owner"}, {"organisation_id": funder, "role": "funder"}]
    terms = {"programme_code": "SUN04", "title": "Une promesse", "starts_on": "2017-01-01", "ends_on": "2099-12-31"}
    draft = {**terms, "parties": parties, "lines": [{**line, "vat_basis": "TTC", "tranches": [tranche]}]}
    convention_id = house.call("POST", "partners", "/v1/conventions", draft).json()["id"]
    house.call("POST", "partners", f"/v1/conventions/{convention_id}/proposal")
    house.carry()
    return str(convention_id)


@pytest.fixture
def office(house: House, programme: str) -> FlaskClient:
    return house.visitor()


def test_the_overview_opens_with_the_figures_in_a_sentence(office: FlaskClient, convention: str) -> None:
    headline = text_of(re.search(r"<h1.*?</h1>", office.get("/").text, re.DOTALL))

    assert headline.startswith("Sur 120 000,50 € de besoins connus")
    assert headline.endswith("0 € sont acquis ; il manque 120 000,50 €, dont 80 000 € déjà sollicités.")


def test_every_figure_of_the_table_is_a_door_to_what_makes_it(office: FlaskClient, programme: str) -> None:
    doors = re.findall(r'<a href="(/financing/explanation[^"]*)"', office.get("/financing/?by=action").text)
    need = next(door for door in doors if "measure=need" in door and programme in door).replace("&amp;", "&")

    assert len(doors) == 10
    assert "120 000,50" in text_of(office.get(need).text)
    assert [office.get(door.replace("&amp;", "&")).status_code for door in doors] == [200] * 10


@pytest.mark.parametrize("path", PAGES + MONITOR)
def test_a_page_lets_nothing_of_its_own_run_inline_and_nothing_from_outside_in(office: FlaskClient, path: str) -> None:
    answer = office.get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert (
        re.findall(
            r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?://(?!127\.0\.0\.1|www\.w3\.org)", answer.text
        )
        == []
    )


def test_hostile_names_are_shown_as_words(office: FlaskClient, programme: str) -> None:
    for path in ("/", "/actions", f"/actions/{programme}", "/financing/?by=action"):
        assert SCRIPT not in office.get(path).text


def test_a_partner_sees_the_programme_and_none_of_the_operators_pages(house: House, programme: str) -> None:
    partner = house.visitor(Role.PARTNER, organisation_id=house.organisation("Digne", "210400701"))

    assert [partner.get(path).status_code for path in PAGES] == [200] * len(PAGES)
    assert [partner.get(path).status_code for path in (*MONITOR, f"/traces/{UNKNOWN}")] == [403] * 3
    assert "/events/" not in partner.get("/").text


def test_a_service_that_is_down_is_named_and_the_rest_stands(house: House, programme: str) -> None:
    console = house.console()
    client = house.visitor(console=console)
    console.extensions["services"] = house.console(notifications_url=NOWHERE).extensions["services"]

    answer = client.get("/")

    assert answer.status_code == 200
    assert "Le service « envois » ne répond pas" in text_of(answer.text)
    assert "120 000,50" in text_of(answer.text)


def test_a_page_that_cannot_do_without_a_service_says_so_with_a_reference(house: House, programme: str) -> None:
    console = house.console()
    client = house.visitor(console=console)
    console.extensions["services"] = house.console(budget_url=NOWHERE).extensions["services"]

    answer = client.get("/")

    assert answer.status_code == 503
    assert "« financement » ne répond pas" in text_of(answer.text)
    assert answer.headers["X-Correlation-Id"] in answer.text


@pytest.mark.parametrize("path", ["/nowhere", f"/conventions/{UNKNOWN}", f"/traces/{UNKNOWN}", "/financing/?by=cat"])
def test_what_is_not_there_has_a_friendly_page(office: FlaskClient, path: str) -> None:
    answer = office.get(path)

    assert (answer.status_code, "Il n’y a rien ici" in answer.text) == (404, True)


def test_events_are_listed_newest_first_and_followed_to_their_trace(office: FlaskClient) -> None:
    page = office.get("/events/").text.partition("<ol")[2]
    trace = re.search(r'href="(/traces/[^"]+)"[^>]*>Action prévue', page)
    assert trace is not None

    followed = text_of(office.get(trace[1]).text)

    assert page.index("Action prévue") < page.index("Programme défini")
    assert "Pris en compte par" in followed
    assert "budget.record_need" in followed


def test_a_convention_tells_its_promise_and_its_life(office: FlaskClient, convention: str) -> None:
    page = text_of(office.get(f"/conventions/{convention}").text)

    assert "Région : 80 000 € TTC, action 2.1" in page
    assert "Signature attendue : Région" in page
    assert "proposée" in text_of(office.get("/conventions/?status=proposed").text)


def test_a_signature_awaited_is_something_to_look_at(office: FlaskClient, convention: str) -> None:
    assert "2 signatures sont attendues pour" in text_of(office.get("/").text)


def test_today_is_the_programmes_day(office: FlaskClient) -> None:
    assert f"État connu le {today().day}" in text_of(office.get("/").text)


def text_of(page: object) -> str:
    """The words of a page, without marks, with plain spaces."""
    found = page.group() if isinstance(page, re.Match) else str(page)
    words = re.sub(r"<[^>]+>", " ", found).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", words).replace(" ,", ",").strip()


def test_a_departure_shows_what_it_touches_beside_what_it_costs(house: House, convention: str) -> None:
    page = house.visitor().get("/departures/?who=231300021&lang=en").get_data(as_text=True)

    assert "Région" in page
    assert f"/conventions/{convention}" in page
    assert "Sought lost" in page


@pytest.mark.parametrize(
    ("silent", "named", "stays"),
    [("budget", "financing", "What ends"), ("partners", "partners and conventions", "What it costs")],
)
def test_a_departure_shows_the_one_part_where_the_other_service_is_silent(
    house: House, convention: str, silent: str, named: str, stays: str
) -> None:
    funder = house.call("GET", "partners", "/v1/organisations?search=231300021").json()["items"][0]["id"]
    visitor = house.visitor()
    broken = house.console(**{f"{silent}_url": NOWHERE, "session_key": house.settings.session_key}).test_client()
    with visitor.session_transaction() as known, broken.session_transaction() as session:
        session.update(known)

    page = broken.get(f"/departures/?organisation={funder}&lang=en").get_data(as_text=True)

    assert stays in page
    assert f"“{named}” does not answer" in page


def test_deadlines_stand_under_their_month(house: House, convention: str) -> None:
    page = house.visitor().get("/deadlines/?lang=en").get_data(as_text=True)

    assert "December 2099" in page
    assert "end of a proposal" in page


def test_deadlines_are_narrowed_by_party_days_and_convention(house: House, convention: str) -> None:
    office = house.visitor()

    def lists(**wanted: str) -> bool:
        return f"/conventions/{convention}" in office.get("/deadlines/", query_string=wanted).text

    assert lists(convention=convention, until="31/12/2099")
    assert not lists(convention=convention, until="31/12/2016", since="1/1/2016")
    assert "Aucun organisme ne s’appelle ainsi" in office.get("/deadlines/?party=Personne").text


def test_deadlines_go_into_a_calendar(house: House, convention: str) -> None:
    answer = house.visitor().get(f"/deadlines/calendar.ics?convention={convention}&lang=en")
    events = answer.get_data(as_text=True).replace("\r\n ", "").split("BEGIN:VEVENT")[1:]

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert any("DTSTART;VALUE=DATE:20991231" in each and "SUMMARY:End of a proposal" in each for each in events)
    assert all(f"/conventions/{convention}" in each for each in events)


def test_a_calendar_reads_the_deadlines_by_a_secret_address_until_it_is_ended(house: House, convention: str) -> None:
    office, calendar = house.visitor(), house.pages.test_client()
    assert "Faire l’adresse" in office.get("/deadlines/feed").text

    shown = send(office, "/deadlines/feed").text
    address = secret_address(shown)
    assert f">{house.settings.console_url}{address}<" in shown
    answer = calendar.get(address)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert f"URL:{house.settings.console_url}/conventions/{convention}" in answer.text.replace("\r\n ", "")
    assert "lue pour la dernière fois le" in office.get("/deadlines/feed").text

    renewed = secret_address(send(office, "/deadlines/feed").text)
    assert [calendar.get(each).status_code for each in (address, renewed)] == [404, 200]
    assert send(office, "/deadlines/feed/end").status_code == 303
    assert calendar.get(renewed).status_code == 404
    assert send(office, "/deadlines/feed/end").status_code == 303


def secret_address(page: str) -> str:
    found = re.search(r"/deadlines/feed/[\w-]{43}\.ics\?lang=fr", page)
    assert found is not None, page
    return found[0]


def test_a_secret_address_is_made_by_nobody_but_who_is_signed_in(house: House) -> None:
    stranger = house.pages.test_client()

    assert stranger.get("/deadlines/feed").status_code == 401
    assert stranger.post("/deadlines/feed").status_code == 400
    assert stranger.get("/deadlines/feed/guessed.ics").status_code == 404


def test_a_convention_and_an_organisation_lead_to_deadlines_and_to_a_departure(house: House, convention: str) -> None:
    funder = house.call("GET", "partners", "/v1/organisations?search=231300021").json()["items"][0]["id"]
    office = house.visitor()

    assert f'href="/deadlines/?convention={convention}"' in office.get(f"/conventions/{convention}").text
    assert f'href="/departures/?organisation={funder}"' in office.get(f"/conventions/{convention}").text
    assert f'href="/departures/?organisation={funder}"' in office.get(f"/organisations/{funder}").text


def test_a_departure_asks_again_for_a_day_that_does_not_exist(house: House, convention: str) -> None:
    page = house.visitor().get("/departures/?who=231300021&on=31/02/2018").text

    assert 'value="31/02/2018"' in page
    assert "Écrivez une date qui existe" in page
    assert "Ce qui prend fin" not in page
