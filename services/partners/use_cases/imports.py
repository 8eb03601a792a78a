"""Take in a file of organisations and work through it: some lines at a time, each time where the last one stopped."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.context import current_cause
from chassis.errors import InvalidInput
from chassis.identifiers import new_id
from services.partners.domain.register_file import RegisterFile, Remark, read_register
from services.partners.domain.register_import import ImportRemark, ImportStatus, RegisterImport
from services.partners.use_cases.organisations import import_lines

AT_ONCE = 500
"""Lines in one transaction: what is kept in memory, and what an interruption undoes."""


def receive(session: Session, *, name: str, file: bytes, dry_run: bool) -> RegisterImport:
    """Keep a file to be imported."""
    received = RegisterImport(
        id=new_id(),
        name=name,
        file=file,
        dry_run=dry_run,
        recorded_by=current_cause().actor,
        received_at=datetime.now(UTC),
    )
    session.add(received)
    return received


def to_do(session: Session) -> UUID | None:
    """Give the import that waits the longest, if any."""
    unfinished = RegisterImport.status.in_([ImportStatus.WAITING, ImportStatus.RUNNING])
    return session.scalar(select(RegisterImport.id).where(unfinished).order_by(RegisterImport.id).limit(1))


def open_file(session: Session, import_id: UUID) -> RegisterFile | None:
    """Read the file of an import; None where it is over. One that cannot be understood is refused with the reason."""
    running = session.get_one(RegisterImport, import_id, with_for_update=True)
    if running.over or running.file is None:
        return None
    try:
        return read_register(running.file)
    except InvalidInput as refusal:
        running.refuse(refusal.detail, at=datetime.now(UTC))
        return None


def advance(session: Session, import_id: UUID, register: RegisterFile) -> RegisterImport:
    """Import the next lines of a file, or those that are left."""
    running = session.get_one(RegisterImport, import_id, with_for_update=True, populate_existing=True)
    if running.over:
        return running
    lines = register.lines[running.position : running.position + AT_ONCE]
    report = import_lines(session, lines, dry_run=running.dry_run)
    _keep(session, running, report.lines)
    running.count(report, lines=len(register.lines), ignored_columns=register.ignored_columns, at=datetime.now(UTC))
    return running


def _keep(session: Session, running: RegisterImport, remarks: Sequence[Remark]) -> None:
    kept = session.scalar(select(func.count()).where(ImportRemark.import_id == running.id)) or 0
    session.add_all(
        ImportRemark(import_id=running.id, position=kept + at, **vars(remark))
        for at, remark in enumerate(remarks, start=1)
    )
