"""Imports that are confirmed after a trial, blocked by lines, or set aside; deadlines kept since a day."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An import under way goes on as it was sent: with what is wrong left out."""
    op.add_column("imports", sa.Column("leave_out", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("imports", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
    for name in ("leave_out", "attempts"):
        op.alter_column("imports", name, server_default=None)
    op.create_table("deadline_watches", sa.Column("since", sa.Date, primary_key=True))
    op.execute(
        """
        INSERT INTO deadline_watches
        SELECT min(due_on) FROM announced_deadlines HAVING count(*) > 0
        """
    )
