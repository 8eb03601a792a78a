"""Amendments: what changes in a convention in force, who signs it, and when it takes effect."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    amendments()
    parties()
    signatures()


def amendments() -> None:
    op.create_table(
        "amendments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("convention_id", sa.Uuid, sa.ForeignKey("conventions.id"), nullable=False, index=True),
        sa.Column("amends_version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("changes", JSONB, nullable=False),
        sa.Column("differences", JSONB, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("status", sa.String(30), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Date) for name in ("proposed_on", "in_force_on", "ended_on")),
        sa.Column("ended_by", sa.Uuid),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("convention_id", "number"),
        sa.CheckConstraint("fingerprint = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="amendments_hold"),
    )
    op.create_index(
        "amendments_open",
        "amendments",
        ["convention_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('draft', 'proposed', 'partially_signed', 'signed')"),
    )
    op.create_index(
        "amendments_awaiting", "amendments", ["effective_on"], postgresql_where=sa.text("status = 'signed'")
    )
    op.execute(
        """
        CREATE TRIGGER amendments_for_ever BEFORE UPDATE ON amendments FOR EACH ROW
        WHEN (OLD.status NOT IN ('draft', 'proposed', 'partially_signed')
              AND (OLD.text, OLD.number, OLD.changes, OLD.differences)
                  IS DISTINCT FROM (NEW.text, NEW.number, NEW.changes, NEW.differences))
        EXECUTE FUNCTION refuse_rewriting()
        """
    )


def parties() -> None:
    op.create_table(
        "amendment_parties",
        sa.Column("amendment_id", sa.Uuid, sa.ForeignKey("amendments.id"), primary_key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisations.id"), primary_key=True, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("mandate_id", sa.Uuid, sa.ForeignKey("mandates.id")),
        sa.Column("mandate_number", sa.Text),
        sa.Column("joins", sa.Boolean, nullable=False),
        sa.Column("leaves", sa.Boolean, nullable=False),
    )


def signatures() -> None:
    op.create_table(
        "amendment_signatures",
        sa.Column("amendment_id", sa.Uuid, sa.ForeignKey("amendments.id"), primary_key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisations.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("signed_on", sa.Date, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("signatory_name", "capacity")),
        sa.Column("level", sa.String(30), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text),
        sa.Column("mandate_id", sa.Uuid, sa.ForeignKey("mandates.id")),
        *(sa.Column(name, sa.Text) for name in ("mandate_number", "on_behalf_of", "proof_fingerprint")),
        *(sa.Column(f"derogation_{name}", sa.Text) for name in ("document", "decided_by", "reason")),
        sa.Column("derogation_decided_on", sa.Date),
        sa.Column("derogated_from", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
    )
