"""The register in real Chromium: found with a slip of the pen, imported from a file, its report read."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import barriers
from tests.browser.platform import Entente, served
from tests.browser.test_stories import SIDEWAYS, enter

pytestmark = [pytest.mark.needs_chromium, pytest.mark.needs_postgresql]

FILE = "Liste des communes\n\nnom;siren;population\nDigne-les-Bains;210400701;16460\nSisteron;21040209;7500\n;1;\n"


@pytest.fixture(scope="module")
def entente() -> Iterator[Entente]:
    with TemporaryDirectory(prefix="entente-") as folder:
        state = Path(folder)
        state.chmod(0o755)  # the embedded PostgreSQL runs as another user than root
        with served(state) as running:
            yield running


def test_organisations_are_imported_and_found_with_a_slip_of_the_pen(page: Page, entente: Entente) -> None:
    enter(page, entente, "programme_office")
    page.goto(f"{entente.pages}/organisations/imports/new")
    hindering = barriers(page)
    page.get_by_label("Fichier", exact=True).set_input_files(
        {"name": "communes.csv", "mimeType": "text/csv", "buffer": FILE.encode("cp1252")}
    )
    page.get_by_label("Dire seulement ce qui se passerait").uncheck()
    page.get_by_label(re.compile("Laisser de côté les lignes")).check()
    page.get_by_role("button", name="Envoyer le fichier").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Le fichier est importé.")
    expect(page.get_by_role("row", name=re.compile("laissée de côté.*Le nom manque"))).to_be_visible()
    hindering += barriers(page)
    page.goto(f"{entente.pages}/organisations/")
    page.get_by_label("Nom, SIREN, SIRET ou RNA").fill("dinge les bains")
    page.get_by_role("button", name="Chercher").click()
    hindering += barriers(page)
    page.get_by_role("link", name="Digne-les-Bains").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Digne-les-Bains")
    assert hindering + barriers(page) == []


def test_a_file_that_is_tried_says_what_would_change_of_whom(page: Page, entente: Entente) -> None:
    enter(page, entente, "programme_office")
    entente.organisation("Barcelonnette à compter", "210400198")
    file = "nom;siren;population;ville;SIRET depuis\nBarcelonnette;210400198;2598;Barcelonnette;2017-09-01\n"
    page.goto(f"{entente.pages}/organisations/imports/new")
    page.get_by_label("Fichier", exact=True).set_input_files(
        {"name": "changements.csv", "mimeType": "text/csv", "buffer": file.encode()}
    )
    page.get_by_role("button", name="Envoyer le fichier").click()

    expect(page.get_by_role("heading", name="Ce qui changerait")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Population – 2.598"))).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(SIDEWAYS) == 0
    assert barriers(page) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_registers_pages_stand_in_nobodys_way_and_fit_a_narrow_screen(
    page: Page, entente: Entente, language: str
) -> None:
    enter(page, entente, "programme_office")
    organisation = entente.organisation("Communauté d’agglomération au nom plutôt long", "200034700")
    contact = {"name": "Claude Exemple", "capacity": "Présidente", "may_sign": ["sign_charter", "sign_conventions"]}
    path = f"/v1/organisations/{organisation}"
    if not entente.call("GET", "partners", f"{path}/contacts", None).json()["items"]:
        entente.call("POST", "partners", f"{path}/contacts", {**contact, "email": "claude@example.org"})
    found = {}
    for address in ("", "new", organisation, f"{organisation}/change", f"{organisation}/merge", "imports/new"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{entente.pages}/organisations/{address}?lang={language}")
        found[address] = barriers(page)
        page.set_viewport_size({"width": 320, "height": 800})
        found[address] += ["wider than 320 px"] if page.evaluate(SIDEWAYS) > 0 else []

    assert {address: what for address, what in found.items() if what} == {}
