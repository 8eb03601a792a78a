"""In and out of the console, in front of the real partners."""

import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest
from flask.testing import FlaskClient

from chassis.identity import Role
from chassis.observability import configure_logging
from tests.console.conftest import House, send

pytestmark = pytest.mark.needs_postgresql


def cookie_of(client: FlaskClient, path: str) -> str:
    link_page = client.get(path)
    return link_page.headers["Set-Cookie"]


def tokens(client: FlaskClient) -> tuple[str, str]:
    with client.session_transaction() as session:
        return session["access_token"], session["refresh_token"]


def with_an_ended_token(client: FlaskClient) -> FlaskClient:
    with client.session_transaction() as session:
        session["access_token"] = "ended"
    return client


def test_looking_at_a_link_does_not_use_it(house: House) -> None:
    client, link = house.console().test_client(), house.link()

    assert [client.get(f"/sign-in/{link}").status_code for _ in range(3)] == [200, 200, 200]
    assert send(client, f"/sign-in/{link}").status_code == 303


def test_a_link_opens_once_and_then_says_what_to_do(house: House) -> None:
    link = house.link()
    send(house.console().test_client(), f"/sign-in/{link}")

    again = send(house.console().test_client(), f"/sign-in/{link}")

    assert again.status_code == 409
    assert "Demandez-en un autre au bureau du programme" in again.text


def test_a_link_is_not_used_by_a_form_from_elsewhere(house: House) -> None:
    client, link = house.console().test_client(), house.link()

    assert send(client, f"/sign-in/{link}", csrf="forged").status_code == 400
    assert send(client, f"/sign-in/{link}").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    plain = cookie_of(house.console().test_client(), "/sign-in/any")
    encrypted = house.console(console_url="https://entente.example").test_client()
    secure = cookie_of(encrypted, "/sign-in/any")

    assert ("HttpOnly" in plain, "SameSite=Lax" in plain) == (True, True)
    assert secure.startswith("__Host-entente=")
    assert "Secure" in secure
    assert "Strict-Transport-Security" in encrypted.get("/sign-in/any").headers


@pytest.mark.parametrize(
    "path", ["/", "/actions", "/conventions/", "/financing/", "/events/", "/failures/", "/live/events"]
)
def test_nobody_sees_a_page_without_signing_in(house: House, path: str) -> None:
    answer = house.console().test_client().get(path)

    assert (answer.status_code, "lien personnel" in answer.text) == (401, True)


@pytest.mark.parametrize("path", ["/actions", "/conventions", "/financing", "/mandates", "/organisations/new"])
def test_a_page_is_found_with_or_without_a_last_slash(house: House, path: str) -> None:
    visitor = house.visitor()

    assert visitor.get(path).status_code == visitor.get(f"{path}/").status_code == 200


def test_an_ended_token_is_renewed_without_a_word(house: House) -> None:
    client = with_an_ended_token(house.visitor())

    assert client.get("/conventions/").status_code == 200
    assert tokens(client)[0] != "ended"


def test_requests_that_still_come_with_the_old_cookie_are_renewed_too(house: House) -> None:
    console = house.console()
    client = with_an_ended_token(house.visitor(console=console))
    late = console.test_client()
    with client.session_transaction() as old, late.session_transaction() as copy:
        copy.update(old)

    assert client.get("/conventions/").status_code == 200
    assert late.get("/conventions/").status_code == 200
    assert client.get("/conventions/").status_code == 200


def test_who_moved_to_another_organisation_is_offered_its_doors_from_the_next_token_on(house: House) -> None:
    first, second = house.organisation("Ancienne", "321654006"), house.organisation("Nouvelle", "321654014")
    client = house.visitor(Role.PARTNER, email="moved@example.org", organisation_id=first)
    mandates_of_the_second = f"/mandates?organisation={second}"
    assert mandates_of_the_second not in client.get(f"/organisations/{second}").text
    house.link(Role.PARTNER, email="moved@example.org", organisation_id=second)

    page = with_an_ended_token(client).get(f"/organisations/{second}", follow_redirects=True)

    assert mandates_of_the_second in page.text
    assert mandates_of_the_second in client.get(f"/organisations/{second}").text


def test_a_page_begun_in_a_role_that_ended_begins_anew_in_the_present_one(house: House) -> None:
    client = house.visitor(Role.AUDITOR, email="promoted@example.org")
    house.link(Role.PROGRAMME_OFFICE, email="promoted@example.org")

    page = with_an_ended_token(client).get("/deadlines/?status=open", follow_redirects=True)

    assert [answer.status_code for answer in page.history] == [303]
    assert (page.request.full_path, page.status_code) == ("/deadlines/?status=open", 200)
    assert client.get("/organisations/new").status_code == 200


def test_a_refused_renewal_ends_the_session(house: House) -> None:
    client = with_an_ended_token(house.visitor())
    with client.session_transaction() as session:
        session["refresh_token"] = "never given"

    assert client.get("/conventions/").status_code == 401
    with client.session_transaction() as session:
        assert "person" not in session


def test_signing_out_ends_the_session_here_and_at_partners(house: House) -> None:
    console = house.console()
    client = house.visitor(console=console)
    held = tokens(client)
    assert send(client, "/sign-out").status_code == 303

    thief = console.test_client()
    with thief.session_transaction() as session:
        session["person"] = {"id": "0", "name": "Thief", "role": "operator"}
        session["access_token"], session["refresh_token"] = "ended", held[1]
    assert client.get("/conventions/").status_code == 401
    assert thief.get("/conventions/").status_code == 401


def test_without_a_programme_the_overview_says_how_to_load_one(house: House) -> None:
    assert "entente load programmes/sun04" in house.visitor().get("/").text


def test_the_person_chooses_language_and_theme_and_both_are_remembered(house: House) -> None:
    client = house.visitor(language="en")
    english = client.get("/conventions/").text
    french = client.get("/conventions/?lang=fr&theme=dark").text
    remembered = client.get("/conventions/").text

    assert ('lang="en"' in english, 'data-bs-theme="dark"' in english) == (True, False)
    assert ('lang="fr"' in french, 'data-bs-theme="dark"' in french) == (True, True)
    assert ('<html lang="fr" data-bs-theme="dark">' in remembered) is True


@pytest.fixture
def log() -> Iterator[StringIO]:
    """The log of this process, from now on."""
    lines = StringIO()
    configure_logging("info", lines)
    yield lines
    configure_logging("warning")


def test_no_secret_reaches_the_log(house: House, log: StringIO) -> None:
    link = house.link(Role.OPERATOR)
    client = house.console().test_client()
    send(client, f"/sign-in/{link}")
    client.get("/conventions/")

    assert '"path": "/sign-in/<token>"' in log.getvalue()
    assert [secret for secret in (link, *tokens(client)) if secret in log.getvalue()] == []


def test_a_console_without_a_key_still_signs_its_cookies(house: House) -> None:
    unkeyed = replace(house, settings=replace(house.settings, session_key=""))
    client = unkeyed.visitor()

    assert client.get("/conventions/").status_code == 200
    assert re.search(r"Camille", client.get("/conventions/").text)
