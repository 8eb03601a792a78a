"""An import of organisations: the file as it came, how far it got, and what was found wrong in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from chassis.errors import RuleBroken
from services.partners.domain.base import Base
from services.partners.domain.register_file import RegisterLine

MOST_ATTEMPTS = 5
"""After so many failures without any progress an import is set aside, so that the others go on."""
FILE_KEPT = timedelta(days=7)
"""How long the file of an import that can still be confirmed is kept."""


class ImportStatus(StrEnum):
    """Where an import stands.

    Refused: the file cannot be understood, or lines of it cannot be imported; nothing of it was. Set aside: it failed
    again and again, after `position` lines.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    SET_ASIDE = "set_aside"


class Tally(Protocol):
    """What became of lines, counted."""

    registered: int
    changed: int
    unchanged: int
    refused: int


class RegisterImport(Base):
    """One file on its way into the register; `position` lines of `lines` are done, each of them wholly.

    The file is kept until the end, so that an import which was interrupted goes on where it stopped, and some days
    longer where the import can be confirmed. Lines that cannot be imported block the whole file, before its first line,
    unless whoever sends it lets them be left out. `attempts` counts failures since the last progress.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("imports_to_do", "id", postgresql_where=text("status IN ('waiting', 'running')")),
        Index("imports_newest", "received_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(init=False)
    file: Mapped[bytes | None] = deferred(mapped_column(LargeBinary, repr=False))
    dry_run: Mapped[bool]
    leave_out: Mapped[bool]
    recorded_by: Mapped[str]
    received_at: Mapped[datetime]
    status: Mapped[ImportStatus] = mapped_column(default=ImportStatus.WAITING)
    lines: Mapped[int | None] = mapped_column(default=None)
    position: Mapped[int] = mapped_column(default=0)
    registered: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    ignored_columns: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    def __post_init__(self) -> None:
        self.fingerprint = sha256(self.file or b"").hexdigest()

    @property
    def over(self) -> bool:
        """Whether nothing of it is left to do."""
        return self.status not in (ImportStatus.WAITING, ImportStatus.RUNNING)

    @property
    def confirmable(self) -> bool:
        """Whether it can be taken up for good: tried only, blocked by some lines, or set aside."""
        blocked = self.status is ImportStatus.REFUSED and self.lines is not None
        return blocked or self.status is ImportStatus.SET_ASIDE or (self.status is ImportStatus.DONE and self.dry_run)

    def confirm(self, *, leave_out: bool) -> bool:
        """Take it up for good; tell whether it begins again. Under way or imported already, nothing changes.

        Raises RuleBroken where there is nothing to import, or its file is no longer kept.
        """
        if not self.confirmable and not self.dry_run and self.status is not ImportStatus.REFUSED:
            return False
        if not self.confirmable or self.file is None:
            raise RuleBroken(
                "The file is still being tried: confirm it afterwards."
                if not self.over
                else "The file is no longer kept, or cannot be read: send it again."
            )
        begins_again = self.status is not ImportStatus.SET_ASIDE
        if begins_again:
            self.position = self.registered = self.changed = self.unchanged = self.refused = 0
        self.dry_run, self.leave_out, self.attempts = False, leave_out, 0
        self.status, self.problem, self.finished_at = ImportStatus.WAITING, None, None
        return begins_again

    def blocked_by(self, lines: Sequence[RegisterLine]) -> list[RegisterLine]:
        """Give the lines that keep the file from being imported."""
        if self.dry_run or self.leave_out or self.position:
            return []
        return [line for line in lines if line.refused]

    def block(self, by: int, *, lines: int, ignored_columns: list[str], at: datetime) -> None:
        """End it before its first line, because of some that cannot be imported."""
        self.lines, self.ignored_columns, self.refused = lines, ignored_columns, by
        self.problem = (
            f"{by} of {lines} lines cannot be imported, so none was: correct them and send the file again, or confirm "
            "that they are left out."
        )
        self.status, self.finished_at = ImportStatus.REFUSED, at

    def attempt(self, *, at: datetime) -> bool:
        """Count one more attempt, or set it aside after too many; tell whether to go on.

        Counted beforehand, so that a file which ends the whole process is set aside too.
        """
        if self.attempts < MOST_ATTEMPTS:
            self.attempts += 1
            return True
        reason = self.problem or "It ended the process that worked on it."
        self.problem = f"Set aside after {self.attempts} attempts: {reason}"
        self.status, self.finished_at = ImportStatus.SET_ASIDE, at
        return False

    def count(self, done: Tally, *, lines: int, ignored_columns: list[str], at: datetime) -> None:
        """Note what became of some lines; after the last one it is done, and its file kept only if it was tried."""
        self.attempts, self.problem = 0, None
        self.lines, self.ignored_columns, self.status = lines, ignored_columns, ImportStatus.RUNNING
        for name in ("registered", "changed", "unchanged", "refused"):
            setattr(self, name, getattr(self, name) + getattr(done, name))
        self.position += done.registered + done.changed + done.unchanged + done.refused
        if self.position >= lines:
            self.status, self.finished_at = ImportStatus.DONE, at
            if not self.dry_run:
                self.file = None

    def refuse(self, problem: str, *, at: datetime) -> None:
        """End it because its file cannot be understood."""
        self.problem, self.file = problem, None
        self.status, self.finished_at = ImportStatus.REFUSED, at


class ImportChange(Base):
    """What a line changes of an organisation, or would: one row a line, each fact of it before and after."""

    __tablename__ = "import_changes"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    name: Mapped[str]
    differences: Mapped[list[dict[str, str | None]]] = mapped_column(JSONB)


class ImportRemark(Base):
    """What was found wrong in one cell."""

    __tablename__ = "import_remarks"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    column: Mapped[str]
    reason: Mapped[str]
    suggestion: Mapped[str | None]
    refused: Mapped[bool]
