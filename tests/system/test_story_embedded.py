"""The main job on embedded defaults: PostgreSQL from pip, the broker in memory."""

from pathlib import Path

from tests.system.story import expect_the_whole_story, tell


def test_the_story_holds_on_embedded_defaults(tmp_path: Path) -> None:
    expect_the_whole_story(tell(tmp_path))
