"""The console in real Chromium, in front of the whole program."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from chassis.identifiers import new_id
from contracts.partners import ConventionProposed
from tests.browser.conftest import barriers
from tests.browser.platform import Entente, served

pytestmark = [pytest.mark.needs_chromium, pytest.mark.needs_postgresql]

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def entente() -> Iterator[Entente]:
    with TemporaryDirectory(prefix="entente-") as folder:
        state = Path(folder)
        state.chmod(0o755)  # the embedded PostgreSQL runs as another user than root
        with served(state) as running:
            yield running


def enter(page: Page, entente: Entente, role: str) -> None:
    page.goto(entente.link(role))
    page.get_by_role("button", name=re.compile("Se connecter|Sign in")).click()
    expect(page.locator(".masthead .menu")).to_be_attached()
    page.goto(entente.pages)


def test_somebody_signs_in_by_a_link_and_out_again(page: Page, entente: Entente) -> None:
    enter(page, entente, "programme_office")
    page.get_by_role("button", name="Se déconnecter").click()

    expect(page.get_by_role("heading", name="Vous n’êtes pas connecté")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté.")


def test_the_overview_moves_and_says_so_when_a_convention_is_signed_elsewhere(page: Page, entente: Entente) -> None:
    convention = entente.proposed_convention(entente.action("1.5"), "80000.00")
    enter(page, entente, "programme_office")
    secured, headline = page.locator('[data-figure="axis-1-secured"]'), page.locator("h1")
    expect(page.locator('[data-figure="axis-1-sought"]')).to_have_text("80\N{NO-BREAK SPACE}000")
    expect(secured).to_have_text("0")
    said_before = headline.inner_text()
    page.evaluate("window.sameDocument = true")

    entente.sign(convention)

    expect(secured).to_have_text("80\N{NO-BREAK SPACE}000")
    expect(secured).to_have_class(re.compile("changed"))
    expect(page.locator("#said")).to_contain_text("Transformation digitale des administrations locales, Acquis")
    expect(headline).not_to_have_text(said_before)
    assert page.evaluate("window.sameDocument") is True


def test_a_figure_opens_on_the_entries_that_make_it(page: Page, entente: Entente) -> None:
    entente.sign(entente.proposed_convention(entente.action("3.1"), "12000.00"))
    enter(page, entente, "auditor")
    figure = page.locator('[data-figure="axis-3-secured"]')
    expect(figure).to_have_text("12\N{NO-BREAK SPACE}000")
    figure.click()

    expect(page.get_by_role("row", name=re.compile("Convention SUN-"))).to_contain_text("Région")


def test_a_signature_is_followed_to_its_projection(page: Page, entente: Entente) -> None:
    correlation = entente.sign(entente.proposed_convention(entente.action("4.1"), "30000.00"))
    enter(page, entente, "operator")
    page.goto(f"{entente.pages}/traces/{correlation}")

    tree = page.locator(".tree")
    expect(tree.locator("li li li").first).to_contain_text("action 4.1")
    expect(tree).to_contain_text("Convention en vigueur")
    expect(tree).to_contain_text(re.compile(r"Acquis \+.30.000.€"))
    expect(tree).to_contain_text("Siège ouvert")


def test_events_come_into_the_open_list_by_themselves(page: Page, entente: Entente) -> None:
    entente.action("1.1")
    enter(page, entente, "operator")
    page.goto(f"{entente.pages}/events/?type=actions.action.planned.v1")
    expect(page.locator("[data-facts] li").first).to_be_visible()

    entente.action("1.9")

    expect(page.locator("[data-facts] li").first).to_contain_text("Action prévue, 1.9")


def test_a_failed_event_is_retried_by_an_operator_and_taken_in(page: Page, entente: Entente) -> None:
    entente.action("4.7")
    early = of_an_unknown_action()
    entente.say(early)
    enter(page, entente, "operator")
    quarantine = page.get_by_role("heading", name=re.compile("budget.record_commitment"))
    until_seen(page, f"{entente.pages}/failures/", quarantine)

    entente.action("4.8", action_id=early.lines[0].action_id)
    group = page.locator("section", has=quarantine)
    group.get_by_label("Pourquoi").fill("L’action est connue maintenant.")
    group.get_by_role("button", name="Tout réessayer").click()

    expect(page.get_by_role("status").first).to_contain_text("réessayé")
    figure = f'[data-figure="action-{early.lines[0].action_id}-sought"]'
    sought = page.locator(figure, has_text="80\N{NO-BREAK SPACE}000")
    until_seen(page, f"{entente.pages}/financing/?by=action", sought)


@pytest.mark.needs_node
@pytest.mark.parametrize(("language", "theme"), [("fr", "light"), ("en", "dark")])
def test_no_page_stands_in_anybodys_way(browser: Browser, entente: Entente, language: str, theme: Any) -> None:
    with a_page(browser, language, theme) as page:
        found = {}
        for address in every_page(page, entente):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(entente.pages + address)
            found[address] = barriers(page)
            page.set_viewport_size({"width": 320, "height": 640})
            found[address] += ["wider than 320 px"] if page.evaluate(SIDEWAYS) > 0 else []

    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_a_table_says_that_it_slides_where_it_is_wider_than_its_frame_and_only_there(
    browser: Browser, entente: Entente
) -> None:
    convention = entente.proposed_convention(entente.action("2.6"), "80000.00")
    with a_page(browser, "fr", "light") as page:
        enter(page, entente, "programme_office")
        seen = {
            (address, width): slides_and_says_so(page, entente.pages + address, width)
            for address in ("/", f"/conventions/{convention['id']}")
            for width in (320, 420, 900, 1280)
        }

    assert {place: found for place, found in seen.items() if found[0] != found[1]} == {}
    assert seen["/", 320] == (True, True)
    assert seen[f"/conventions/{convention['id']}", 420] == (False, False)


def slides_and_says_so(page: Page, address: str, width: int) -> tuple[bool, bool]:
    """Say of the first table of a page whether it is wider than its frame, and whether the page says so."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    frame = page.locator(".frame").first
    wider = frame.locator(".scroll").evaluate("(table) => table.scrollWidth > table.clientWidth")
    return wider, frame.locator(".scroll-hint").is_visible()


