"""Partners at work: twenty clients side by side on 2,000 organisations and 5,000 conventions, and a large import.

The service runs as `entente run partners` with both doors, then, for signatures, once more with a process for each. The
clients are threads of this process, each with one connection that stays open. A list, a search or a detail is timed
from the first byte sent to the last one read.
"""

import http.client
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from threading import local
from typing import Any
from urllib.parse import quote

from bench import ground
from bench.ground import Ground, Process, free_port, processes, start_service, wait_until
from bench.latency import percentile
from bench.load import a_request, all_well, ask
from bench.report import Figure, Report, Target
from chassis.clock import today
from chassis.context import Cause, acting, new_traceparent
from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.identity import Role
from chassis.money import VatBasis
from chassis.service import Service, serving
from contracts.actions import ActionPlanned, Axis, Priority, ProgrammeDefined
from entente import synthetic
from entente.loading import progress_bar
from services.partners.use_cases.people import invite
from services.partners.use_cases.programmes import know_action, know_programme

CLIENTS, ROUNDS, READS, SIGNATURES, IMPORTED = 20, 3, 900, 900, 10_000
LISTS = ("/v1/organisations", "/v1/conventions", "/v1/conventions?status=in_force", "/v1/deadlines")
SEARCHES = ("commune", "syndicat mixte", "barcel", "assocation des amis", "volbar fictif", "9 597", "mousis")
"""As people type: words, beginnings, slips, numbers."""


def measure() -> Report:
    """Measure every round on the same database, cloned."""
    found: dict[str, list[float]] = {}
    with ground.ground() as here:
        template, link = _template(here)
        for number in range(ROUNDS):
            for name, value in one_round(here, template, link, number).items():
                found.setdefault(name, []).append(value)
    units = {
        "signatures": "/s",
        "signatures, doors together": "/s",
        "reads": "/s",
        "import of 10,000": "s",
        "memory the import took": "MB",
    }
    reads = ("lists p95", "searches p95", "details p95")
    return Report(
        "partners",
        f"Partners with {CLIENTS} clients, 2,000 organisations, 5,000 conventions",
        {name: Figure(rounds, units.get(name, "ms")) for name, rounds in found.items()},
        [
            *(Target(name, 100, at_most=True) for name in reads),
            Target("import of 10,000", 60, at_most=True),
            Target("memory the import took", 100, at_most=True),
            Target("signatures", 300),
        ],
        notes={"reads": READS, "signatures": SIGNATURES, "lists": list(LISTS), "searches": list(SEARCHES)},
    )


def one_round(here: Ground, template: str, link: str, number: int) -> dict[str, float]:
    """Give the figures of one round: the doors in one process, then each in its own."""
    with _running(here, template, f"r{number}", ()) as ([process], port):
        door = Door(port, link)
        together = _read(door) | {"signatures, doors together": _sign(door)} | _import(door, process)
    with _running(here, template, f"s{number}", ("--only", "api"), ("--only", "worker")) as (_, port):
        return together | {"signatures": _sign(Door(port, link))}


@contextmanager
def _running(
    here: Ground, template: str, name: str, *doors: tuple[str, ...]
) -> Iterator[tuple[Sequence[Process], int]]:
    """Give processes of partners on a copy of the database, one for each choice of doors, and the first one's port."""
    database, ports = here.database(name, template), [free_port() for _ in doors]
    here.make_exchanges()
    try:
        starts = [
            partial(start_service, here, "partners", database, *only, port=port)
            for only, port in zip(doors, ports, strict=True)
        ]
        with processes(*starts) as running:
            yield running, ports[0]
    finally:
        here.drop(database)
        here.clear_broker()


