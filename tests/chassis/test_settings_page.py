"""The page of settings says what the code says."""

from pathlib import Path

import pytest

from chassis.settings import as_markdown

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_lists_every_setting_with_its_default() -> None:
    assert PAGE.read_text() == as_markdown(), "Write it anew: python -m chassis.settings > docs/settings.md"
