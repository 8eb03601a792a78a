"""The limit: the same rows by SQL and AMQP in batches, with no framework, no validation and no rules. Not a product.

`python -m bench.peers.limit consume` or `publish`.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import amqp
import psycopg
from kombu.utils.url import parse_url

from bench.peers import work

EXCHANGE, QUEUE = f"{os.environ['ENTENTE_BROKER_NAMESPACE']}limit", "bench_limit"
BATCH = 500

RECORD = """
    WITH given AS (
        SELECT * FROM unnest(CAST(%(keys)s AS text[]), CAST(%(bodies)s AS jsonb[])) AS given (key, body)
    ), new AS (
        INSERT INTO inbox (subscription, event_key, type, subject, sequence, status, attempts, finished_at)
        SELECT 'limit', key, body ->> 'type', body ->> 'subject', CAST(body ->> 'sequence' AS bigint), 'applied', 1,
               clock_timestamp() FROM given
        ON CONFLICT (subscription, event_key) DO NOTHING RETURNING event_key
    ), head AS (
        INSERT INTO inbox_heads (subscription, subject, sequence)
        SELECT 'limit', body ->> 'subject', CAST(body ->> 'sequence' AS bigint) FROM given JOIN new ON key = event_key
    ), line AS (
        SELECT key, body, body -> 'data' AS data, body -> 'data' -> 'lines' -> 0 AS line,
               body -> 'data' -> 'lines' -> 0 -> 'tranches' -> 0 AS tranche
        FROM given JOIN new ON key = event_key
    ), kept AS (
        UPDATE conventions SET status = 'in_force' FROM line
        WHERE conventions.id = CAST(data ->> 'convention_id' AS uuid)
    ), entries AS (
        INSERT INTO ledger_entries (id, recorded_at, programme_code, axis_code, action_id, action_code, funder_id,
            funder_name, year, quarter, nature, kind, vat_basis, measure, amount, convention_id, convention_reference,
            line_id, tranche_id, cause, cause_id, because, convention_status, event_id, correlation_id, author,
            passed_on)
        SELECT gen_random_uuid(), CAST(body ->> 'time' AS timestamptz), data ->> 'programme_code',
               split_part(line ->> 'action_code', '.', 1), CAST(line ->> 'action_id' AS uuid), line ->> 'action_code',
               CAST(line ->> 'organisation_id' AS uuid), line ->> 'organisation_name', 2017, 4, 'operating', 'cash',
               'TTC', measure, sign * CAST(tranche ->> 'amount' AS numeric), CAST(data ->> 'convention_id' AS uuid),
               data ->> 'reference', CAST(line ->> 'line_id' AS uuid), CAST(tranche ->> 'tranche_id' AS uuid),
               'convention', CAST(data ->> 'convention_id' AS uuid), data ->> 'reference', 'in_force',
               CAST(key AS uuid), body ->> 'correlationid', body ->> 'actor', false
        FROM line, (VALUES ('sought', -1), ('secured', 1)) AS both_ways (measure, sign)
        RETURNING programme_code, axis_code, action_id, funder_id, measure, amount
    ), told AS (
        INSERT INTO outbox (event_id, type, subject, sequence, correlation_id, causation_id, actor, time, body)
        SELECT gen_random_uuid(), 'limit', line ->> 'action_id', 1, body ->> 'correlationid', key, body ->> 'actor',
               clock_timestamp(), line FROM line
    )
    INSERT INTO cells (programme_code, axis_code, action_id, funder_id, year, nature, kind, vat_basis, passed_on, need,
        sought, secured, received, entries)
    SELECT programme_code, axis_code, action_id, funder_id, 2017, 'operating', 'cash', 'TTC', false, 0,
           sum(amount) FILTER (WHERE measure = 'sought'), sum(amount) FILTER (WHERE measure = 'secured'), 0, count(*)
    FROM entries GROUP BY 1, 2, 3, 4
    ON CONFLICT (programme_code, axis_code, action_id, funder_id, year, nature, kind, vat_basis, passed_on) DO UPDATE
    SET sought = cells.sought + excluded.sought, secured = cells.secured + excluded.secured,
        entries = cells.entries + excluded.entries
"""


def channel() -> tuple[amqp.Connection, Any]:
    """Open a connection with the queue declared."""
    there = parse_url(os.environ["AMQP_URL"])
    connection = amqp.Connection(
        host=f"{there['hostname']}:{there['port']}", userid=there["userid"], password=there["password"]
    )
    connection.connect()
    opened = connection.channel()
    opened.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
    opened.queue_declare(QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
    opened.queue_bind(QUEUE, EXCHANGE, "#")
    return connection, opened


def ready(part: str) -> None:
    """Say that this program is ready."""
    Path(os.environ["BENCH_READY"], f"limit-{part}.ready").touch()


def consume() -> None:
    """Take batches: one statement, one commit, one acknowledgement."""
    connection, opened = channel()
    held: list[Any] = []
    opened.basic_qos(0, 2 * BATCH, False)
    opened.basic_consume(QUEUE, callback=held.append)
    ready("consume")
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        while True:
            try:
                connection.drain_events(timeout=0.005 if held else 1)
                if len(held) < BATCH:
                    continue
            except TimeoutError:
                if not held:
                    continue
            bodies = [message.body for message in held]
            keys = [json.loads(body)["id"] for body in bodies]
            database.execute(RECORD, {"keys": keys, "bodies": bodies})
            database.commit()
            opened.basic_ack(held[-1].delivery_tag, multiple=True)
            held.clear()


def publish() -> None:
    """Publish batches, then await their confirms and mark them."""
    connection, opened = channel()
    opened.confirm_select()
    confirmed = [0]
    opened.events["basic_ack"].add(lambda tag, _: confirmed.__setitem__(0, max(confirmed[0], tag)))
    sent = 0
    with psycopg.connect(os.environ["BENCH_PARTNERS"]) as database:
        ready("publish")
        while True:
            rows = database.execute(work.TAKEN).fetchall()
            for _, _, body in rows:
                opened.basic_publish(amqp.Message(body, delivery_mode=2), EXCHANGE, "x")
            sent += len(rows)
            while confirmed[0] < sent:
                connection.drain_events(timeout=10)
            if rows:
                marked = work.PUBLISHED.replace("$1", "%s").replace("$2", "%s")
                database.execute(marked, [[row[0] for row in rows], [row[1] for row in rows]])
            database.commit()
            if not rows:
                time.sleep(0.01)


if __name__ == "__main__":
    {"consume": consume, "publish": publish}[sys.argv[1]]()
