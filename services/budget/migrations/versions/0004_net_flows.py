"""Money passed on is counted upstream alone; entries name the amendment that made them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

CELL = ("programme_code", "axis_code", "action_id", "funder_id", "year", "nature", "kind", "vat_basis")


def upgrade() -> None:
    for table in ("ledger_entries", "cells"):
        op.add_column(table, sa.Column("passed_on", sa.Boolean, nullable=False, server_default=sa.false()))
        op.alter_column(table, "passed_on", server_default=None)
    for table in ("ledger_entries", "tranches"):
        op.add_column(table, sa.Column("passes_on", sa.Text))
    op.add_column("ledger_entries", sa.Column("amendment_number", sa.Integer))
    op.drop_constraint("cells_key", "cells")
    op.create_unique_constraint("cells_key", "cells", [*CELL, "passed_on"], postgresql_nulls_not_distinct=True)