def test_on_a_narrow_screen_the_next_step_stands_before_the_text_and_on_a_wide_one_beside_it(
    browser: Browser, entente: Entente
) -> None:
    draft = entente.drafted_convention(entente.action("2.8"), "80000.00")
    with a_page(browser, "fr", "light") as page:
        enter(page, entente, "programme_office")
        page.goto(f"{entente.pages}/conventions/{draft['id']}")
        propose = page.get_by_role("link", name="La proposer à la signature")
        expect(propose).to_have_count(1)

        page.set_viewport_size({"width": 390, "height": 844})

        expect(propose).to_have_count(2)
        expect(propose.first).to_be_in_viewport()
        page.get_by_role("link", name="Ce que vous pouvez faire").click()
        expect(page.get_by_role("heading", name="Ce que vous pouvez faire")).to_be_in_viewport()


def test_the_keyboard_alone_opens_the_menu_of_a_narrow_screen(browser: Browser, entente: Entente) -> None:
    with a_page(browser, "fr", "light") as page:
        page.set_viewport_size({"width": 320, "height": 640})
        enter(page, entente, "programme_office")
        expect(page.get_by_role("link", name="Conventions")).not_to_be_visible()
        press(page, "Tab", "Tab", "Tab", "Enter")
        expect(page.get_by_role("link", name="Conventions")).to_be_visible()
        press(page, "Tab", "Tab", "Tab", "Tab", "Enter")

        expect(page.get_by_role("heading", name="Conventions")).to_be_visible()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@contextmanager
def a_page(browser: Browser, language: str, theme: Any) -> Iterator[Page]:
    context = browser.new_context(locale=language, color_scheme=theme)
    yield context.new_page()
    context.close()


def every_page(page: Page, entente: Entente) -> list[str]:
    """The addresses of the console's pages with something on each, seen by an operator; and those outside of it."""
    action = entente.action("2.2")
    convention = entente.proposed_convention(action, "1000.00")
    correlation = entente.sign(convention)
    entente.say(of_an_unknown_action())
    enter(page, entente, "operator")
    until_seen(page, f"{entente.pages}/failures/", page.locator("form.decision"))
    page.locator("section a").first.click()
    failure = str(page.locator("a.title").first.get_attribute("href"))
    figure = "/financing/explanation?measure=gap&axis=2"
    inside = ["/", "/actions", f"/actions/{action}", "/conventions/", f"/conventions/{convention['id']}", figure]
    money = ["/financing/", "/financing/?by=funder", "/financing/envelopes", "/deliveries/"]
    monitor = ["/events/", f"/traces/{correlation}", "/failures/", failure]
    return [*inside, *money, *monitor, "/sign-in/any", "/nowhere"]


