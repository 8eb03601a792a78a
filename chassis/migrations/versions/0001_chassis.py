"""Outbox, inbox and idempotency keys."""

from alembic import op

from chassis import idempotency, inbox, outbox
from chassis.database import ChassisBase

revision = "0001_chassis"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (outbox.Outgoing, inbox.Arrival, inbox.Head, inbox.Decision, idempotency.IdempotencyKey)


def upgrade() -> None:
    """Make the tables."""
    ChassisBase.metadata.create_all(op.get_bind(), [table.__table__ for table in TABLES])  # type: ignore[misc]