def _read(door: "Door") -> dict[str, float]:
    chance = random.Random(1)
    known = door.get("/v1/organisations?limit=200")["items"]
    promised = door.get("/v1/conventions?limit=200")["items"]
    kinds: dict[str, Callable[[], str]] = {
        "lists": lambda: chance.choice(LISTS),
        "searches": lambda: f"/v1/organisations?search={quote(chance.choice(SEARCHES))}",
        "details": lambda: chance.choice(
            [f"/v1/organisations/{chance.choice(known)['id']}", f"/v1/conventions/{chance.choice(promised)['id']}"]
        ),
    }
    figures: dict[str, float] = {}
    since = time.perf_counter()
    for name, address in kinds.items():
        took = door.together(door.get, [address() for _ in range(READS // len(kinds))])
        figures |= {f"{name} p50": percentile(took, 50), f"{name} p95": percentile(took, 95)}
    return {**figures, "reads": READS / (time.perf_counter() - since)}


def _sign(door: "Door") -> float:
    """Let the office record signatures of proposed conventions, each another one; gives how many a second."""
    proposed = list(islice(door.every("/v1/conventions?status=proposed&limit=200"), SIGNATURES))
    signed = {
        "signed_on": today().isoformat(),
        "signatory": {"name": "Camille Exemple", "capacity": "Présidente"},
        "level": "paper",
        "evidence": "Registre d’essai",
    }
    body = json.dumps(signed).encode()

    requests = [
        a_request(
            "PUT",
            f"/v1/conventions/{each['id']}/signatures/{each['parties'][0]['organisation_id']}",
            door.token,
            body,
            If_Match=f'"{each["revision"]}"',
        )
        for each in proposed
    ]
    return all_well(ask(door.port, requests, CLIENTS)).rate


def _import(door: "Door", process: Process) -> dict[str, float]:
    """Import organisations that nobody knows, by HTTP and the worker; memory is looked at all along."""
    rows = [f"Organisme importé {number};{synthetic.siren(1, number)};{number}" for number in range(IMPORTED)]
    file = "\n".join(["nom;siren;population", *rows]).encode("cp1252")
    before, since, most = process.memory(), time.perf_counter(), 0
    received = door.call("POST", "/v1/organisations/imports", file, {"Content-Type": "text/csv"})

    def over() -> bool:
        nonlocal most
        most = max(most, process.memory())
        done: bool = door.get(f"/v1/organisations/imports/{received['id']}")["registered"] == IMPORTED
        return done

    wait_until(over, "the import is done", every=0.2)
    return {
        "import of 10,000": time.perf_counter() - since,
        "memory the import took": max(0, most - before) / 1_000_000,
    }


class Door:
    """The HTTP door of partners with a token of the programme office; a connection for each thread."""

    def __init__(self, port: int, link: str) -> None:
        self.port, self._mine = port, local()
        self.token = ""
        self.token = str(self.call("POST", "/v1/sign-ins", {"sign_in_token": link})["access_token"])

    def get(self, path: str) -> Any:
        """Read."""
        return self.call("GET", path)

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """Read a list to its end."""
        cursor = ""
        while cursor is not None:
            page = self.get(f"{path}&cursor={cursor}" if cursor else path)
            yield from page["items"]
            cursor = page["next"]

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Call; raises RuntimeError for what is not a success."""
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        told = {"Content-Type": "application/json", "Idempotency-Key": str(new_id()), **(headers or {})}
        if self.token:
            told["Authorization"] = f"Bearer {self.token}"
        connection.request(method, path, sent, told)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return json.loads(content) if content else None

    def together(self, work: Callable[[Any], Any], items: Sequence[Any]) -> list[float]:
        """Do the work on every item, `CLIENTS` at a time; give the milliseconds that each took."""

        def timed(item: Any) -> float:
            since = time.perf_counter()
            work(item)
            return (time.perf_counter() - since) * 1000

        with ThreadPoolExecutor(CLIENTS) as clients:
            return list(clients.map(timed, items))


def _template(here: Ground) -> tuple[str, str]:
    """Fill a database once; give its name and a link that signs the office in, once in each of its copies."""
    name = here.database("filled")
    service = here.service("partners", name)
    with acting(Cause(str(new_id()), None, "program:bench", new_traceparent())), progress_bar() as bar:
        with _at(service) as session:
            know_programme(session, _programme())
            for number in range(synthetic.ACTIONS):
                know_action(session, _action(number))
            link = invite(session, email="office@example.org", name="Bureau", role=Role.PROGRAMME_OFFICE).sign_in_token
        synthetic.fill(service, synthetic.Size(), bar)
        with _at(service) as session:
            session.connection().exec_driver_sql("UPDATE outbox SET published_at = now()")
    service.engine.dispose()
    ground.settle(name)
    return name, link


@contextmanager
def _at(service: Service) -> Iterator[Any]:
    with serving(service), transaction() as session:
        yield session


def _programme() -> ProgrammeDefined:
    return ProgrammeDefined(
        programme_code=synthetic.PROGRAMME,
        title="Programme d’essai (fictif)",
        starts_on=today().replace(month=1, day=1),
        vat_basis=VatBasis.TTC,
        axes=(Axis(code="1", title="Axe d’essai"),),
        sequence=1,
    )


def _action(number: int) -> ActionPlanned:
    return ActionPlanned(
        action_id=synthetic.action_id(number),
        programme_code=synthetic.PROGRAMME,
        axis_code="1",
        code=f"1.{number}",
        title=f"Action d’essai {number}",
        priority=Priority.MEDIUM,
        needs=(),
        sequence=1,
    )
