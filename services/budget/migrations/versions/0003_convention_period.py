"""Conventions with the period in which they can end early; unknown for those that nothing is heard of any more."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("conventions", sa.Column("in_force_on", sa.Date))
    op.add_column("conventions", sa.Column("ends_on", sa.Date))
