"""The axis of an action, and what a search for conventions reads."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FOLDED = (
    "translate(replace(replace(lower(coalesce(reference, '') || ' ' || title), 'œ', 'oe'), 'Œ', 'oe'), "
    "'àâäáãåçéèêëíìîïñóòôöõúùûüýÿÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜÝŸ', "
    "'aaaaaaceeeeiiiinooooouuuuyyaaaaaaceeeeiiiinooooouuuuyy')"
)


def upgrade() -> None:
    """Add the columns; the axis of an action known before comes with its next event."""
    op.add_column("known_actions", sa.Column("axis_code", sa.Text))
    op.add_column("conventions", sa.Column("folded", sa.Text, sa.Computed(FOLDED, persisted=True)))
