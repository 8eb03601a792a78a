"""The whole life of a convention, through the pages alone, in a real Chromium."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from chassis.clock import today
from tests.browser.conftest import barriers
from tests.browser.platform import Entente, served
from tests.browser.test_stories import SIDEWAYS

pytestmark = [pytest.mark.needs_chromium, pytest.mark.needs_postgresql]

OWNER, FUNDER, HELPER = "Pays de l’essai", "Région de l’essai", "Commune de l’essai"
SIRENS = {OWNER: "200034700", FUNDER: "210400016", HELPER: "210400701"}


@pytest.fixture(scope="module")
def entente() -> Iterator[Entente]:
    with TemporaryDirectory(prefix="entente-") as folder:
        state = Path(folder)
        state.chmod(0o755)  # the embedded PostgreSQL runs as another user than root
        with served(state) as running:
            for name, siren in SIRENS.items():
                running.organisation(name, siren)
            yield running


def enter(page: Page, entente: Entente, role: str = "programme_office", **facts: Any) -> None:
    page.goto(entente.link(role, **facts))
    page.get_by_role("button", name=re.compile("Se connecter|Sign in")).click()
    expect(page.locator(".masthead .menu")).to_be_attached()


def draft(page: Page, entente: Entente, action: str, amount: str = "80 000,50") -> None:
    """Fill in the form of a convention of three parties as one would, adding what lines are needed."""
    entente.action(action)
    page.goto(f"{entente.pages}/conventions/new")
    page.get_by_label("Titre", exact=True).fill("Télémédecine")
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


def sign_in_person(browser: Browser, entente: Entente, name: str, *, what: str = "Télémédecine") -> None:
    """Let somebody of a party come in, find what awaits the party's signature, and sign."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    enter(page, entente, "partner", organisation=SIRENS[name])
    page.get_by_role("link", name=re.compile(what)).click()
    expect(page.get_by_role("heading", name=f"Signer au nom de : {name}")).to_be_visible()
    page.get_by_label("En quelle qualité").fill("Présidente")
    page.get_by_role("button", name="Signer", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("La signature est enregistrée")
    context.close()


def sign_on_paper(page: Page, name: str, proof: str) -> None:
    page.get_by_role("link", name=f"Enregistrer la signature : {name}").click()
    page.get_by_label("Qui signe").fill("Jeanne Martin")
    page.get_by_label("En quelle qualité").fill("Présidente")
    page.get_by_label("De quelle façon").select_option("paper")
    page.get_by_label("Où la preuve est conservée").fill(proof)
    page.get_by_role("button", name="Enregistrer la signature").click()


def test_a_convention_lives_from_draft_to_termination(page: Page, browser: Browser, entente: Entente) -> None:
    enter(page, entente)
    draft(page, entente, "1.1")
    expect(page.get_by_role("status")).to_have_text("Le brouillon est enregistré.")
    propose(page)
    address = page.url
    for name in (OWNER, FUNDER):
        sign_in_person(browser, entente, name)
    page.goto(address)
    expect(page.get_by_text("Signature attendue : Commune de l’essai")).to_be_visible()

    sign_on_paper(page, HELPER, "")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Qui signe")).to_have_value("Jeanne Martin")
    page.get_by_label("Où la preuve est conservée").fill("Original n° 3")
    page.get_by_role("button", name="Enregistrer la signature").click()
    expect(page.get_by_role("status")).to_contain_text("la convention est en vigueur")
    secured_is(page, entente, "80\N{NO-BREAK SPACE}000,50")

    page.goto(address)
    amend(page, "95 000,50")
    expect(page.get_by_role("table").first).to_contain_text(re.compile(r"\+\s15\s000\s€"))
    amendment = page.url
    for name in (OWNER, FUNDER):
        sign_in_person(browser, entente, name, what="avenant n° 1")
    page.goto(amendment)
    sign_on_paper(page, HELPER, "Original n° 4")
    expect(page.get_by_role("status")).to_contain_text("l’avenant est en vigueur")
    secured_is(page, entente, "95\N{NO-BREAK SPACE}000,50")

    page.goto(address)
    page.get_by_role("link", name="La résilier").click()
    page.get_by_label("Pourquoi").fill("Retrait du financeur")
    page.get_by_role("button", name="La résilier").click()
    expect(page.get_by_role("status")).to_have_text("La convention est résiliée.")
    secured_is(page, entente, "0")


def amend(page: Page, amount: str) -> None:
    """Write another amount into the text as it stands, read the difference, and propose it."""
    page.get_by_role("link", name="La modifier par avenant").click()
    page.get_by_label("Objet").fill("Complément")
    page.get_by_label("Montant").first.fill(amount)
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.get_by_role("link", name="Proposer l’avenant à la signature").click()
    page.get_by_role("button", name="Proposer l’avenant").click()
    expect(page.get_by_role("status")).to_contain_text("peut être signé par ses parties")


def secured_is(page: Page, entente: Entente, figure: str) -> None:
    """Wait until the overview says so."""
    page.goto(entente.pages)
    expect(page.locator('[data-figure="axis-1-secured"]')).to_have_text(figure)


def test_the_keyboard_alone_proposes_and_signs(page: Page, entente: Entente) -> None:
    convention = entente.drafted_convention(entente.action("2.1"), "12000.00")
    enter(page, entente)
    page.goto(f"{entente.pages}/conventions/{convention['id']}")

    by_keyboard(page, "La proposer à la signature")
    by_keyboard(page, "La proposer")
    by_keyboard(page, "Enregistrer la signature : Provence Alpes Agglomération")
    for label, typed in (
        ("Qui signe", "Jeanne Martin"),
        ("En quelle qualité", "Présidente"),
        ("Où la preuve est conservée", "Registre"),
    ):
        reach(page, label)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("La signature est enregistrée")


def test_a_refused_form_is_put_right_by_the_keyboard_alone(page: Page, entente: Entente) -> None:
    entente.action("2.1")
    enter(page, entente)
    page.goto(f"{entente.pages}/conventions/new")
    by_keyboard(page, "Enregistrer le brouillon")

    expect(page.get_by_role("alert")).to_be_focused()
    reach(page, "Titre")  # the summary's link, which leads to the field
    page.keyboard.press("Enter")
    expect(page.get_by_label("Titre", exact=True)).to_be_focused()
    page.keyboard.type("Télémédecine")

    expect(page.get_by_label("Titre", exact=True)).to_have_value("Télémédecine")


def by_keyboard(page: Page, name: str) -> None:
    """Tab to the thing of that name, press Enter, and wait for the page it leads to."""
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_way_from_a_convention_to_its_deadlines_a_calendar_and_a_departure(page: Page, entente: Entente) -> None:
    convention = entente.proposed_convention(entente.action("2.1"), "12000.00")
    enter(page, entente)
    page.goto(f"{entente.pages}/conventions/{convention['id']}")

    page.get_by_role("link", name="Ses échéances").click()
    expect(page.get_by_role("link", name=convention["reference"]).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Les mettre dans votre agenda").click()
    page.go_back()
    page.get_by_role("link", name=re.compile("en cas de départ")).first.click()
    page.get_by_label("Quel jour").fill("31/12/2016")
    page.get_by_role("button", name="Voir ce que cela touche").click()

    assert Path(download.value.path()).read_text().startswith("BEGIN:VCALENDAR")
    expect(page.get_by_role("heading", level=1)).to_contain_text("part le 31 décembre 2016")


def test_deadlines_open_with_what_this_month_brings_and_the_next_tranche(page: Page, entente: Entente) -> None:
    convention = entente.proposed_convention(entente.action("2.1"), "12000.00")
    entente.sign(convention)
    enter(page, entente)
    page.goto(f"{entente.pages}/deadlines/")

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("(échéances? reste|Plus rien n’échoit en)"))
    following = page.locator("h1 + p")
    expect(following).to_contain_text(re.compile(r"La prochaine tranche\s: .+ de .+, le 31\sdécembre"))


def test_a_sum_on_two_vat_bases_fits_a_narrow_screen(page: Page, entente: Entente) -> None:
    convention = entente.drafted_convention(entente.action("2.1"), "4888888.88")
    facts = ("organisation_id", "action_id", "kind", "nature")
    line = {name: convention["lines"][0][name] for name in facts} | {"vat_basis": "HT"}
    lines = [{**line, "tranches": [{"amount": "4999999.99", "due_on": f"{today().year}-12-31"}]}]
    parties = [{name: each[name] for name in ("organisation_id", "role")} for each in convention["parties"]]
    kept = {name: convention[name] for name in ("programme_code", "title", "starts_on", "ends_on")}
    both = [*lines, {**lines[0], "vat_basis": "TTC"}]
    entente.call("POST", "partners", "/v1/conventions", {**kept, "parties": parties, "lines": both})
    enter(page, entente)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{entente.pages}/conventions/?status=draft&lang=en")

    expect(page.locator(".rows")).to_contain_text(re.compile(r"€4,999,999.99.incl..VAT and €4,999,999.99.excl..VAT"))
    assert page.evaluate(SIDEWAYS) <= 0


def test_the_kind_of_a_contribution_brings_its_own_fields(page: Page, entente: Entente) -> None:
    entente.action("2.1")
    enter(page, entente)
    page.goto(f"{entente.pages}/conventions/new")
    line = page.get_by_role("group", name="Contribution 1")

    expect(line.get_by_label("Tarif d’un jour")).to_be_hidden()
    line.get_by_label("Genre").select_option("people")
    expect(line.get_by_label("Tarif d’un jour")).to_be_visible()
    expect(line.get_by_label("Ce qui montrera que c’est fait")).to_be_hidden()
    line.get_by_label("Tarif d’un jour").fill("350")
    line.get_by_label("Genre").select_option("organisational")
    expect(line.get_by_label("Ce qui montrera que c’est fait")).to_be_visible()


FOCUSED = """() => {
    const here = document.activeElement;
    return (here.labels?.[0] ?? here).textContent.replace(/\\s+/g, " ").trim();
}"""


def reach(page: Page, name: str) -> None:
    """Tab until the focus is on the thing of that name."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if str(page.evaluate(FOCUSED)).removesuffix(" (facultatif)") == name:
            return
    raise AssertionError(f"The keyboard does not reach {name}.")


@pytest.mark.needs_node
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_that_asks_for_something_has_a_barrier(
    browser: Browser, entente: Entente, language: str, theme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(locale=language, color_scheme=theme, reduced_motion="reduce")
    page = context.new_page()
    enter(page, entente)
    found = {}
    empty, filled = asking_pages(entente)
    for address in empty + filled:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(entente.pages + address)
        if address in empty:
            page.locator("form.asking .btn-primary").click()
        found[address] = barriers(page)
        page.set_viewport_size({"width": 320, "height": 640})
        found[address] += ["wider than 320 px"] if page.evaluate(SIDEWAYS) > 0 else []
    context.close()

    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def asking_pages(entente: Entente) -> tuple[list[str], list[str]]:
    """The pages with a form, each on a convention where it makes sense: those to be sent empty, and the others."""
    action = entente.action("2.2")
    drafted = f"/conventions/{entente.drafted_convention(action, '1000.00')['id']}"
    convention = entente.proposed_convention(action, "1000.00")
    proposed, party = f"/conventions/{convention['id']}", convention["parties"][0]["organisation_id"]
    signed = entente.proposed_convention(action, "1000.00")
    entente.sign(signed)
    amendment = f"/amendments/{entente.proposed_amendment(signed, '1500.00')['id']}"
    return ["/conventions/new", f"{proposed}/signatures/{party}"], [
        "/today",
        "/conventions/",
        "/conventions/?search=introuvable",
        "/deadlines/",
        f"/deadlines/?convention={convention['id']}",
        "/deadlines/feed",
        "/departures/",
        f"/departures/?organisation={party}&on=31/03/2018",
        drafted,
        f"{drafted}/text",
        f"{drafted}/proposal",
        proposed,
        f"{proposed}/refusals/{party}",
        f"{proposed}/withdrawal",
        f"/conventions/{signed['id']}/termination",
        f"/conventions/{signed['id']}",
        amendment,
        f"{amendment}/text",
        f"{amendment}/signatures/{party}",
        f"{amendment}/refusals/{party}",
        f"{amendment}/withdrawal",
    ]


def test_what_is_typed_while_a_line_is_on_its_way_stays(page: Page, entente: Entente) -> None:
    held: list[Route] = []
    entente.action("4.9")
    enter(page, entente)
    page.goto(f"{entente.pages}/conventions/new")

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/conventions/new", hold)

    with page.expect_request("**/conventions/new"):
        page.get_by_role("button", name="Ajouter une partie").click()
    page.get_by_role("group", name="Partie 1").get_by_label("Organisme").fill(OWNER)
    held[0].continue_()

    expect(page.get_by_role("group", name="Partie 3")).to_be_visible()
    expect(page.get_by_role("group", name="Partie 1").get_by_label("Organisme")).to_have_value(OWNER)
