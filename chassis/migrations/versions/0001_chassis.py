"""Outbox, inbox and idempotency keys."""

from alembic import op

revision = "0001_chassis"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _outbox()
    _inbox()
    _idempotency_keys()


def _outbox() -> None:
    op.execute(
        """
        CREATE TABLE outbox (
            recorded_on date NOT NULL DEFAULT current_date,
            id bigint GENERATED ALWAYS AS IDENTITY,
            transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
            event_id uuid NOT NULL,
            type text NOT NULL,
            subject text NOT NULL,
            sequence bigint NOT NULL,
            correlation_id text NOT NULL,
            causation_id text,
            actor text NOT NULL,
            time timestamptz NOT NULL,
            body text NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            published_at timestamptz,
            PRIMARY KEY (recorded_on, id)
        ) PARTITION BY RANGE (recorded_on);
        CREATE INDEX outbox_to_publish ON outbox (id) WHERE published_at IS NULL;
        CREATE INDEX outbox_reading_order ON outbox (transaction_id, id);
        CREATE INDEX outbox_correlation ON outbox (correlation_id);
        CREATE INDEX outbox_subject ON outbox (subject, sequence);
        """
    )


def _inbox() -> None:
    op.execute(
        """
        CREATE TABLE inbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subscription text NOT NULL,
            event_key text NOT NULL,
            status text NOT NULL,
            type text,
            subject text,
            sequence bigint,
            correlation_id text,
            causation_id text,
            attempts integer NOT NULL,
            next_attempt_at timestamptz,
            error_class text,
            error_message text,
            error_trace text,
            body bytea,
            content_type text,
            received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            finished_at timestamptz
        );
        CREATE UNIQUE INDEX inbox_event ON inbox (subscription, event_key);
        CREATE INDEX inbox_retrying ON inbox (next_attempt_at) WHERE status = 'retrying';
        CREATE INDEX inbox_failures ON inbox (status, id) WHERE status IN ('retrying', 'quarantined');
        CREATE INDEX inbox_correlation ON inbox (correlation_id);

        CREATE TABLE inbox_heads (
            subscription text NOT NULL,
            subject text NOT NULL,
            sequence bigint NOT NULL,
            PRIMARY KEY (subscription, subject)
        );

        CREATE TABLE inbox_decisions (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            arrival_id bigint NOT NULL,
            action text NOT NULL,
            who text NOT NULL,
            why text NOT NULL,
            decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX ix_inbox_decisions_arrival_id ON inbox_decisions (arrival_id);
        """
    )


def _idempotency_keys() -> None:
    op.execute(
        """
        CREATE TABLE idempotency_keys (
            name bytea PRIMARY KEY,
            fingerprint bytea NOT NULL,
            answer bytea NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX ix_idempotency_keys_kept_at ON idempotency_keys (kept_at);
        """
    )
