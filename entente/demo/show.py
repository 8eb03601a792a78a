"""The story on a terminal: small tables, then what came of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from entente.demo.playing import Outcome

MEASURES = ("need", "sought", "secured", "received", "gap")
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def chapter(console: Console, day: date, title: str, projection: Mapping[str, Mapping[str, Any]]) -> None:
    """Show what a chapter left of the projection, in whole euros."""
    table = Table(title=f"{day:%d/%m/%Y}  {title}", title_justify="left", title_style="bold")
    table.add_column("axis")
    for measure in MEASURES:
        table.add_column(measure, justify="right")
    for axis, row in projection.items():
        table.add_row(f"{axis} {row['label']}", *(euros(Decimal(row[measure])) for measure in MEASURES))
    table.add_section()
    totals = (sum((Decimal(row[measure]) for row in projection.values()), Decimal(0)) for measure in MEASURES)
    table.add_row("all", *map(euros, totals), style="bold")
    console.print(table)


def differences(console: Console, changed: Sequence[Mapping[str, Any]]) -> None:
    """Show what an amendment changes, from what to what, to the cent."""
    if not changed:
        return
    table = Table(title="What the amendment changes", title_justify="left", title_style="bold")
    for name in ("of whom", "action", "year", "what", "before", "after"):
        table.add_column(name, justify="right" if name in ("before", "after") else "left")
    for each in changed:
        facts = (each["organisation_name"], each["action_code"], each["year"], each["field"].replace("_", " "))
        table.add_row(*(str(fact or "") for fact in facts), each["before"] or "–", each["after"] or "–")
    console.print(table)


def outcome(console: Console, came: "Outcome") -> None:
    """Show the figures and every check."""
    console.print(
        f"{came.organisations} organisations, {came.conventions_in_force} conventions in force, {came.events} events,"
        f" {came.emails} e-mails, {came.webhooks} webhooks, in {came.seconds} s."
    )
    console.print(
        f"From a signature's commit to the visible projection: {came.latency_ms['p50']} ms for half of them,"
        f" {came.latency_ms['p99']} ms for 99 of a hundred."
    )
    for name, true in came.checks.items():
        console.print(f"[green]●[/] {_words(name)}" if true else f"[red]■ {_words(name)}: not so[/]")


def where(console: Console, *, pages: str, office: str, operator: str, sink: str, docs: Mapping[str, str]) -> None:
    """Show where to look, and the links that sign in."""
    lines = {
        "Pages": pages,
        "Sign in as the programme office (once)": office,
        "Sign in as an operator (once)": operator,
        "What was mailed and called": sink,
        **{f"API of {name}": address for name, address in docs.items()},
    }
    console.print()
    for what, address in lines.items():
        console.print(f"{what:<40}{address}", soft_wrap=True, highlight=False)  # whole, however narrow the terminal
    console.print("Ctrl-C ends it, and removes what it made.")


def euros(amount: Decimal) -> str:
    """Write an amount as people do, without cents."""
    return f"{amount:,.0f}".replace(",", NARROW_SPACE)


def _words(name: str) -> str:
    return name.replace("_", " ")
