"""What the migrations make and what the code maps are the same."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects.postgresql.base import ischema_names

from chassis import idempotency, inbox, outbox
from chassis.database import ChassisBase
from chassis.migrate import migrate, pending
from chassis.testing import a_service

ischema_names["xid8"] = outbox.Xid8

SERVICES = ["actions", "budget", "notifications", "partners"]
CHASSIS = [outbox, inbox, idempotency]


def _is_ours(thing: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    ours = name not in ("chassis_version", "alembic_version") and not (name or "").startswith("outbox_")
    return ours or kind == "index"


@pytest.mark.parametrize("name", SERVICES)
def test_migrations_make_what_the_code_maps(name: str, database_administration_url: str, tmp_path: Path) -> None:
    assert CHASSIS
    mapped = import_module(f"services.{name}.domain.base").Base.metadata
    for module in iter_modules(import_module(f"services.{name}.domain").__path__):
        import_module(f"services.{name}.domain.{module.name}")

    with a_service(name, database_administration_url, tmp_path) as service, service.engine.connect() as connection:
        options = {"target_metadata": [ChassisBase.metadata, mapped], "include_object": _is_ours}
        differences = compare_metadata(
            MigrationContext.configure(connection, opts=options),
            options["target_metadata"],  # type: ignore[arg-type]
        )

    assert [each for each in differences if "partition" not in repr(each)] == []


def test_migrating_twice_changes_nothing(database_administration_url: str, tmp_path: Path) -> None:
    with a_service("actions", database_administration_url, tmp_path) as service:
        migrate("actions", service.engine)

        assert pending("actions", service.engine) == []
