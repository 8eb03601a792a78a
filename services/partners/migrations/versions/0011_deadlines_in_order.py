"""The nearest deadlines by index, instead of all of them put in order."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("tranches_in_order_of_their_day", "convention_tranches", ["due_on", "id"])
    op.create_index("conventions_in_order_of_their_end", "conventions", ["ends_on", "id"])