def of_an_unknown_action() -> ConventionProposed:
    """A convention about an action that nobody has planned yet."""
    state: dict[str, Any] = {**ConventionProposed.example, "convention_id": str(new_id()), "reference": "SUN-2017-999"}
    state["lines"] = [{**line, "line_id": str(new_id()), "action_id": str(new_id())} for line in state["lines"]]
    return ConventionProposed.from_state(state, sequence=1)


def until_seen(page: Page, address: str, wanted: Any) -> None:
    """Open a page again until it shows what is wanted."""
    for _ in range(50):
        page.goto(address)
        if wanted.count():
            return
        page.wait_for_timeout(200)
    expect(wanted).to_be_visible()


def test_a_mandate_is_recorded_the_charter_signed_and_what_remains_is_seen(page: Page, entente: Entente) -> None:
    entente.action("2.7")
    authority = {"name": "Département de l’essai", "siren": "220400014", "needs_mandate": True}
    entente.call("POST", "partners", "/v1/organisations", authority)
    enter(page, entente, "programme_office")

    mandate = record_a_mandate(page, entente)
    sign_the_charter(page, entente)
    page.get_by_role("link", name=re.compile("Quitter la charte")).click()

    expect(page.get_by_role("main")).to_contain_text("Son siège à l’instance de concertation prend fin")
    assert barriers(page) == []
    page.get_by_role("link", name="Ce que toucherait et coûterait son départ complet").click()
    expect(page).to_have_url(re.compile(r"/departures/\?organisation="))
    assert barriers(page) == []
    page.goto(mandate)
    expect(page.locator(".facts")).to_contain_text("Charte partenariale, version 1")


def record_a_mandate(page: Page, entente: Entente) -> str:
    """Record it, once refused with the reason at its field; give its address, where what remains is seen."""
    page.goto(f"{entente.pages}/mandates/new")
    for label, typed in {
        "De qui est la délibération": "220400014",
        "Numéro": "2017-118",
        "Titre": "Adoption du schéma",
        "Assemblée": "Conseil départemental",
        "Adoptée le": "2017-06-30",
        "Jusqu’à": "100 000",
        "Exécutoire depuis le": "2017-06-01",
    }.items():
        page.get_by_label(label).fill(typed)
    for label in ("Votée à l’unanimité", "signer la charte", "signer les conventions"):
        page.get_by_label(label).check()
    page.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_role("alert")).to_contain_text("Exécutoire depuis le")
    assert barriers(page) == []

    page.get_by_label("Exécutoire depuis le").fill("2017-07-05")
    page.get_by_role("button", name="Enregistrer").last.click()

    expect(page.get_by_role("img", name=re.compile("reste 100.000.€ sur 100.000.€"))).to_be_visible()
    assert barriers(page) == []
    return page.url


def sign_the_charter(page: Page, entente: Entente) -> None:
    """Publish it, and record on paper that the authority adheres; who signed is seen."""
    page.goto(f"{entente.pages}/charters/new")
    page.get_by_label("Titre", exact=True).fill("Charte partenariale")
    page.get_by_label("Texte").fill("Les signataires conviennent de développer ensemble les usages numériques.")
    page.get_by_role("button", name="Publier").click()
    page.get_by_role("link", name="Enregistrer une adhésion").click()
    page.get_by_label("Qui adhère").fill("220400014")
    page.get_by_role("button", name="Continuer").click()
    for label, typed in {
        "Qui signe": "Jeanne Martin",
        "En quelle qualité": "Présidente",
        "Où la preuve est conservée": "Registre, feuillet 14",
    }.items():
        page.get_by_label(label).fill(typed)
    assert barriers(page) == []
    page.get_by_role("button", name="Enregistrer la signature").click()
    expect(page.locator(".facts")).to_contain_text("Jeanne Martin, Présidente")
    assert barriers(page) == []
