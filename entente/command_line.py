"""The command line: one function per command, which imports what it needs when it runs, so that `--help` is quick."""

import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from entente.exits import MEANINGS, Exit, Stopped, sentences

EPILOG = "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(
    name="entente",
    help="Run a public programme with many partners: a partner signs, the funding projection follows at once.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
registers = typer.Typer(help="Bring registers in.", no_args_is_help=True)
events = typer.Typer(help="Look at events, and bring those that did not arrive.", no_args_is_help=True)
rebuilds = typer.Typer(help="Make anew what follows from something else.", no_args_is_help=True)
keys = typer.Typer(help="Keep the keys that sign tokens.", no_args_is_help=True)
app.add_typer(registers, name="import")
app.add_typer(events, name="events")
app.add_typer(rebuilds, name="rebuild")
app.add_typer(keys, name="keys")

Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
FirstPort = Annotated[
    int, typer.Option("--port", min=1, max=65531, help="Port of the pages; the services take the four after it.")
]


class ServiceName(StrEnum):
    """What can be run alone."""

    PARTNERS = "partners"
    ACTIONS = "actions"
    BUDGET = "budget"
    NOTIFICATIONS = "notifications"
    CONSOLE = "console"


class DoorName(StrEnum):
    """One door of a service."""

    API = "api"
    WORKER = "worker"


class RoleName(StrEnum):
    """What somebody is to the programme."""

    PROGRAMME_OFFICE = "programme_office"
    PARTNER = "partner"
    OPERATOR = "operator"
    AUDITOR = "auditor"


@app.callback()
def options(_debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False) -> None:
    """Say what every command takes; `main` reads it, since an error may come before any command."""


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Run the story and the checks, then end.")] = False,
    as_json: Json = False,
    port: FirstPort = 8000,
) -> None:
    """Play the programme's first year, from the charter to a mended mistake; then serve the pages."""
    from entente.demo.playing import play

    raise typer.Exit(play(once=once, as_json=as_json, first_port=port))


@app.command()
def serve(port: FirstPort = 8000) -> None:
    """Run all services and the pages in this process, on state that lasts, until Ctrl-C or SIGTERM."""
    from entente.serving import serve_all

    serve_all(port)


@app.command()
def run(
    service: Annotated[ServiceName, typer.Argument(help="Which service.")],
    only: Annotated[DoorName | None, typer.Option("--only", help="One of its doors; both when left out.")] = None,
) -> None:
    """Run one service, as a deployment does: DATABASE_URL is its own database, AMQP_URL the broker."""
    from entente.serving import run_one

    run_one(service.value, only.value if only else None)


@app.command()
def load(
    folder: Annotated[Path | None, typer.Argument(help="A programme's folder, such as programmes/sun04.")] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="An invented programme instead of a folder.")] = False,
    organisations: Annotated[int, typer.Option(min=2, help="How many are invented.")] = 2_000,
    conventions: Annotated[int, typer.Option(min=0, help="How many are invented.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Which invention: the same seed gives the same.")] = 2017,
    as_json: Json = False,
) -> None:
    """Bring a programme's folder, or an invented one, into the services; loading it twice changes nothing."""
    if synthetic:
        from entente.synthetic import Size, load_synthetic

        load_synthetic(Size(organisations, conventions, seed), as_json=as_json)
        return
    if folder is None:
        raise typer.BadParameter("Name a programme's folder, or ask for --synthetic.")
    from entente.loading import load_programme

    load_programme(folder, as_json=as_json)


@registers.command("organisations")
def import_organisations(
    file: Annotated[
        Path, typer.Argument(help="A CSV file or a spreadsheet with a line that names the columns.", exists=True)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, and change nothing.")] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave out lines that cannot be imported; else they block the file.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Register the organisations of a CSV file or a spreadsheet, with a report by line."""
    from entente.importing import import_register

    import_register(file, dry_run=dry_run, leave_out=leave_out, as_json=as_json)


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="Where the person is reached.")],
    name: Annotated[str, typer.Option("--name", help="How the person is called.")],
    role: Annotated[RoleName, typer.Option("--role", help="What the person is to the programme.")],
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="SIREN or id of what a partner acts for.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="fr or en.")] = "fr",
    as_json: Json = False,
) -> None:
    """Let somebody in: print a link that signs in once. The first person of a platform comes in this way."""
    from entente.inviting import invite_person

    invite_person(email, name=name, role=role.value, organisation=organisation, language=language, as_json=as_json)


