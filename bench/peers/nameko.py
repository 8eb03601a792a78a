"""The peer in nameko's stock manner: `event_dispatcher` and `event_handler`, a SQLAlchemy session per event.

`python -m bench.peers.nameko consume` or `publish`. As https://nameko.readthedocs.io shows: standalone dispatcher with
confirms, one handler method, `reliable_delivery` and persistent messages by default, ten workers.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

import eventlet

eventlet.monkey_patch()

from nameko.containers import ServiceContainer
from nameko.events import event_handler
from nameko.extensions import DependencyProvider
from nameko.standalone.events import event_dispatcher
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from bench.peers import work
from bench.seed import PROGRAMME

CONFIG = {"AMQP_URI": os.environ["AMQP_URL"].replace("//guest", "//guest", 1), "max_workers": 10}
EVENT = "convention_entered_into_force"
PUBLISHER = f"{os.environ['ENTENTE_BROKER_NAMESPACE']}partners"


def engine_of(url: str) -> Any:
    """Make an engine with a connection per worker."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=10)


class Sessions(DependencyProvider):
    """A session maker, injected as the documentation's examples do."""

    def setup(self) -> None:
        """Open the pool."""
        self.maker = sessionmaker(engine_of(os.environ["DATABASE_URL"]))

    def get_dependency(self, worker_ctx: Any) -> Any:
        """Give it to the worker."""
        return self.maker


class BudgetPeer:
    """One handler, one session and transaction per event."""

    name = "bench_nameko"
    sessions = Sessions()

    @event_handler(PUBLISHER, EVENT)
    def record_commitment(self, payload: str) -> None:
        """Record one last signature."""
        event = work.read(payload)
        with self.sessions.begin() as session:
            record(session, event)


def record(session: Session, event: Any) -> None:
    """Do the work of one event."""
    if not run(session, work.NOTED, *work.noted(event)).first():
        return
    if not run(session, work.ADVANCED, event.received.subject, event.received.sequence).first():
        return
    line = event.lines[0]
    amount = line.tranches[0].amount
    run(session, work.CONVENTION, event.convention_id, event.title)
    run(session, work.TRANCHE, *work.tranche(event))
    _, axis, _, sequence = run(session, work.LOCKED, line.action_id).one()
    sought = run(session, work.HELD, event.convention_id).scalar_one()
    run(session, work.AXIS_LOCKED, PROGRAMME, axis)
    before = tuple(run(session, work.FIGURES, line.action_id).one())
    gap = run(session, work.GAP, PROGRAMME, axis).scalar_one()
    run(session, work.ENTRY, *work.entry(event, axis, "sought", -sought))
    run(session, work.ENTRY, *work.entry(event, axis, "secured", amount))
    year = line.tranches[0].year
    run(session, work.CELL, PROGRAMME, axis, line.action_id, line.organisation_id, year, -sought, amount)
    run(session, work.COUNTED, line.action_id)
    run(session, work.TOLD, *work.told(event, sequence + 1, before, gap, amount))


_prepared: dict[str, Any] = {}


def run(session: Session, statement: str, *arguments: Any) -> Any:
    """Run one of the shared statements; its text is made once."""
    if statement not in _prepared:
        named = statement
        for place in range(30, 0, -1):
            named = named.replace(f"${place}", f":a{place}")
        _prepared[statement] = text(named)
    return session.execute(_prepared[statement], {f"a{place}": value for place, value in enumerate(arguments, 1)})


@contextmanager
def ready(part: str) -> Iterator[None]:
    """Say that this program is ready."""
    Path(os.environ["BENCH_READY"], f"nameko-{part}.ready").touch()
    yield


def consume() -> None:
    """Run the service."""
    container = ServiceContainer(BudgetPeer, CONFIG)
    container.start()
    with ready("consume"):
        container.wait()


def publish() -> None:
    """Dispatch what stands in the outbox, each with its confirm, and mark it."""
    dispatch = event_dispatcher(CONFIG)
    maker = sessionmaker(engine_of(os.environ["BENCH_PARTNERS"]))
    with ready("publish"):
        while True:
            with maker.begin() as session:
                rows = run(session, work.TAKEN).all()
                for row in rows:
                    dispatch(PUBLISHER, EVENT, row.body)
                if rows:
                    run(session, work.PUBLISHED, [row.recorded_on for row in rows], [row.id for row in rows])
            if not rows:
                eventlet.sleep(0.01)


if __name__ == "__main__":
    {"consume": consume, "publish": publish}[sys.argv[1]]()
