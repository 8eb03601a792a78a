"""Bring a register into partners from the command line, with its report by line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from chassis.context import Cause, acting, new_traceparent
from chassis.database import transaction
from chassis.errors import InvalidInput
from chassis.identifiers import new_id
from chassis.service import Service, serving
from entente.loading import progress_bar
from entente.reach import reaching, settings_given
from services.partners.domain.register_file import Remark
from services.partners.domain.register_import import ImportChange, ImportRemark, RegisterImport
from services.partners.use_cases import imports
from services.partners.use_cases.organisations import ImportReport, LineChange


def import_register(file: Path, *, dry_run: bool, leave_out: bool, as_json: bool) -> None:
    """Register the organisations of a CSV file or a spreadsheet and print the report.

    Raises InvalidInput where the file cannot be understood, or holds lines that cannot be imported.
    """
    why = Cause(str(new_id()), None, "program:import", new_traceparent())
    with reaching(settings_given(), ["partners"]) as services, acting(why), progress_bar() as progress:
        report, done = _work_through(
            services["partners"], file, dry_run=dry_run, leave_out=leave_out, progress=progress
        )
    if done.lines is None:
        raise InvalidInput(done.problem or "The file cannot be understood.")
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False, default=str))
    else:
        _print_report(report)
    if done.problem:
        raise InvalidInput(f"{done.problem} (--leave-out)")


def _work_through(
    partners: Service, file: Path, *, dry_run: bool, leave_out: bool, progress: Progress
) -> tuple[ImportReport, RegisterImport]:
    """Import a file as the worker does: an interruption loses nothing, since the worker then goes on with it."""
    task = progress.add_task(file.name, total=None)
    with _at(partners) as session:
        done = imports.receive(session, name=file.name, file=file.read_bytes(), dry_run=dry_run, leave_out=leave_out)
    with _at(partners) as session:
        register = imports.open_file(session, done.id)
    while register and not done.over:
        with _at(partners) as session:
            done = imports.advance(session, done.id, register)
        progress.update(task, total=done.lines, completed=done.position)
    with _at(partners) as session:
        done = session.get_one(RegisterImport, done.id)
        return _report(session, done), done


def _report(session: Session, done: RegisterImport) -> ImportReport:
    remarks = select(ImportRemark).where(ImportRemark.import_id == done.id).order_by(ImportRemark.position)
    changes = select(ImportChange).where(ImportChange.import_id == done.id).order_by(ImportChange.line)
    counts = {
        each.name: getattr(done, each.name) for each in fields(ImportReport) if each.name not in ("lines", "changes")
    }
    return ImportReport(**counts, lines=_read(session, Remark, remarks), changes=_read(session, LineChange, changes))


def _read(session: Session, kind: type[Any], kept: Select[Any]) -> list[Any]:
    names = [each.name for each in fields(kind)]
    return [kind(**{name: getattr(each, name) for name in names}) for each in session.scalars(kept)]


@contextmanager
def _at(service: Service) -> Iterator[Session]:
    with serving(service), transaction() as session:
        yield session


def _print_report(report: ImportReport) -> None:
    console = Console()
    if report.lines:
        table = Table("line", "column", "what is wrong", "what may be meant")
        for remark in report.lines:
            table.add_row(str(remark.line), remark.column, remark.reason, remark.suggestion or "")
        console.print(table)
    if report.changes:
        table = Table("line", "organisation", "fact", "before", "after")
        for change in report.changes:
            for each in change.differences:
                table.add_row(str(change.line), change.name, each["column"], each["before"] or "", each["after"] or "")
        console.print(table)
    console.print(
        f"{'Would be' if report.dry_run else 'Done:'} {report.registered} registered, {report.changed} changed,"
        f" {report.unchanged} unchanged, {report.refused} refused."
    )
    if report.ignored_columns:
        console.print(f"Columns not read: {', '.join(report.ignored_columns)}.")
