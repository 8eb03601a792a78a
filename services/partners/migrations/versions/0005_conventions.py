"""Conventions widened: models, actions, clauses, kinds of contribution, money passed on, texts kept for ever."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EUROS = sa.Numeric(14, 2)


def upgrade() -> None:
    models()
    counters()
    texts()
    promises()


def models() -> None:
    op.create_table(
        "convention_models",
        sa.Column("programme_code", sa.Text, primary_key=True),
        sa.Column("reference_pattern", sa.Text, nullable=False),
        sa.Column("frame", sa.Text, nullable=False, unique=True),
        sa.Column("clauses", JSONB, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.execute(
        """
        WITH stems AS (
            SELECT code, COALESCE(NULLIF(rtrim(code, '0123456789-_'), ''), code) AS stem FROM known_programmes),
        ranked AS (SELECT code, stem, row_number() OVER (PARTITION BY stem ORDER BY code) AS rank FROM stems),
        given AS (SELECT code, CASE WHEN rank = 1 THEN stem ELSE code END AS stem FROM ranked)
        INSERT INTO convention_models
        SELECT code, stem || '-{year}-{number:03}', stem || '-{year}-{number}', '[]', 1 FROM given
        """
    )


def counters() -> None:
    """Count per programme: two programmes with one prefix shared a counter."""
    op.drop_table("reference_counters")
    op.create_table(
        "reference_counters",
        sa.Column("programme_code", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.execute(
        """
        INSERT INTO reference_counters
        SELECT programme_code, substring(reference from '-([0-9]+)-[0-9]+$')::integer AS year,
               max(substring(reference from '-([0-9]+)$')::integer)
        FROM conventions WHERE reference IS NOT NULL GROUP BY programme_code, year
        """
    )


def texts() -> None:
    for name, kind, default in (("clauses", JSONB, "[]"), ("signed_version", sa.Integer, "1")):
        op.add_column("conventions", sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column("conventions", name, server_default=None)
    op.execute("UPDATE conventions SET signed_version = version")
    op.add_column("conventions", sa.Column("amendment_number", sa.Integer))
    op.add_column("conventions", sa.Column("amended_on", sa.Date))
    for name in ("joined_on", "left_on"):
        op.add_column("convention_parties", sa.Column(name, sa.Date))
    op.create_table(
        "convention_texts",
        sa.Column("convention_id", sa.Uuid, sa.ForeignKey("conventions.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("party_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("amendment_number", sa.Integer),
        sa.Column("amended_on", sa.Date),
        sa.CheckConstraint(
            "fingerprint = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="convention_texts_hold"
        ),
    )
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'What was put before the parties is never rewritten: amend it instead of %.', lower(TG_OP)
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER convention_texts_for_ever BEFORE UPDATE OR DELETE ON convention_texts"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )


def promises() -> None:
    for name in ("fte", "days", "day_rate"):
        op.add_column("convention_lines", sa.Column(name, EUROS))
    for name in ("proof", "passes_on_reference", "passes_on_organisation"):
        op.add_column("convention_lines", sa.Column(name, sa.Text))
    op.add_column("convention_lines", sa.Column("passes_on", sa.Uuid))
    op.create_index("ix_convention_lines_passes_on", "convention_lines", ["passes_on"])
    op.create_table(
        "convention_actions",
        sa.Column("convention_id", sa.Uuid, sa.ForeignKey("conventions.id"), primary_key=True),
        sa.Column("action_id", sa.Uuid, sa.ForeignKey("known_actions.id"), primary_key=True, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("named", sa.Boolean, nullable=False),
        sa.Column("added_on", sa.Date),
    )
    op.execute(
        """
        INSERT INTO convention_actions
        SELECT convention_id, action_id,
               row_number() OVER (PARTITION BY convention_id ORDER BY min(position)) - 1, false
        FROM convention_lines GROUP BY convention_id, action_id
        """
    )
