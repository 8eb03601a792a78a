import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from chassis.service import Service
from services.partners import api
from services.partners.domain.base import Base

pytestmark = pytest.mark.needs_postgresql


def test_the_migrated_database_is_what_the_classes_say(partners: Service) -> None:
    assert api.BLUEPRINTS, "The door knows every class."
    with partners.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours, "compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def _ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name in Base.metadata.tables
