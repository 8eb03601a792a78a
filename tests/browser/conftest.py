"""A real Chromium for the pages: Debian's own, without a screen and without a word to the outside."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.conftest import require
from tests.surroundings import CHROMIUM_ARGUMENTS, ROOT

expect.set_options(timeout=20_000)

HERE = {"127.0.0.1", "localhost", "[::1]", ""}
AXE = ROOT / "tests/javascript/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once for each worker of the run."""
    path = require("needs_chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS, headless=True)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page, in French; afterwards the test fails if a script failed or an outside host was asked."""
    context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 1280, "height": 900})
    fresh = context.new_page()
    fresh.set_default_timeout(10_000)
    complaints: list[str] = []
    fresh.on("pageerror", lambda error: complaints.append(f"a script failed: {error}"))
    fresh.on("request", lambda request: complaints.extend(outside(request)))
    yield fresh
    context.close()
    assert complaints == []


def outside(request: Request) -> list[str]:
    """One complaint if the request leaves this machine."""
    there = urlsplit(request.url)
    if there.scheme in ("http", "https", "ws", "wss") and (there.hostname or "") not in HERE:
        return [f"an outside host was asked: {request.url}"]
    return []


def barriers(page: Page) -> list[str]:
    """What axe-core finds on the page that stands in somebody's way (WCAG 2.1, levels A and AA)."""
    require("needs_node")
    page.evaluate(AXE.read_text("utf-8"))  # not as a script of the page, which its own policy would refuse
    found = page.evaluate(
        "async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})).violations"
    )
    return [f"{rule['id']}: {rule['help']} ({node['target']})" for rule in found for node in rule["nodes"]]
