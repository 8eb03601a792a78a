"""When a termination was said, since one for a day to come is a deadline; of those to come, by today at the latest."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SAID_AHEAD = """
UPDATE conventions SET termination_said_on = (now() AT TIME ZONE 'Europe/Paris')::date
WHERE status = 'terminated' AND ended_on > (now() AT TIME ZONE 'Europe/Paris')::date
"""


def upgrade() -> None:
    op.add_column("conventions", sa.Column("termination_said_on", sa.Date))
    op.execute(_SAID_AHEAD)
    op.create_index(
        "conventions_in_order_of_their_early_end",
        "conventions",
        ["ended_on", "id"],
        postgresql_where=sa.text("termination_said_on < ended_on"),
    )
