"""Bring one subscriber what its publishers announced since a moment, and it has not met; what it met stays as it is."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from fnmatch import fnmatchcase
from heapq import merge
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from sqlalchemy import Row, Select, func, select, tuple_

from chassis import inbox
from chassis.clock import PARIS
from chassis.database import transaction
from chassis.events import CONTENT_TYPE
from chassis.inbox import Arrival, Status
from chassis.outbox import Outgoing
from chassis.service import Service, serving
from chassis.subscription import Message, Subscriber
from entente.composition import SERVICES
from entente.exits import Exit, Misused
from entente.loading import progress_bar
from entente.reach import reaching, settings_given
from entente.replay import methods_of

WHO = "program:replay"
AT_ONCE = 500
"""Events looked up, and brought, at once."""
WENT_WELL = (Status.APPLIED, Status.SUPERSEDED)

Services = Mapping[str, Service]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to replay: to which subscriptions, from when on, which types; `reason` is why failed ones go again."""

    subscribers: Sequence[Subscriber]
    since: datetime
    pattern: str = "*"
    reason: str | None = None
    dry_run: bool = False

    def types(self) -> dict[str, list[str]]:
        """Give the wanted event types by publisher."""
        found: dict[str, set[str]] = {}
        for subscriber in self.subscribers:
            for event in subscriber.subscription.events:
                if fnmatchcase(event.type, self.pattern):
                    found.setdefault(event.publisher(), set()).add(event.type)
        return {publisher: sorted(types) for publisher, types in found.items()}


