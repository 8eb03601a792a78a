"""Duplicates that were merged into another organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "duplicates",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("merged_into_id", sa.Uuid, nullable=False),
        sa.Column("merged_into_name", sa.Text, nullable=False),
    )
