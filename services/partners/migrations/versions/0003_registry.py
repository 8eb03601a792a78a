"""Organisations in full: categories, addresses, former identifiers, contacts, duplicates, imports; search by slips."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WORD = sa.String(30)
MOMENT = sa.DateTime(timezone=True)
WORDS = sa.ARRAY(sa.Text)


def must(name: str, kind: Any, *more: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **options)


def may(name: str, kind: Any, *more: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, **options)


def to(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{target}.id")


def upgrade() -> None:
    organisations()
    contacts()
    imports()


def organisations() -> None:
    for column in (
        may("legal_category", sa.Text),
        may("rna", sa.Text),
        may("epci_siren", sa.Text),
        must("addresses", JSONB, server_default="[]"),
        may("siret_since", sa.Date),
        must("trigrams", WORDS, server_default="{}"),
        may("merged_into_id", sa.Uuid, to("organisations")),
        may("merged_on", sa.Date),
    ):
        op.add_column("organisations", column)
    for name in ("addresses", "trigrams"):
        op.alter_column("organisations", name, server_default=None)
    for name in ("rna", "epci_siren", "merged_into_id"):
        op.create_index(f"ix_organisations_{name}", "organisations", [name])
    _find_those_here_already()
    op.create_index("organisations_trigrams", "organisations", ["trigrams"], postgresql_using="gin")
    op.create_table(
        "former_identifiers",
        must("id", sa.Uuid, primary_key=True),
        must("organisation_id", sa.Uuid, to("organisations"), index=True),
        must("kind", WORD),
        must("value", sa.Text(collation="C")),
        may("since", sa.Date),
        must("until", sa.Date),
    )
    op.create_index("former_identifiers_value", "former_identifiers", ["value"])


def _find_those_here_already() -> None:
    """Compute the groups of letters of those that are known, as the service did on the day of this migration."""
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT id, folded_name FROM organisations")).tuples().all()
    rows = [{"id": each, "trigrams": _trigrams(folded)} for each, folded in found]
    if rows:
        connection.execute(sa.text("UPDATE organisations SET trigrams = :trigrams WHERE id = :id"), rows)


def _trigrams(folded: str) -> list[str]:
    padded = (f" {word} " for word in folded.split())
    return sorted({word[at : at + 3] for word in padded for at in range(max(1, len(word) - 2))})


def contacts() -> None:
    op.alter_column("persons", "role", nullable=True)
    op.alter_column("persons", "email", nullable=True)
    op.create_table(
        "contacts",
        must("id", sa.Uuid, primary_key=True),
        must("organisation_id", sa.Uuid, to("organisations"), index=True),
        must("person_id", sa.Uuid, to("persons"), index=True),
        must("capacity", sa.Text),
        may("phone", sa.Text),
        must("may_sign", WORDS),
        may("since", sa.Date),
        may("until", sa.Date),
        must("sequence", sa.Integer),
        sa.UniqueConstraint("organisation_id", "person_id", "capacity"),
    )


def imports() -> None:
    op.create_table(
        "imports",
        must("id", sa.Uuid, primary_key=True),
        must("name", sa.Text),
        must("fingerprint", sa.Text),
        may("file", sa.LargeBinary),
        must("dry_run", sa.Boolean),
        must("recorded_by", sa.Text),
        must("received_at", MOMENT),
        must("status", WORD),
        may("lines", sa.Integer),
        *(must(name, sa.Integer) for name in ("position", "registered", "changed", "unchanged", "refused")),
        must("ignored_columns", WORDS),
        may("problem", sa.Text),
        may("finished_at", MOMENT),
    )
    op.create_index("imports_to_do", "imports", ["id"], postgresql_where=sa.text("status IN ('waiting', 'running')"))
    op.create_index("imports_newest", "imports", ["received_at", "id"])
    op.create_table(
        "import_remarks",
        must("import_id", sa.Uuid, to("imports"), primary_key=True),
        must("position", sa.Integer, primary_key=True, autoincrement=False),
        must("line", sa.Integer),
        must("column", sa.Text),
        must("reason", sa.Text),
        may("suggestion", sa.Text),
        must("refused", sa.Boolean),
    )
