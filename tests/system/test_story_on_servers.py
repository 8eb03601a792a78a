"""The main job on the machine's own PostgreSQL and RabbitMQ."""

from pathlib import Path

from tests.system.story import expect_the_whole_story, tell


def test_the_story_holds_on_postgresql_and_rabbitmq(
    tmp_path: Path, database_administration_url: str, amqp_url: str
) -> None:
    expect_the_whole_story(tell(tmp_path, DATABASE_URL=database_administration_url, AMQP_URL=amqp_url))
