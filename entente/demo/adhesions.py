"""The last chapter: every body of the département joins by a small convention, and each last signature is timed.

Timed from just before the signature's commit to the moment at which the projection, asked every two milliseconds,
shows its money, both by the database server's clock. One signature at a time: the next is given when the last one's
money is visible, while its mails and seats may still be on their way.
"""

import csv
import io
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

import psycopg
from rich.progress import Progress
from sqlalchemy import Engine, make_url, text

from chassis.service import Service
from contracts.partners import ContributionKind, Nature, PartyRole
from entente.demo.stage import Stage
from entente.demo.story import draft, sign
from entente.exits import Exit, Stopped
from entente.loading import organisation_id
from entente.programme import Adhesions, Convention, ConventionParty, Line, Tranche

DAY = date(2018, 4, 16)
LOOK_EVERY = 0.002
TOGETHER = 8
"""Conventions prepared at a time."""
PATIENCE = 10.0


@dataclass(frozen=True)
class Body:
    """A commune or an inter-municipal body."""

    siren: str
    name: str
    population: int
    capacity: str


@dataclass(frozen=True)
class Latency:
    """From commit to visible projection, in milliseconds, one figure per last signature."""

    milliseconds: Sequence[float]

    def percentile(self, part: int) -> float:
        """Give the figure that `part` of a hundred do not exceed."""
        ordered = sorted(self.milliseconds)
        return round(ordered[min(len(ordered) - 1, len(ordered) * part // 100)], 1)


def bodies(registers: dict[str, str], department: str) -> Iterator[Body]:
    """Give the communes of the registers, and the inter-municipal bodies with members in the département."""
    for content in registers.values():
        for row in csv.DictReader(io.StringIO(content)):
            if "insee" in row:
                yield Body(row["siren"], row["name"], int(row["population"] or 0), "Maire")
            elif department in row["departements"].split("|"):
                yield Body(row["siren"], row["name"], int(row["population"] or 0), "Président")


def join(stage: Stage, progress: Progress) -> tuple[Latency, dict[str, bool]]:
    """Let every body join; give the latencies, and what must be true then."""
    adhesions = stage.invented.adhesions
    joining = list(bodies(dict(stage.folder.registers), adhesions.department))
    promised = sum((_amount(adhesions, body) for body in joining), Decimal(0))
    before = Decimal(stage.projection()["1"]["secured"])
    task = progress.add_task("Adhesions, all but one signature", total=len(joining))
    with ThreadPoolExecutor(TOGETHER) as clerks:
        for _ in clerks.map(partial(_prepare, stage, adhesions), joining):
            progress.advance(task)
    task = progress.add_task("Last signatures, timed", total=len(joining))
    found = []
    with closing(_Watch(stage.platform.services["budget"])) as watch:
        for body in joining:
            found.append(_timed(stage, watch, body))
            progress.advance(task)
    stage.settle()
    gained = Decimal(stage.projection()["1"]["secured"]) - before
    return Latency(found), {"adhesions_are_secured": gained == promised}


def _prepare(stage: Stage, adhesions: Adhesions, body: Body) -> None:
    """Draft, propose, and let the body sign on paper, which the programme office records."""
    convention = _convention(stage, adhesions, body)
    drafted = stage.office.post("partners", "/v1/conventions", draft(stage, convention))
    path = f"/v1/conventions/{drafted.json['id']}"
    stage.conventions[body.siren] = stage.office.post("partners", f"{path}/proposal")
    paper = {
        "signed_on": DAY.isoformat(),
        "signatory": {"name": f"Signataire de {body.name}", "capacity": body.capacity},
        "level": "paper",
        "evidence": f"Original de {body.name}, registre des conventions",
    }
    signature = f"{path}/signatures/{organisation_id(body.siren)}"
    stage.conventions[body.siren] = stage.office.put(
        "partners", signature, paper, match=stage.conventions[body.siren].etag
    )


def _convention(stage: Stage, adhesions: Adhesions, body: Body) -> Convention:
    authority = stage.programme.authority
    return Convention(
        illustrative=True,
        key=body.siren,
        title=adhesions.title.format(name=body.name),
        starts_on=adhesions.starts_on,
        ends_on=adhesions.ends_on,
        parties=(
            ConventionParty(organisation=authority, role=PartyRole.PROJECT_OWNER, capacity="Président"),
            ConventionParty(organisation=body.siren, role=PartyRole.FUNDER, capacity=body.capacity),
        ),
        lines=(
            Line(
                organisation=body.siren,
                action=adhesions.action,
                kind=ContributionKind.CASH,
                nature=Nature.OPERATING,
                vat_basis=stage.programme.vat_basis,
                tranches=(Tranche(amount=_amount(adhesions, body), due_on=adhesions.due_on),),
            ),
        ),
    )


def _amount(adhesions: Adhesions, body: Body) -> Decimal:
    return max(adhesions.least_amount, adhesions.euros_per_inhabitant * body.population)


def _timed(stage: Stage, watch: "_Watch", body: Body) -> float:
    """Let the authority sign last; give the milliseconds until the money is visible."""
    watch.start(organisation_id(body.siren))
    authority = stage.partner(stage.programme.authority)
    party = ConventionParty(organisation=stage.programme.authority, role=PartyRole.PROJECT_OWNER, capacity="Président")
    signed = sign(stage, body.siren, party, authority, DAY)
    visible_at = watch.result()
    committed_at = _committed_at(stage.platform.services["partners"].engine, signed.json["id"])
    return (visible_at - committed_at).total_seconds() * 1000


def _committed_at(engine: Engine, convention_id: str) -> datetime:
    """Give when the last signature was written into the outbox, as the last thing before its commit."""
    written = text(
        "SELECT recorded_at FROM outbox WHERE subject = :subject AND type = 'partners.convention.entered_into_force.v1'"
    )
    with engine.connect() as connection:
        moment: datetime = connection.execute(written, {"subject": convention_id}).scalar_one()
    return moment


class _Watch:
    """Asks the projection every two milliseconds, on a connection of its own, until it shows secured money of a funder.

    Straight to the driver: a query costs a tenth of what it costs through the ORM's layers, and what watches must not
    slow down what it watches.
    """

    ASKED = "SELECT clock_timestamp() FROM cells WHERE funder_id = %s AND secured > 0"

    def __init__(self, budget: Service) -> None:
        address = make_url(budget.settings.database_url).set(drivername="postgresql")
        self._connection = psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)
        self._thread = threading.Thread()
        self._seen_at: datetime | None = None

    def start(self, funder_id: UUID) -> None:
        """Begin to ask."""
        self._seen_at = None
        self._thread = threading.Thread(target=self._ask, args=(funder_id,), daemon=True)
        self._thread.start()

    def result(self) -> datetime:
        """Wait for the moment at which the money shows.

        Raises Stopped when it never does.
        """
        self._thread.join()
        if self._seen_at is None:
            raise Stopped(f"After {PATIENCE} s the projection does not show a signature's money.", Exit.CHECK_FAILED)
        return self._seen_at

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _ask(self, funder_id: UUID) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            row = self._connection.execute(self.ASKED, (funder_id,), prepare=True).fetchone()
            if row:
                self._seen_at = row[0]
                return
            time.sleep(LOOK_EVERY)
