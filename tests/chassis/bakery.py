"""A service of the tests' own: a bakery announces loaves, and subscribes to them."""

import os
import signal
import threading
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.errors import NotYetKnown
from chassis.events import Event, event
from chassis.identifiers import new_id
from chassis.messaging import Worker, subscribe


@event("bakery.loaf.baked.v1", subject="loaf_id", example={"loaf_id": str(new_id()), "name": "rye"})
class LoafBaked(Event):
    """A loaf left the oven."""

    loaf_id: UUID
    name: str


def a_loaf(name: str = "rye", *, sequence: int = 1, loaf_id: UUID | None = None) -> LoafBaked:
    """Give a loaf's event."""
    return LoafBaked(loaf_id=loaf_id or new_id(), name=name, sequence=sequence)


@dataclass
class Shelf:
    """What the worker did, in this process."""

    sold: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, name: str) -> None:
        """Sell a loaf, unless its name is one that fails."""
        if name in self.broken:
            raise RuntimeError(f"The loaf {name} fell.")
        with self.lock:
            self.sold.append(name)


shelf = Shelf()


class BakeryWorker(Worker):
    """Sells what was baked."""

    name = "bakery"

    @subscribe(LoafBaked, queue="bakery.sell_loaf")
    def sell_loaf(self, session: Session, baked: LoafBaked) -> None:
        """Sell one loaf; some names misbehave on purpose."""
        if baked.name == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        if baked.name == "early":
            raise NotYetKnown("Its oven is not known yet.")
        shelf.put(baked.name)

    @subscribe(LoafBaked, queue="bakery.count_loaves", supersede=False, batch=True)
    def count_loaves(self, session: Session, baked: list[LoafBaked]) -> None:
        """Count them, a batch at a time."""
        for each in baked:
            shelf.put(f"counted {each.name}")
