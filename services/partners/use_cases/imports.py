"""Take in a file of organisations and work through it: some lines at a time, each time where the last one stopped."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from chassis import clock
from chassis.context import current_cause
from chassis.errors import InvalidInput
from chassis.identifiers import new_id
from services.partners.domain.register_file import RegisterFile, Remark, read_register
from services.partners.domain.register_import import FILE_KEPT, ImportChange, ImportRemark, ImportStatus, RegisterImport
from services.partners.use_cases.organisations import import_lines, recall

AT_ONCE = 500
"""Lines in one transaction: what is kept in memory, and what an interruption undoes."""
LONGEST = 300
"""Characters kept of an error."""


def receive(session: Session, *, name: str, file: bytes, dry_run: bool, leave_out: bool) -> RegisterImport:
    """Keep a file to be imported, or only tried; `leave_out` the lines that cannot be imported, and import the rest."""
    received = RegisterImport(
        id=new_id(),
        name=name,
        file=file,
        dry_run=dry_run,
        leave_out=leave_out,
        recorded_by=current_cause().actor,
        received_at=datetime.now(UTC),
    )
    session.add(received)
    return received


def confirm(session: Session, import_id: UUID, *, leave_out: bool) -> RegisterImport:
    """Import what was tried, was blocked by some lines, or was set aside; said again, it changes nothing.

    Raises NotFound, RuleBroken.
    """
    kept = session.get_one(RegisterImport, import_id, with_for_update=True)
    if kept.confirm(leave_out=leave_out):
        for said in (ImportRemark, ImportChange):
            session.execute(delete(said).where(said.import_id == kept.id))
    return kept


def take_up(session: Session) -> UUID | None:
    """Give the import whose turn it is, one more attempt counted: one that failed lets the others go first."""
    unfinished = RegisterImport.status.in_([ImportStatus.WAITING, ImportStatus.RUNNING])
    waiting = select(RegisterImport).where(unfinished).order_by(RegisterImport.attempts, RegisterImport.id)
    next_one = session.scalar(waiting.limit(1).with_for_update(skip_locked=True))
    if next_one is None:
        return None
    next_one.attempt(at=datetime.now(UTC))
    return next_one.id


def note_failure(session: Session, import_id: UUID, error: Exception) -> None:
    """Keep why an import failed, for those who read its report."""
    said = (str(error) or type(error).__name__).partition("\n")[0]
    session.get_one(RegisterImport, import_id, with_for_update=True).problem = said[:LONGEST]


def forget_files(session: Session) -> None:
    """Let go of files that nobody confirmed in time."""
    old = RegisterImport.finished_at < datetime.now(UTC) - FILE_KEPT
    session.execute(update(RegisterImport).where(old, RegisterImport.file.is_not(None)).values(file=None))


def open_file(session: Session, import_id: UUID) -> RegisterFile | None:
    """Read the file of an import; None where it is over.

    One that cannot be understood is refused with the reason, one with lines that cannot be imported with what is wrong
    in each of them, unless they may be left out. Where it was interrupted, it goes on knowing of whom it spoke.
    """
    running = session.get_one(RegisterImport, import_id, with_for_update=True)
    if running.over or running.file is None:
        return None
    try:
        register = read_register(running.file, today=clock.today())
    except InvalidInput as refusal:
        running.refuse(refusal.detail, at=datetime.now(UTC))
        return None
    if blocking := running.blocked_by(register.lines):
        _keep(session, running, [remark for line in blocking for remark in line.remarks])
        columns = register.ignored_columns
        running.block(len(blocking), lines=len(register.lines), ignored_columns=columns, at=datetime.now(UTC))
        return None
    for start in range(0, running.position, AT_ONCE):
        recall(session, register.lines[start : min(start + AT_ONCE, running.position)], register.spoken_of)
    return register


def advance(session: Session, import_id: UUID, register: RegisterFile) -> RegisterImport:
    """Import the next lines of a file, or those that are left."""
    running = session.get_one(RegisterImport, import_id, with_for_update=True, populate_existing=True)
    if running.over:
        return running
    lines = register.lines[running.position : running.position + AT_ONCE]
    report = import_lines(session, lines, dry_run=running.dry_run, spoken_of=register.spoken_of)
    _keep(session, running, report.lines)
    session.add_all(ImportChange(import_id=running.id, **vars(each)) for each in report.changes)
    running.count(report, lines=len(register.lines), ignored_columns=register.ignored_columns, at=datetime.now(UTC))
    return running


def _keep(session: Session, running: RegisterImport, remarks: Sequence[Remark]) -> None:
    kept = session.scalar(select(func.count()).where(ImportRemark.import_id == running.id)) or 0
    session.add_all(
        ImportRemark(import_id=running.id, position=kept + at, **vars(remark))
        for at, remark in enumerate(remarks, start=1)
    )
