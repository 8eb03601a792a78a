"""The programme, its axes, the actions with their needs, and the seats."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

EUROS = sa.Numeric(14, 2)
WORD = sa.String(20)


def upgrade() -> None:
    op.create_table(
        "programmes",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.Column("vat_basis", WORD, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "axes",
        sa.Column("programme_code", sa.Text, sa.ForeignKey("programmes.code"), primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
    )
    op.create_table(
        "actions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("programme_code", sa.Text, nullable=False),
        sa.Column("axis_code", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("code_order", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("priority", WORD, nullable=False),
        sa.Column("lead_organisation_id", sa.Uuid),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("illustrative", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.UniqueConstraint("programme_code", "code"),
        sa.ForeignKeyConstraint(["programme_code", "axis_code"], ["axes.programme_code", "axes.code"]),
    )
    op.create_table(
        "needs",
        sa.Column("action_id", sa.Uuid, sa.ForeignKey("actions.id"), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("nature", WORD, primary_key=True),
        sa.Column("amount", EUROS, nullable=False),
    )
    op.create_table(
        "seats",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("because", sa.Uuid, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("body", WORD, nullable=False),
        sa.Column("programme_code", sa.Text, nullable=False),
        sa.Column("action_id", sa.Uuid),
        sa.Column("action_code", sa.Text),
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("organisation_name", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("seats_because", "seats", ["because"])
    op.create_index("seats_organisation", "seats", ["organisation_id"])
    op.create_index("seats_action", "seats", ["action_id"])
