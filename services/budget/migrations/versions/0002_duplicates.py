"""Duplicates that were merged into another organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("organisations", sa.Column("merged_into_id", sa.Uuid))
    op.create_index("ix_organisations_merged_into_id", "organisations", ["merged_into_id"])