@dataclass
class Outcome:
    """What became of one subscription's events: how they stood, and how those brought or tried again ended."""

    announced: int = 0
    stood: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    ended: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many of those brought or tried again did not go well."""
        return sum(number for status, number in self.ended.items() if status not in WENT_WELL)


def replay_events(
    subscriber: str, *, since: str, kind: str | None, reason: str | None, dry_run: bool, as_json: bool
) -> Exit:
    """Replay, print what came of it by subscription, and give the exit code.

    Raises Misused for an unknown subscriber, a moment that is none, or a type that the subscriber does not ask for.
    """
    moment, (consumer, queues) = moment_of(since), _asked(subscriber)
    publishers = {name for subscription, _ in methods_of(consumer) for name in subscription.publishers}
    with reaching(settings_given(), [name for name in SERVICES if name == consumer or name in publishers]) as services:
        subscribers = [
            Subscriber(services[consumer], subscription, method)
            for subscription, method in methods_of(consumer)
            if subscription.queue in queues
        ]
        wanted = Wanted(subscribers=subscribers, since=moment, pattern=kind or "*", reason=reason, dry_run=dry_run)
        if not wanted.types():
            raise Misused(f"{subscriber} asks for no event of type {kind}: leave --type out to see which there are.")
        outcomes = replay(services, wanted)
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, "subscriptions": {k: _plain(v) for k, v in outcomes.items()}}))
    else:
        _print(outcomes, dry_run=dry_run)
    return Exit.CHECK_FAILED if any(outcome.failed for outcome in outcomes.values()) else Exit.WELL


def replay(services: Services, wanted: Wanted) -> dict[str, Outcome]:
    """Bring what is missing, in the order of announcement, and give the outcome by subscription, with a bar.

    The inbox lets each event count once, whoever else brings it: a worker at the same time, or this command again.
    """
    outcomes = {each.subscription.queue: Outcome() for each in wanted.subscribers}
    types = wanted.types()
    with progress_bar() as bar:
        task = bar.add_task("Events", total=sum(_count(services[name], types[name], wanted.since) for name in types))
        streams = [_announced(services[name], types[name], wanted.since) for name in types]
        some: list[Row[tuple[UUID, str, datetime, str]]] = []
        for row in merge(*streams, key=lambda row: row.recorded_at):
            some.append(row)
            if len(some) == AT_ONCE:
                _some(wanted, some, outcomes, bar, task)
                some = []
        _some(wanted, some, outcomes, bar, task)
    return outcomes


def moment_of(said: str) -> datetime:
    """Read a day, or a moment; without an offset it is meant in Europe/Paris.

    Raises Misused.
    """
    try:
        moment = datetime.combine(date.fromisoformat(said), time()) if len(said) == 10 else datetime.fromisoformat(said)
    except ValueError as error:
        raise Misused(f"--since {said} is no moment: write 2017-11-14 or 2017-11-14T08:30.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=PARIS)


def _asked(subscriber: str) -> tuple[str, list[str]]:
    """Give the service and its queues that somebody named by either."""
    queues = {name: [subscription.queue for subscription, _ in methods_of(name)] for name in SERVICES}
    consumer = subscriber.partition(".")[0]
    asked = [queue for queue in queues.get(consumer, ()) if subscriber in (consumer, queue)]
    if not asked:
        known = "; ".join(f"{name}: {', '.join(each)}" for name, each in queues.items())
        raise Misused(f"{subscriber} is neither a service nor one of its subscriptions. There are {known}.")
    return consumer, asked


def _some(
    wanted: Wanted,
    rows: Sequence[Row[tuple[UUID, str, datetime, str]]],
    outcomes: Mapping[str, Outcome],
    bar: Progress,
    task: TaskID,
) -> None:
    for subscriber in wanted.subscribers:
        asked = {event.type for event in subscriber.subscription.events}
        bodies = {str(row.event_id): row.body for row in rows if row.type in asked}
        _bring(wanted, subscriber, bodies, outcomes[subscriber.subscription.queue])
    bar.advance(task, len(rows))


def _bring(wanted: Wanted, subscriber: Subscriber, bodies: Mapping[str, str], outcome: Outcome) -> None:
    stood = _statuses(subscriber, bodies)
    missing = [key for key in bodies if key not in stood]
    outcome.announced += len(bodies)
    outcome.stood.update(stood.values())
    outcome.missing += len(missing)
    if wanted.dry_run:
        return
    subscriber.receive([Message(bodies[key].encode(), CONTENT_TYPE) for key in missing])
    again = _take_up(wanted, subscriber, bodies)
    outcome.ended.update(_statuses(subscriber, [*missing, *again]).values())


def _take_up(wanted: Wanted, subscriber: Subscriber, keys: Collection[str]) -> list[str]:
    """Try again what was given up, where a reason is given; give the keys."""
    if wanted.reason is None:
        return []
    queue = subscriber.subscription.queue
    with serving(subscriber.service), transaction() as session:
        ids = inbox.take_up(session, queue, list(keys), who=WHO, why=wanted.reason)
        taken = session.scalars(select(Arrival.event_key).where(Arrival.id.in_(ids))).all()
    for arrival_id in ids:
        subscriber.retry(arrival_id)
    return list(taken)


def _statuses(subscriber: Subscriber, keys: Collection[str]) -> dict[str, str]:
    queue = subscriber.subscription.queue
    held = select(Arrival.event_key, Arrival.status).where(Arrival.subscription == queue, Arrival.event_key.in_(keys))
    with serving(subscriber.service), transaction() as session:
        return dict(session.execute(held).tuples().all())


def _count(publisher: Service, types: Sequence[str], since: datetime) -> int:
    with serving(publisher), transaction() as session:
        return session.scalars(_since(types, since).with_only_columns(func.count())).one()


def _announced(
    publisher: Service, types: Sequence[str], since: datetime
) -> Iterator[Row[tuple[UUID, str, datetime, str]]]:
    """Give what a service announced since, page by page; what commits meanwhile is on its way by the broker."""
    place = tuple_(Outgoing.recorded_on, Outgoing.id)
    following = _since(types, since).order_by(Outgoing.recorded_on, Outgoing.id).limit(AT_ONCE)
    page = following
    while True:
        with serving(publisher), transaction() as session:
            rows = session.execute(page).all()
        yield from rows  # type: ignore[misc]  # the columns that place a row come last
        if len(rows) < AT_ONCE:
            return
        page = following.where(place > (rows[-1].recorded_on, rows[-1].id))


def _since(types: Sequence[str], since: datetime) -> Select[UUID, str, datetime, str, date, int]:
    columns = (Outgoing.event_id, Outgoing.type, Outgoing.recorded_at, Outgoing.body, Outgoing.recorded_on, Outgoing.id)
    return select(*columns).where(Outgoing.recorded_at >= since, Outgoing.type.in_(types))


def _plain(outcome: Outcome) -> dict[str, object]:
    return {
        "announced": outcome.announced,
        "stood": dict(outcome.stood),
        "missing": outcome.missing,
        "ended": dict(outcome.ended),
    }


def _print(outcomes: Mapping[str, Outcome], *, dry_run: bool) -> None:
    console = Console()
    table = Table("subscription", "announced", "had ended or waits there", "missing", "brought or tried again")
    for queue, outcome in outcomes.items():
        table.add_row(
            queue, str(outcome.announced), _words(outcome.stood), str(outcome.missing), _words(outcome.ended) or "none"
        )
    console.print(table)
    left = sum(each.stood[Status.QUARANTINED] + each.stood[Status.DROPPED] for each in outcomes.values())
    if dry_run:
        console.print("Nothing was changed.")
    if left and not any(each.ended for each in outcomes.values()):
        console.print(f"{left} quarantined or dropped there stay so: --failed --reason WHY tries them again.")


def _words(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {status}" for status, number in sorted(counted.items()))
