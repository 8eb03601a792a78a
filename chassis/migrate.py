"""Brings a service's database to its newest form: first the chassis's tables, then the service's own."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from chassis.outbox import keep_partitions

_LOCK = 0x456E74656E7465
"""Key of the advisory lock that lets one migration run at a time."""

_VERSION_TABLES = {"chassis": "chassis_version", "service": "alembic_version"}


def migrate(service_name: str, engine: Engine) -> None:
    """Apply what is missing; safe to run twice, or by two processes at once."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        for part, folder in _folders(service_name).items():
            command.upgrade(_config(folder, part, connection), "head")
        keep_partitions(connection)


def pending(service_name: str, engine: Engine) -> list[str]:
    """Give the parts of the database, `chassis` or `service`, that are not at their newest form."""
    with engine.connect() as connection:
        return [
            part
            for part, folder in _folders(service_name).items()
            if _applied(connection, part) != ScriptDirectory.from_config(_config(folder, part)).get_current_head()
        ]


def _applied(connection: Connection, part: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": _VERSION_TABLES[part]})
    return context.get_current_revision()


def _folders(service_name: str) -> dict[str, Path]:
    modules = {"chassis": "chassis", "service": f"services.{service_name}"}
    return {part: _folder(module) for part, module in modules.items() if find_spec(module)}


def _folder(module: str) -> Path:
    return Path(str(import_module(module).__file__)).parent / "migrations"


def _config(folder: Path, part: str, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("version_locations", str(folder / "versions"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = _VERSION_TABLES[part]
    return config
