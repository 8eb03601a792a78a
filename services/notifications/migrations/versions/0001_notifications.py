"""Facts, states and involvements; stakeholders and endpoints; deliveries and their attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001_notifications"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _what_we_hold_of_others()
    _recipients()
    _deliveries()


def _what_we_hold_of_others() -> None:
    op.create_table(
        "facts",
        sa.Column("event_id", sa.Uuid(), primary_key=True),
        _word("type"),
        _word("subject"),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        _moment("time"),
        _word("correlation_id"),
        _word("actor"),
        _word("traceparent"),
        _word("body"),
        _moment("received_at", server_default=sa.func.clock_timestamp()),
    )
    op.create_index("ix_facts_correlation_id", "facts", ["correlation_id"])
    op.create_table(
        "states",
        sa.Column("noun", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        _word("type"),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        _moment("time"),
        sa.Column("state", JSONB(), nullable=False),
    )
    op.create_table(
        "involvements",
        sa.Column("because", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("organisation_id", sa.Uuid(), primary_key=True),
    )
    op.create_index("ix_involvements_subject", "involvements", ["subject"])


def _recipients() -> None:
    op.create_table(
        "stakeholders",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organisation_id", sa.Uuid()),
        _word("name"),
        _word("email"),
        _word("address_key"),
        sa.Column("language", sa.String(30), nullable=False),
        sa.Column("standing", sa.String(30), nullable=False),
        sa.Column("topics", ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("suppressed_because", sa.Text()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.UniqueConstraint(
            "organisation_id", "address_key", name="stakeholders_person", postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index("ix_stakeholders_address_key", "stakeholders", ["address_key"])
    op.create_table(
        "endpoints",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organisation_id", sa.Uuid(), index=True),
        _word("url"),
        _word("description"),
        sa.Column("events", ARRAY(sa.Text()), nullable=False),
        _word("sealed_secret"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("disabled_because", sa.Text()),
        sa.Column("sequence", sa.Integer(), nullable=False),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("fact_id", sa.Uuid(), sa.ForeignKey("facts.event_id"), nullable=False, index=True),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False, index=True),
        _word("recipient_name"),
        sa.Column("organisation_id", sa.Uuid(), index=True),
        _word("event_type"),
        _word("about"),
        sa.Column("correlation_id", sa.Text(), nullable=False, index=True),
        _moment("due_at"),
        sa.Column("status", sa.String(30), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("asked_by", sa.Text()),
        _moment("leased_until", nullable=True),
        _moment("finished_at", nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _moment("created_at", server_default=sa.func.clock_timestamp()),
    )
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["channel", "due_at"],
        postgresql_where=sa.text("status IN ('waiting', 'retrying')"),
    )
    op.create_index("deliveries_newest", "deliveries", ["created_at", "id"])
    op.create_table(
        "attempts",
        sa.Column("delivery_id", sa.Uuid(), sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        _moment("started_at"),
        _moment("finished_at", nullable=True),
        sa.Column("verdict", sa.String(30)),
        sa.Column("answer", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("asked_delay", sa.Interval()),
        sa.Column("asked_by", sa.Text()),
    )


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool = False, server_default: sa.ColumnElement[object] | None = None) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=server_default)
