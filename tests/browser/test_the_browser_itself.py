from playwright.sync_api import Page

from tests.browser.conftest import barriers


def test_a_page_without_barriers_has_none(page: Page) -> None:
    page.set_content("<html lang=fr><title>Entente</title><main><h1>Bonjour</h1></main></html>")

    assert barriers(page) == []


def test_a_barrier_is_found(page: Page) -> None:
    page.set_content("<html lang=fr><title>Entente</title><main><h1>Bonjour</h1><img src='data:,'></main></html>")

    assert [barrier.partition(":")[0] for barrier in barriers(page)] == ["image-alt"]
