"""Seats as actions announces them, and the deadlines that were announced."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "known_seats",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("body", sa.String(30), nullable=False),
        sa.Column("action_id", sa.Uuid),
        sa.Column("action_code", sa.Text),
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("organisation_name", sa.Text, nullable=False),
        sa.Column("because", sa.Uuid, nullable=False, index=True),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
    )
    op.create_table(
        "announced_deadlines",
        sa.Column("kind", sa.String(30), primary_key=True),
        sa.Column("subject_id", sa.Uuid, primary_key=True),
        sa.Column("due_on", sa.Date, primary_key=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
    )
