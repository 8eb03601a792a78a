"""The work that every peer does for one last signature, in SQL, on budget's own tables: what Entente does for it.

Inbox, the newest state of the convention, its tranche, two entries of the ledger (out of sought, into secured), the
cell, the figures and the gap before and after, the event that tells them, in the outbox. Fewer statements than an ORM
would make of it: a peer is not to lose by them.
"""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from chassis.events import CONTENT_TYPE, decode
from contracts.partners import ConventionState

NOTED = """
    INSERT INTO inbox (subscription, event_key, type, subject, sequence, correlation_id, status, attempts, finished_at)
    VALUES ('budget.record_commitment', $1, $2, $3, $4, $5, 'applied', 1, clock_timestamp())
    ON CONFLICT (subscription, event_key) DO NOTHING RETURNING event_key
"""
ADVANCED = """
    INSERT INTO inbox_heads AS head (subscription, subject, sequence) VALUES ('budget.record_commitment', $1, $2)
    ON CONFLICT (subscription, subject) DO UPDATE SET sequence = excluded.sequence
    WHERE head.sequence < excluded.sequence RETURNING subject
"""
CONVENTION = "UPDATE conventions SET status = 'in_force', title = $2 WHERE id = $1"
TRANCHE = "UPDATE tranches SET amount = $2, due_on = $3 WHERE id = $1"
LOCKED = """
    SELECT programme_code, axis_code, code, projection_sequence FROM actions WHERE id = $1 FOR UPDATE
"""
HELD = """
    SELECT sum(amount) FROM ledger_entries WHERE convention_id = $1 AND measure = 'sought'
"""
FIGURES = """
    SELECT sum(need), sum(sought), sum(secured), sum(received) FROM cells
    WHERE action_id = $1 AND kind = 'cash' AND vat_basis = 'TTC'
"""
GAP = """
    SELECT sum(need - secured) FROM cells
    WHERE programme_code = $1 AND axis_code = $2 AND kind = 'cash' AND vat_basis = 'TTC'
"""
AXIS_LOCKED = "SELECT code FROM axes WHERE programme_code = $1 AND code = $2 FOR UPDATE"
ENTRY = """
    INSERT INTO ledger_entries (id, recorded_at, programme_code, axis_code, action_id, action_code, funder_id,
        funder_name, year, quarter, nature, kind, vat_basis, measure, amount, convention_id, convention_reference,
        line_id, tranche_id, cause, cause_id, because, convention_status, event_id, correlation_id, author,
        passed_on)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 4, 'operating', 'cash', 'TTC', $10, $11, $12, $13, $14, $15,
        'convention', $12, $13, 'in_force', $16, $17, $18, false)
"""
CELL = """
    INSERT INTO cells (programme_code, axis_code, action_id, funder_id, year, nature, kind, vat_basis, passed_on, need,
        sought, secured, received, entries)
    VALUES ($1, $2, $3, $4, $5, 'operating', 'cash', 'TTC', false, 0, $6, $7, 0, 2)
    ON CONFLICT (programme_code, axis_code, action_id, funder_id, year, nature, kind, vat_basis, passed_on) DO UPDATE
    SET sought = cells.sought + excluded.sought, secured = cells.secured + excluded.secured,
        entries = cells.entries + 2
"""
COUNTED = "UPDATE actions SET projection_sequence = projection_sequence + 1 WHERE id = $1"
TOLD = """
    INSERT INTO outbox (event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body)
    VALUES ($1, 'budget.projection.changed.v1', $2, $3, $4, $5, $6, clock_timestamp(), $7)
"""

TAKEN = """
    SELECT recorded_on, id, body FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED
"""
PUBLISHED = """
    UPDATE outbox SET published_at = clock_timestamp()
    FROM unnest(CAST($1 AS date[]), CAST($2 AS bigint[])) AS sent (recorded_on, id)
    WHERE outbox.recorded_on = sent.recorded_on AND outbox.id = sent.id
"""


def read(body: bytes | str) -> ConventionState:
    """Read and validate the event with its own schema."""
    event = decode(body.encode() if isinstance(body, str) else body, CONTENT_TYPE)
    assert isinstance(event, ConventionState)
    return event


def noted(event: ConventionState) -> tuple[Any, ...]:
    """Give the arguments of NOTED."""
    envelope = event.received
    return str(envelope.id), envelope.type, envelope.subject, envelope.sequence, envelope.correlation_id


def entry(event: ConventionState, axis: str, measure: str, amount: Decimal) -> tuple[Any, ...]:
    """Give the arguments of ENTRY."""
    line = event.lines[0]
    tranche, envelope = line.tranches[0], event.received
    return (
        uuid4(),
        envelope.time,
        event.programme_code,
        axis,
        line.action_id,
        line.action_code,
        line.organisation_id,
        line.organisation_name,
        tranche.year,
        measure,
        amount,
        event.convention_id,
        event.reference,
        line.line_id,
        tranche.tranche_id,
        envelope.id,
        envelope.correlation_id,
        envelope.actor,
    )


def told(
    event: ConventionState, sequence: int, before: tuple[Decimal, ...], gap: Decimal, amount: Decimal
) -> tuple[Any, ...]:
    """Give the arguments of TOLD: figures before and after, and the gap of the axis."""
    envelope, action_id = event.received, event.lines[0].action_id
    need, sought, secured, received = before
    state = {
        "action_id": str(action_id),
        "before": {"need": str(need), "sought": str(sought), "secured": str(secured), "received": str(received)},
        "after": {
            "need": str(need),
            "sought": str(sought - amount),
            "secured": str(secured + amount),
            "received": str(received),
        },
        "axis_gap_before": str(gap),
        "axis_gap_after": str(gap - amount),
        "because": event.reference,
    }
    event_id = uuid4()
    body = json.dumps({"specversion": "1.0", "id": str(event_id), "sequence": sequence, "data": state})
    return event_id, str(action_id), sequence, envelope.correlation_id, str(envelope.id), envelope.actor, body


def tranche(event: ConventionState) -> tuple[UUID, Decimal, date]:
    """Give the arguments of TRANCHE."""
    promised = event.lines[0].tranches[0]
    return promised.tranche_id, promised.amount, promised.due_on
