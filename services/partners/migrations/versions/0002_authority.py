"""Authorisations with their ceilings, delegations and draws; evidence and derogations; the charter's judgements."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORD = sa.String(30)
EUROS = sa.Numeric(14, 2)
SIGNATURES = ("charter_signatures", "convention_signatures")


def upgrade() -> None:
    mandates()
    for table in SIGNATURES:
        evidence(table)
    charters()


def must(name: str, kind: Any, *more: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **options)


def may(name: str, kind: Any, *more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more)


def to(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{target}.id")


def mandates() -> None:
    op.create_table(
        "mandate_authorisations",
        must("id", sa.Uuid, primary_key=True),
        must("mandate_id", sa.Uuid, to("mandates"), index=True),
        must("position", sa.Integer),
        may("label", sa.Text),
        must("acts", sa.ARRAY(sa.Text)),
        must("counterparties", sa.ARRAY(sa.Uuid)),
        may("ceiling", EUROS),
        must("vat_basis", WORD),
        may("starts_on", sa.Date),
        may("ends_on", sa.Date),
        must("signatories", sa.ARRAY(sa.Text)),
        must("drawn", EUROS),
    )
    op.create_table(
        "mandate_delegations",
        must("id", sa.Uuid, primary_key=True),
        must("mandate_id", sa.Uuid, to("mandates"), index=True),
        must("name", sa.Text),
        must("capacity", sa.Text),
        must("document", sa.Text),
        must("starts_on", sa.Date),
        may("ends_on", sa.Date),
        must("recorded_by", sa.Text),
    )
    op.create_table(
        "mandate_draws",
        must("id", sa.Uuid, primary_key=True),
        must("mandate_id", sa.Uuid, to("mandates"), index=True),
        must("authorisation_id", sa.Uuid, to("mandate_authorisations"), index=True),
        must("act", WORD),
        must("subject_id", sa.Uuid, index=True),
        must("subject_name", sa.Text),
        must("amount", EUROS),
        must("drawn_on", sa.Date),
        must("derogated", sa.Boolean),
        may("given_back_on", sa.Date),
        may("given_back_because", sa.Text),
    )
    for acts, ceiling, signatories in (("signing", "NULL", "signatories"), ("credit", "ceiling", "'{}'")):
        op.execute(_split(acts, ceiling, signatories))
    op.add_column("mandates", may("corrects", sa.Uuid, to("mandates")))
    op.add_column("mandates", may("corrected_by", sa.Text))
    for column in ("authorises", "ceiling", "signatories"):
        op.drop_column("mandates", column)


def _split(acts: str, ceiling: str, signatories: str) -> str:
    """Make of one list two authorisations: the ceiling bound credit alone, the signatories signatures alone."""
    credit = "ARRAY['reallocate_credit', 'commit_credit']"
    chosen = f"a = ANY({credit})" if acts == "credit" else f"a <> ALL({credit})"
    return f"""
        INSERT INTO mandate_authorisations
            (id, mandate_id, position, acts, counterparties, ceiling, vat_basis, signatories, drawn)
        SELECT gen_random_uuid(), id, {int(acts == "credit")}, found, '{{}}', {ceiling}, 'TTC', {signatories}, 0
        FROM mandates, LATERAL (SELECT array_agg(a) AS found FROM unnest(authorises) a WHERE {chosen}) chosen
        WHERE found IS NOT NULL
    """  # noqa: S608 the words are constants of this file


def evidence(table: str) -> None:
    op.add_column(table, may("on_behalf_of", sa.Text))
    op.add_column(table, may("proof_fingerprint", sa.Text))
    op.add_column(table, may("derogation_document", sa.Text))
    op.add_column(table, may("derogation_decided_by", sa.Text))
    op.add_column(table, may("derogation_decided_on", sa.Date))
    op.add_column(table, may("derogation_reason", sa.Text))
    op.add_column(table, must("derogated_from", sa.ARRAY(sa.Text), server_default="{}"))
    op.alter_column(table, "derogated_from", server_default=None)
    op.execute(f"UPDATE {table} SET level = 'certificate' WHERE level = 'electronic'")  # noqa: S608 a constant


def charters() -> None:
    op.add_column("charters", must("material", sa.Boolean, server_default=sa.true()))
    op.alter_column("charters", "material", server_default=None)
    op.add_column("charters", may("judgement", sa.Text))
    op.add_column("charters", may("judged_by", sa.Text))
    op.add_column("charters", may("adhere_by", sa.Date))
    op.add_column("charter_signatures", may("lapsed_on", sa.Date))
    op.drop_index("charter_signatures_in_force", "charter_signatures")
    op.create_index(
        "charter_signatures_in_force",
        "charter_signatures",
        ["charter_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_on IS NULL AND lapsed_on IS NULL"),
    )
    op.create_index("ix_charter_signatures_organisation_id", "charter_signatures", ["organisation_id"])
