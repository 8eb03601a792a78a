"""Plays the story, checks what it left, says so as tables or JSON, and serves the pages afterwards."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from chassis import clock, observability
from entente.composition import CONSOLE, SERVICES
from entente.demo import adhesions, checks, partnership, show, story
from entente.demo.adhesions import Latency
from entente.demo.stage import Stage, at_noon, open_office
from entente.exits import Exit
from entente.inviting import sign_in_link
from entente.platform import Platform, passing
from entente.programme import read_folder
from entente.reach import settings_given
from entente.sink.running import Sink, running_sink

FOLDER = Path(__file__).parents[2] / "programmes" / "sun04"
CHAPTERS = sorted((*story.CHAPTERS, *partnership.CHAPTERS), key=lambda chapter: chapter.day)
FIGURES = ("envelope", "need", "sought", "secured", "received", "gap")


@dataclass(frozen=True)
class Outcome:
    """What the story came to; amounts in euros as strings, latencies in milliseconds."""

    organisations: int
    conventions_in_force: int
    events: int
    projection: dict[str, dict[str, str]]
    emails: int
    webhooks: int
    latency_ms: dict[str, float]
    checks: dict[str, bool]
    seconds: float

    @property
    def exit(self) -> Exit:
        """Give the exit code: well only when all checks are true."""
        return Exit.WELL if all(self.checks.values()) else Exit.CHECK_FAILED


def play(*, once: bool, as_json: bool, first_port: int) -> Exit:
    """Play the story; then end, or serve the pages until Ctrl-C.

    Raises Unreachable when a server or a port is not there.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    observability.configure_logging("warning")
    console = Console(stderr=as_json)
    with _world(None if once else first_port) as (platform, sink), platform.running() as running:
        outcome = tell(platform, sink, console)
        if as_json:
            typer.echo(json.dumps(asdict(outcome), ensure_ascii=False, indent=2))
        else:
            show.outcome(console, outcome)
        if not once:
            _say_where(console, platform, sink)
            running.wait()
    return outcome.exit


@contextmanager
def _world(first_port: int | None) -> Iterator[tuple[Platform, Sink]]:
    """Give a platform of its own beside a sink that takes its mails and webhooks."""
    settings = settings_given()
    with running_sink() as sink:
        own = replace(settings, smtp_url=sink.smtp_url, webhook_private_addresses=True, requests_per_minute=1_000_000)
        try:
            with passing(own, first_port) as platform:
                yield platform, sink
        finally:
            clock.travel_back()


def tell(platform: Platform, sink: Sink, console: Console) -> Outcome:
    """Play the whole story on a running platform, and check what it left."""
    began = time.monotonic()
    clock.travel_to(at_noon(CHAPTERS[0].day))
    with httpx.Client(timeout=30, trust_env=False) as http:
        stage = Stage(platform, read_folder(FOLDER), sink, http, open_office(platform, http))
        truths = _chapters(stage, console)
        latency, joined = _adhesions(stage, console)
        settled = _everything_arrived(stage)
        return Outcome(
            organisations=checks.count_rows(platform.services["partners"], "organisations"),
            conventions_in_force=len(stage.all("partners", "/v1/conventions", status="in_force")),
            events=checks.count_events(platform.services),
            projection=_figures(stage.projection()),
            emails=sink.counts()["mails"],
            webhooks=sink.counts()["verified"],
            latency_ms={"p50": latency.percentile(50), "p99": latency.percentile(99)},
            checks={**checks.check(stage), **truths, **joined, **settled},
            seconds=round(time.monotonic() - began, 1),
        )


def _chapters(stage: Stage, console: Console) -> dict[str, bool]:
    truths: dict[str, bool] = {}
    for chapter in CHAPTERS:
        clock.travel_to(at_noon(chapter.day))
        truths.update(chapter.play(stage))
        show.chapter(console, chapter.day, chapter.title, stage.projection())
        show.differences(console, stage.notes.pop("differences", []))
    return truths


def _adhesions(stage: Stage, console: Console) -> tuple[Latency, dict[str, bool]]:
    clock.travel_to(at_noon(adhesions.DAY))
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        found = adhesions.join(stage, progress)
    show.chapter(console, adhesions.DAY, "Every commune and EPCI joins", stage.projection())
    return found


def _everything_arrived(stage: Stage) -> dict[str, bool]:
    """Wait until no delivery is pending any more; none may have failed, and each webhook's signature must have held."""
    arrived = stage.wait_for_deliveries()
    counts, failed = stage.sink.counts(), stage.all("notifications", "/v1/deliveries", status="failed")
    return {
        "everything_arrived": arrived and not failed,
        "mails_arrived": counts["mails"] > 0,
        "webhook_signatures_verified": counts["hooks"] == counts["verified"] > 0,
    }


def _figures(projection: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    return {axis: {name: row[name] for name in FIGURES} for axis, row in projection.items()}


def _say_where(console: Console, platform: Platform, sink: Sink) -> None:
    partners = platform.services["partners"]
    office, _ = sign_in_link(
        partners,
        "office@entente.example",
        name="Bureau du programme",
        role="programme_office",
        organisation=read_folder(FOLDER).programme.authority,
    )
    operator, _ = sign_in_link(partners, "operator@entente.example", name="Exploitation", role="operator")
    docs = {name: f"{platform.url(name)}/docs" for name in SERVICES}
    show.where(console, pages=platform.url(CONSOLE), office=office, operator=operator, sink=sink.page, docs=docs)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as with Ctrl-C: what was made for this run is removed."""
    raise KeyboardInterrupt
