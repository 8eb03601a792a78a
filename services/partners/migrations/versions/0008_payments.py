"""What partners knows of payments: no amendment promises less than a tranche received."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_payments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tranche_id", sa.Uuid, nullable=False, index=True),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("taken_back", sa.Boolean, nullable=False),
    )
