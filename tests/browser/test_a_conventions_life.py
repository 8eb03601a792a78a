"""The whole life of a convention, through the pages alone, in a real Chromium."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Page, expect

from chassis.clock import today
from tests.browser.platform import Entente, served

pytestmark = [pytest.mark.needs_chromium, pytest.mark.needs_postgresql]

OWNER, FUNDER, HELPER = "Pays de l’essai", "Région de l’essai", "Commune de l’essai"
SIRENS = {OWNER: "200034700", FUNDER: "231300021", HELPER: "210400701"}


@pytest.fixture(scope="module")
def entente() -> Iterator[Entente]:
    with TemporaryDirectory(prefix="entente-") as folder:
        state = Path(folder)
        state.chmod(0o755)  # the embedded PostgreSQL runs as another user than root
        with served(state) as running:
            for name, siren in SIRENS.items():
                running.organisation(name, siren)
            yield running


def enter(page: Page, entente: Entente, role: str = "programme_office") -> None:
    page.goto(entente.link(role))
    page.get_by_role("button", name=re.compile("Se connecter|Sign in")).click()
    expect(page.locator(".masthead .menu")).to_be_attached()


def draft(page: Page, entente: Entente, action: str, amount: str = "80 000,50") -> None:
    """Fill in the form of a convention of three parties as one would, adding what lines are needed."""
    entente.action(action)
    page.goto(f"{entente.pages}/conventions/new")
    page.get_by_label("Titre").fill("Télémédecine")
    page.get_by_label("Du", exact=True).fill("2017-01-01")
    page.get_by_label("Au", exact=True).fill("2099-12-31")
    page.get_by_role("button", name="Ajouter une partie").click()
    expect(page.get_by_role("group", name="Partie 3")).to_be_visible()
    for number, (name, role) in enumerate(
        ((OWNER, "project_owner"), (FUNDER, "funder"), (HELPER, "beneficiary")), start=1
    ):
        party = page.get_by_role("group", name=f"Partie {number}")
        party.get_by_label("Organisme").fill(name)
        party.get_by_label("Rôle").select_option(role)
    line = page.get_by_role("group", name="Contribution 1")
    line.get_by_label("Qui contribue").fill(FUNDER)
    line.get_by_label("À quelle action").select_option(label=f"{action} Action {action}")
    line.get_by_label("Montant").fill(amount)
    line.get_by_label("Échéance").fill(f"{today().year}-12-31")
    page.get_by_role("button", name="Enregistrer le brouillon").click()


def propose(page: Page) -> None:
    page.get_by_role("link", name="La proposer à la signature").click()
    page.get_by_role("button", name="La proposer").click()
    expect(page.get_by_role("status")).to_contain_text("est proposée")


def sign(page: Page, name: str, how: str, proof: str) -> None:
    page.get_by_role("link", name=f"Enregistrer la signature : {name}").click()
    page.get_by_label("Qui signe").fill("Jeanne Martin")
    page.get_by_label("En quelle qualité").fill("Présidente")
    page.get_by_label("De quelle façon").select_option(how)
    page.get_by_label("Où la preuve est conservée").fill(proof)
    page.get_by_role("button", name="Enregistrer la signature").click()


def test_a_convention_lives_from_draft_to_termination(page: Page, entente: Entente) -> None:
    enter(page, entente)
    draft(page, entente, "1.1")
    expect(page.get_by_role("status")).to_have_text("Le brouillon est enregistré.")
    propose(page)
    sign(page, OWNER, "in_person", "Registre des conventions, feuillet 14")
    sign(page, FUNDER, "in_person", "Registre des conventions, feuillet 14")
    expect(page.get_by_text("Signature attendue : Commune de l’essai")).to_be_visible()

    sign(page, HELPER, "paper", "")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Qui signe")).to_have_value("Jeanne Martin")
    page.get_by_label("Où la preuve est conservée").fill("Original n° 3")
    page.get_by_role("button", name="Enregistrer la signature").click()
    expect(page.get_by_role("status")).to_contain_text("la convention est en vigueur")
    page.goto(entente.pages)
    expect(page.locator('[data-figure="axis-1-secured"]')).to_have_text("80\N{NO-BREAK SPACE}000,50")

    page.goto(f"{entente.pages}/conventions/")
    page.get_by_role("link", name=re.compile(r"SUN-\d{4}-\d{3}")).first.click()
    page.get_by_role("link", name="La résilier").click()
    page.get_by_label("Pourquoi").fill("Retrait du financeur")
    page.get_by_role("button", name="La résilier").click()
    expect(page.get_by_role("status")).to_have_text("La convention est résiliée.")
    page.goto(entente.pages)
    expect(page.locator('[data-figure="axis-1-secured"]')).to_have_text("0")
