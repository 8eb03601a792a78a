"""The peer in FastStream's manner: a RabbitMQ subscriber on asyncio, asyncpg with a pool, a transaction per event.

`python -m bench.peers.faststream consume` or `publish`. As https://faststream.ag2.ai shows: a durable queue on a topic
exchange, a persistent message, a confirm for each, `ack` after the handler came back, a prefetch of the channel's.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue

from bench.peers import work
from bench.seed import PROGRAMME

WORKERS = 10
BROKER = RabbitBroker(os.environ["AMQP_URL"], default_channel=Channel(prefetch_count=WORKERS), logger=None)
EXCHANGE = RabbitExchange(f"{os.environ['ENTENTE_BROKER_NAMESPACE']}faststream", type=ExchangeType.TOPIC, durable=True)
QUEUE = RabbitQueue("bench_faststream", durable=True, routing_key="convention.entered_into_force")
STATE: dict[str, Any] = {}


async def record(connection: Any, event: Any) -> None:
    """Do the work of one event."""
    if not await connection.fetchrow(work.NOTED, *work.noted(event)):
        return
    if not await connection.fetchrow(work.ADVANCED, event.received.subject, event.received.sequence):
        return
    line = event.lines[0]
    amount = line.tranches[0].amount
    await connection.execute(work.CONVENTION, event.convention_id, event.title)
    await connection.execute(work.TRANCHE, *work.tranche(event))
    _, axis, _, sequence = await connection.fetchrow(work.LOCKED, line.action_id)
    sought = await connection.fetchval(work.HELD, event.convention_id)
    await connection.execute(work.AXIS_LOCKED, PROGRAMME, axis)
    before = tuple(await connection.fetchrow(work.FIGURES, line.action_id))
    gap = await connection.fetchval(work.GAP, PROGRAMME, axis)
    await connection.execute(work.ENTRY, *work.entry(event, axis, "sought", -sought))
    await connection.execute(work.ENTRY, *work.entry(event, axis, "secured", amount))
    year = line.tranches[0].year
    await connection.execute(work.CELL, PROGRAMME, axis, line.action_id, line.organisation_id, year, -sought, amount)
    await connection.execute(work.COUNTED, line.action_id)
    await connection.execute(work.TOLD, *work.told(event, sequence + 1, before, gap, amount))


def ready(part: str) -> None:
    """Say that this program is ready."""
    Path(os.environ["BENCH_READY"], f"faststream-{part}.ready").touch()


async def consume() -> None:
    """Run the subscriber."""
    STATE["pool"] = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=WORKERS, max_size=WORKERS)

    @BROKER.subscriber(QUEUE, EXCHANGE, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def record_commitment(body: str) -> None:
        event = work.read(body)
        async with STATE["pool"].acquire() as connection, connection.transaction():
            await record(connection, event)

    app = FastStream(BROKER, logger=None)
    app.after_startup(lambda: ready("consume"))
    await app.run()


async def publish() -> None:
    """Publish what stands in the outbox, up to 500 awaiting their confirms, and mark it."""
    pool = await asyncpg.create_pool(os.environ["BENCH_PARTNERS"], min_size=1, max_size=1)
    await BROKER.connect()
    exchange = await BROKER.declare_exchange(EXCHANGE)
    assert exchange
    ready("publish")
    while True:
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(work.TAKEN)
            await asyncio.gather(
                *(
                    BROKER.publish(row["body"], exchange=EXCHANGE, routing_key=QUEUE.routing_key, persist=True)
                    for row in rows
                )
            )
            if rows:
                days, ids = [row["recorded_on"] for row in rows], [row["id"] for row in rows]
                await connection.execute(work.PUBLISHED, days, ids)
        if not rows:
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run({"consume": consume, "publish": publish}[sys.argv[1]]())