@events.command("tail")
def tail(
    kind: Annotated[
        str | None, typer.Option("--type", help="An event type, or a pattern such as 'partners.convention.*'.")
    ] = None,
    correlation: Annotated[str | None, typer.Option("--correlation", help="Only what answers to this cause.")] = None,
    past: Annotated[bool, typer.Option("--past", help="Begin with everything already announced.")] = False,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for new ones.")] = True,
    as_json: Json = False,
) -> None:
    """Show the events of all services as they are announced."""
    from entente.tailing import tail_events

    tail_events(kind=kind, correlation_id=correlation, past=past, follow=follow, as_json=as_json)


@events.command("replay")
def replay(
    subscriber: Annotated[
        str, typer.Option("--subscriber", help="A service, such as budget, or one subscription of it.")
    ],
    since: Annotated[str, typer.Option("--since", help="A day or a moment; Europe/Paris unless it has an offset.")],
    kind: Annotated[
        str | None, typer.Option("--type", help="An event type, or a pattern such as 'partners.convention.*'.")
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Try those again too that were quarantined or dropped there.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why; kept with each event that --failed names.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Bring a subscriber the events announced since a moment that never arrived there.

    The publishers' outboxes say what was announced, the subscriber's inbox what it met. What it applied, or a newer
    state replaced, is not brought again: each event counts once, so repeating this is harmless, also while the services
    run. What failed there stays in quarantine or dropped unless --failed is given. To make the budget's figures anew
    from what it has booked, use `entente rebuild budget`.
    """
    from entente.replaying import replay_events

    if failed != bool(reason):
        raise typer.BadParameter("--failed and --reason go together: say why they are tried again.")
    raise typer.Exit(replay_events(subscriber, since=since, kind=kind, reason=reason, dry_run=dry_run, as_json=as_json))


@rebuilds.command("budget")
def rebuild(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the differences; exit code 1 if there are any.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the budget's projection anew from its ledger: the differences are shown, then switched in one transaction.

    Safe while the services run, and repeating it is harmless. Figures that moved are announced to who follows them.
    """
    from entente.rebuilding import rebuild_budget

    raise typer.Exit(rebuild_budget(dry_run=dry_run, as_json=as_json))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check what Entente stands on, and say what to do about each failing line."""
    from entente.doctor import examine

    raise typer.Exit(examine(as_json=as_json))


@app.command()
def migrate(
    services: Annotated[list[ServiceName] | None, typer.Argument(help="Which services; all when left out.")] = None,
) -> None:
    """Bring databases to their newest form. For one service DATABASE_URL is its own; for more, the server's."""
    from entente.serving import migrate_databases

    migrate_databases([each.value for each in services or []])


@app.command()
def provision(
    services: Annotated[list[ServiceName] | None, typer.Argument(help="Which services; all when left out.")] = None,
) -> None:
    """Give each service its database, its users and its queues; PARTNERS_DATABASE_URL, PARTNERS_AMQP_URL and so on."""
    from entente.provisioning import provision as make_places

    make_places([each.value for each in services or []])


@app.command()
def answers(url: Annotated[str, typer.Argument(help="Such as http://127.0.0.1:8003/readyz.")]) -> None:
    """End with 0 where an address answers well, for health checks of containers."""
    from urllib.request import urlopen

    with urlopen(url, timeout=4) as answer:  # noqa: S310  the address is the operator's own
        typer.echo(answer.status)


@keys.command("rotate")
def rotate_keys() -> None:
    """Sign tokens with a new key from now on; those signed before stay valid to their end. DATABASE_URL: partners'."""
    from entente.rotating import rotate

    rotate()


@keys.command("revoke")
def revoke_keys() -> None:
    """Refuse every token signed until now, and sign with a new key at once: a signing key may be in other hands."""
    from entente.rotating import revoke

    revoke()


def main() -> None:
    """Run a command and end with its exit code; an error is one sentence, and its place only with --debug."""
    try:
        with sentences():
            app()
    except Stopped as stopped:
        _end(str(stopped), stopped.code)
    except Exception as error:  # the last net: a person gets a sentence, a developer asks for the trace
        _end(f"{type(error).__name__}: {error}\nNobody foresaw this: run again with --debug and report it.", Exit.BUG)


def _end(sentence: str, code: Exit) -> NoReturn:
    if "--debug" in sys.argv:
        traceback.print_exc()
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    sys.exit(code)
