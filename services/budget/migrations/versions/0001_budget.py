"""The ledger and its projection, the copies of others, envelopes, credit and payments."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

EUROS = sa.Numeric(14, 2)
WORD = sa.String(30)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _copies()
    _ledger()
    _projection()
    _acts()


def _key(name: str, kind: type[sa.types.TypeEngine] = sa.Uuid) -> sa.Column:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _of(kind: type | sa.types.TypeEngine, *names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]


def _copies() -> None:
    op.create_table(
        "programmes",
        _key("code", sa.Text),
        *_of(sa.Text, "title"),
        *_of(sa.Date, "starts_on"),
        *_of(sa.Date, "ends_on", nullable=True),
        *_of(WORD, "vat_basis"),
    )
    op.create_table("axes", _key("programme_code", sa.Text), _key("code", sa.Text), *_of(sa.Text, "title"))
    op.create_table(
        "actions",
        _key("id"),
        *_of(sa.Text, "programme_code", "axis_code", "code", "title"),
        *_of(sa.Integer, "projection_sequence"),
    )
    op.create_table("organisations", _key("id"), *_of(sa.Text, "name"))
    op.create_table(
        "mandates",
        _key("id"),
        *_of(sa.Text, "number", "title", "organisation_name"),
        *_of(sa.Uuid, "organisation_id"),
        *_of(sa.Date, "enforceable_since", nullable=True),
        *_of(sa.ARRAY(sa.Text), "authorises"),
        *_of(EUROS, "ceiling", nullable=True),
    )
    op.create_table(
        "conventions",
        _key("id"),
        *_of(sa.Text, "reference", "title", "programme_code"),
        *_of(WORD, "status"),
        *_of(sa.Date, "ended_on", nullable=True),
        *_of(sa.ARRAY(sa.Uuid), "party_ids"),
    )
    op.create_index("conventions_party_ids", "conventions", ["party_ids"], postgresql_using="gin")
    op.create_table(
        "tranches",
        _key("id"),
        *_of(sa.Uuid, "convention_id", "line_id", "action_id", "funder_id"),
        *_of(sa.Text, "action_code", "funder_name"),
        *_of(sa.Text, "mandate_number", "condition", nullable=True),
        *_of(WORD, "kind", "nature", "vat_basis"),
        *_of(sa.Integer, "year"),
        *_of(sa.Date, "due_on"),
        *_of(EUROS, "amount"),
    )
    op.create_index("tranches_convention_id", "tranches", ["convention_id"])


def _ledger() -> None:
    op.create_table(
        "ledger_entries",
        _key("id"),
        *_of(MOMENT, "recorded_at"),
        *_of(sa.Text, "programme_code", "axis_code", "action_code", "because", "correlation_id", "author"),
        *_of(sa.Uuid, "action_id", "event_id"),
        *_of(sa.Integer, "year"),
        *_of(WORD, "nature", "kind", "vat_basis", "measure", "cause"),
        *_of(EUROS, "amount"),
        *_of(sa.Integer, "quarter", nullable=True),
        *_of(WORD, "convention_status", nullable=True),
        *_of(sa.Text, "funder_name", "convention_reference", "mandate_number", "reason", nullable=True),
        *_of(
            sa.Uuid,
            *("funder_id", "convention_id", "line_id", "tranche_id", "credit_commitment_id", "cause_id", "reverses"),
            nullable=True,
        ),
    )
    for columns in (["recorded_at", "id"], ["convention_id"], ["action_id", "measure"], ["funder_id"]):
        op.create_index("ledger_entries_" + columns[0], "ledger_entries", columns)
    op.create_index(
        "ledger_entries_reversed_once",
        "ledger_entries",
        ["reverses"],
        unique=True,
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'The ledger is append-only: record a reversing entry instead of %.', lower(TG_OP)
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )


def _projection() -> None:
    op.create_table(
        "cells",
        *_of(sa.Text, "programme_code", "axis_code"),
        *_of(sa.Uuid, "action_id"),
        *_of(sa.Uuid, "funder_id", nullable=True),
        *_of(sa.Integer, "year"),
        *_of(WORD, "nature", "kind", "vat_basis"),
        *_of(EUROS, "need", "sought", "secured", "received"),
        *_of(sa.Integer, "entries"),
        sa.UniqueConstraint(
            *("programme_code", "axis_code", "action_id", "funder_id", "year", "nature", "kind", "vat_basis"),
            name="cells_key",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("cells_action_id", "cells", ["action_id"])


def _acts() -> None:
    op.create_table(
        "envelopes",
        _key("envelope_id"),
        _key("version", sa.Integer),
        *_of(sa.Text, "programme_code", "axis_code", "author"),
        *_of(EUROS, "amount"),
        *_of(WORD, "vat_basis"),
        *_of(sa.Text, "mandate_number", "reason", nullable=True),
        *_of(MOMENT, "recorded_at"),
    )
    op.create_table(
        "reallocations",
        _key("id"),
        *_of(sa.Text, "programme_code", "from_line", "to_line", "organisation_name", "mandate_number", "author"),
        *_of(sa.Integer, "year"),
        *_of(EUROS, "amount", "committed"),
        *_of(sa.Uuid, "organisation_id", "mandate_id"),
        *_of(MOMENT, "recorded_at"),
        sa.CheckConstraint("committed BETWEEN 0 AND amount", name="reallocations_not_overdrawn"),
    )
    op.create_table(
        "credit_commitments",
        _key("id"),
        *_of(sa.Uuid, "entry_id", "reallocation_id", "action_id", "mandate_id"),
        *_of(WORD, "nature"),
        *_of(EUROS, "amount"),
        *_of(sa.Text, "mandate_number", "author"),
        *_of(MOMENT, "recorded_at"),
        *_of(sa.Boolean, "reversed"),
    )
    op.create_table(
        "payments",
        _key("id"),
        *_of(sa.Uuid, "entry_id", "tranche_id", "convention_id", "funder_id", "action_id"),
        *_of(sa.Text, "convention_reference", "author"),
        *_of(EUROS, "amount"),
        *_of(sa.Date, "paid_on"),
        *_of(sa.Text, "reference", nullable=True),
        *_of(MOMENT, "recorded_at"),
    )
    op.create_index("payments_tranche_id", "payments", ["tranche_id"])
