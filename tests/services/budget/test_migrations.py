import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from chassis.service import Service
from services.budget import api
from services.budget.domain.base import Base

pytestmark = pytest.mark.needs_postgresql


def test_the_migrated_database_is_what_the_classes_say(migrated_budget: Service) -> None:
    assert api.BLUEPRINTS, "The door knows every class."
    with migrated_budget.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours, "compare_type": True})

        assert [change for change in compare_metadata(context, Base.metadata) if not _is_database_only(change)] == []


def _ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name in Base.metadata.tables


def _is_database_only(change: object) -> bool:
    """Indices and constraints are the migration's matter: no rule of the domain looks at them."""
    return isinstance(change, tuple) and change[0] in ("remove_index", "remove_constraint")
