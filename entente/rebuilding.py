"""Rebuild the budget's projection from its ledger: look at one moment, show what differs, switch in one transaction."""

import json
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Table

from chassis.context import Cause, acting, new_traceparent
from chassis.database import transaction
from chassis.identifiers import new_id
from chassis.service import Service, serving
from entente.exits import Exit
from entente.loading import progress_bar
from entente.reach import reaching, settings_given
from services.budget import queries, use_cases
from services.budget.domain.reconciliation import NOTHING, Difference, Sums

AUTHOR = "program:rebuild"
AT_ONCE = 100
"""Actions compared with one question."""


def rebuild_budget(*, dry_run: bool, as_json: bool) -> Exit:
    """Print what differs, make the projection what the ledger says unless `dry_run`, and give the exit code.

    The services go on meanwhile: only who books for an action that is mended waits, until the switch is committed.
    """
    with reaching(settings_given(), ["budget"]) as services:
        found = differences(services["budget"])
        mended = [] if dry_run else switch(services["budget"], found)
    shown = found if dry_run else mended
    if as_json:
        cells = [_as_json(each) for each in shown]
        typer.echo(json.dumps({"dry_run": dry_run, "differences": len(shown), "cells": cells}, ensure_ascii=False))
    else:
        _print(shown, dry_run=dry_run)
    return Exit.CHECK_FAILED if dry_run and shown else Exit.WELL


def differences(budget: Service) -> list[Difference]:
    """Compare every cell with its entries, all at one moment, with a bar on the terminal; nothing is locked."""
    found: list[Difference] = []
    with serving(budget), transaction() as session, progress_bar() as bar:
        action_ids = queries.projected_actions(session)
        task = bar.add_task("Ledger and projection", total=len(action_ids))
        for start in range(0, len(action_ids), AT_ONCE):
            some = action_ids[start : start + AT_ONCE]
            found += queries.cell_differences(session, some)
            bar.advance(task, len(some))
    return found


def switch(budget: Service, found: Sequence[Difference]) -> list[Difference]:
    """Mend, in one transaction, the actions of what was found; give what was mended."""
    if not found:
        return []
    why = Cause(str(new_id()), None, AUTHOR, new_traceparent())
    with serving(budget), acting(why), transaction() as session:
        return use_cases.rebuild_cells(session, {each.cell.action_id for each in found})


def _as_json(difference: Difference) -> dict[str, object]:
    cell = {name: None if value is None else str(value) for name, value in difference.cell._asdict().items()}
    return {**cell, "ledger": _sums(difference.ledger), "projection": _sums(difference.projection)}


def _sums(sums: Sums | None) -> dict[str, object] | None:
    return sums and {name: str(value) if name != "entries" else value for name, value in sums._asdict().items()}


def _print(shown: Sequence[Difference], *, dry_run: bool) -> None:
    console = Console()
    if not shown:
        console.print("The projection shows what the ledger makes: nothing to do.")
        return
    table = Table("axis", "action", "funder", "year", "filed as", "figure", "ledger", "projection")
    for each in shown:
        for row in _rows(each):
            table.add_row(*row)
    console.print(table)
    console.print(
        f"{len(shown)} cells {'differ; nothing was changed' if dry_run else 'now show what the ledger makes'}."
    )


def _rows(difference: Difference) -> list[tuple[str, ...]]:
    cell, ledger, projection = difference.cell, difference.ledger or NOTHING, difference.projection or NOTHING
    place = (
        *(f"{cell.programme_code} {cell.axis_code}", str(cell.action_id), str(cell.funder_id or ""), str(cell.year)),
        f"{cell.kind.value} {cell.nature.value} {cell.vat_basis.value}",
    )
    return [
        (*place, name, str(made), str(kept))
        for name, made, kept in zip(Sums._fields, ledger, projection, strict=True)
        if made != kept
    ]
