"""Organisations, charter, mandates, conventions; persons, clients and keys; copies of programme and actions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WORD = sa.String(30)
EUROS = sa.Numeric(14, 2)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    register()
    programme()
    charter()
    conventions()
    promises()
    identity()


def must(name: str, kind: Any, *more: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **options)


def may(name: str, kind: Any, *more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more)


def to(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{target}.id")


def register() -> None:
    op.create_table(
        "organisations",
        must("id", sa.Uuid, primary_key=True),
        must("name", sa.Text),
        must("folded_name", sa.Text(collation="C")),
        may("legal_form", sa.Text),
        sa.Column("siren", sa.Text, unique=True),
        may("siret", sa.Text),
        may("typed_siren", sa.Text),
        may("typed_siret", sa.Text),
        may("identifier_flag", WORD),
        must("public", sa.Boolean),
        must("funder", sa.Boolean),
        may("insee_code", sa.Text),
        may("population", sa.Integer),
        must("needs_mandate", sa.Boolean),
        must("sequence", sa.Integer),
    )
    op.create_index("organisations_by_name", "organisations", ["folded_name", "id"])
    op.create_table(
        "mandates",
        must("id", sa.Uuid, primary_key=True),
        must("organisation_id", sa.Uuid, to("organisations")),
        must("number", sa.Text),
        must("title", sa.Text),
        must("body", sa.Text),
        must("adopted_on", sa.Date),
        may("transmitted_on", sa.Date),
        may("published_on", sa.Date),
        may("enforceable_since", sa.Date),
        may("commission", sa.Text),
        may("commission_opinion", WORD),
        must("unanimous", sa.Boolean),
        may("votes_for", sa.Integer),
        may("votes_against", sa.Integer),
        may("abstentions", sa.Integer),
        must("authorises", sa.ARRAY(sa.Text)),
        may("ceiling", EUROS),
        must("signatories", sa.ARRAY(sa.Text)),
        must("sequence", sa.Integer),
        sa.UniqueConstraint("organisation_id", "number"),
    )


def programme() -> None:
    op.create_table(
        "known_programmes",
        must("code", sa.Text, primary_key=True),
        must("title", sa.Text),
        must("starts_on", sa.Date),
        may("ends_on", sa.Date),
        must("vat_basis", WORD),
    )
    op.create_table(
        "known_actions",
        must("id", sa.Uuid, primary_key=True),
        must("programme_code", sa.Text),
        must("code", sa.Text),
        must("title", sa.Text),
        must("closed", sa.Boolean),
    )


def signing() -> list[sa.Column[Any]]:
    """The columns that both kinds of signature have."""
    return [
        must("signed_on", sa.Date),
        must("signatory_name", sa.Text),
        must("capacity", sa.Text),
        must("level", WORD),
        must("fingerprint", sa.Text),
        may("evidence", sa.Text),
        may("mandate_id", sa.Uuid, to("mandates")),
        may("mandate_number", sa.Text),
        must("recorded_by", sa.Text),
    ]


def charter() -> None:
    op.create_table(
        "charters",
        must("id", sa.Uuid, primary_key=True),
        must("programme_code", sa.Text),
        must("title", sa.Text),
        must("version", sa.Integer),
        must("text", sa.Text),
        must("fingerprint", sa.Text),
        must("published_on", sa.Date),
        sa.UniqueConstraint("programme_code", "version"),
    )
    op.create_table(
        "charter_signatures",
        must("id", sa.Uuid, primary_key=True),
        must("charter_id", sa.Uuid, to("charters")),
        must("organisation_id", sa.Uuid, to("organisations")),
        *signing(),
        may("withdrawn_on", sa.Date),
        may("withdrawal_reason", sa.Text),
        must("sequence", sa.Integer),
    )
    op.create_index(
        "charter_signatures_in_force",
        "charter_signatures",
        ["charter_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_on IS NULL"),
    )


def conventions() -> None:
    op.create_table(
        "reference_counters",
        must("prefix", sa.Text, primary_key=True),
        must("year", sa.Integer, primary_key=True, autoincrement=False),
        must("last", sa.Integer),
    )
    op.create_table(
        "conventions",
        must("id", sa.Uuid, primary_key=True),
        must("programme_code", sa.Text),
        must("title", sa.Text),
        must("starts_on", sa.Date),
        must("ends_on", sa.Date),
        must("illustrative", sa.Boolean),
        must("fingerprint", sa.Text),
        sa.Column("reference", sa.Text, unique=True),
        must("status", WORD),
        must("version", sa.Integer),
        must("revision", sa.Integer),
        must("sequence", sa.Integer),
        may("proposed_on", sa.Date),
        may("in_force_on", sa.Date),
        may("ended_on", sa.Date),
        may("ended_by", sa.Uuid),
        may("reason", sa.Text),
    )
    op.create_index(
        "conventions_running",
        "conventions",
        ["ends_on"],
        postgresql_where=sa.text("status IN ('proposed', 'partially_signed', 'in_force')"),
    )
    op.create_table(
        "convention_parties",
        must("convention_id", sa.Uuid, to("conventions"), primary_key=True),
        must("organisation_id", sa.Uuid, to("organisations"), primary_key=True, index=True),
        must("position", sa.Integer),
        must("role", WORD),
        may("mandate_id", sa.Uuid, to("mandates")),
        may("mandate_number", sa.Text),
    )


def promises() -> None:
    op.create_table(
        "convention_lines",
        must("id", sa.Uuid, primary_key=True),
        must("convention_id", sa.Uuid, to("conventions"), index=True),
        must("organisation_id", sa.Uuid, to("organisations")),
        must("action_id", sa.Uuid, to("known_actions"), index=True),
        must("position", sa.Integer),
        must("kind", WORD),
        must("nature", WORD),
        must("vat_basis", WORD),
        may("description", sa.Text),
    )
    op.create_table(
        "convention_tranches",
        must("id", sa.Uuid, primary_key=True),
        must("line_id", sa.Uuid, to("convention_lines"), index=True),
        must("position", sa.Integer),
        must("year", sa.Integer),
        must("amount", EUROS),
        must("due_on", sa.Date),
        may("condition", sa.Text),
    )
    op.create_table(
        "convention_signatures",
        must("convention_id", sa.Uuid, to("conventions"), primary_key=True),
        must("organisation_id", sa.Uuid, to("organisations"), primary_key=True),
        must("version", sa.Integer, primary_key=True, autoincrement=False),
        *signing(),
    )


def identity() -> None:
    op.create_table(
        "persons",
        must("id", sa.Uuid, primary_key=True),
        must("email", sa.Text, unique=True),
        must("name", sa.Text),
        must("role", WORD),
        may("organisation_id", sa.Uuid, to("organisations")),
        must("language", sa.Text),
    )
    op.create_table(
        "sign_in_links",
        must("id", sa.Uuid, primary_key=True),
        must("person_id", sa.Uuid, to("persons")),
        must("token_digest", sa.Text, unique=True),
        must("expires_at", MOMENT),
        may("used_at", MOMENT),
    )
    op.create_table(
        "refresh_tokens",
        must("id", sa.Uuid, primary_key=True),
        must("family_id", sa.Uuid, index=True),
        must("person_id", sa.Uuid, to("persons"), index=True),
        must("token_digest", sa.Text, unique=True),
        must("expires_at", MOMENT),
        may("used_at", MOMENT),
        may("revoked_at", MOMENT),
    )
    op.create_table(
        "clients",
        must("id", sa.Uuid, primary_key=True),
        must("name", sa.Text),
        must("role", WORD),
        may("organisation_id", sa.Uuid, to("organisations")),
        must("scopes", sa.ARRAY(sa.Text)),
        must("secret_digest", sa.Text),
        must("created_at", MOMENT),
        may("revoked_at", MOMENT),
    )
    op.create_table(
        "signing_keys",
        must("kid", sa.Text, primary_key=True),
        must("public", sa.JSON),
        must("encrypted", sa.LargeBinary),
        must("created_at", MOMENT),
        may("retired_at", MOMENT),
    )
    op.create_index(
        "signing_keys_current",
        "signing_keys",
        [sa.text("(retired_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
