"""An import of organisations: the file as it came, how far it got, and what was found wrong in it."""

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from services.partners.domain.base import Base


class ImportStatus(StrEnum):
    """Where an import stands; a file that cannot be understood is refused, and nothing of it was imported."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class Tally(Protocol):
    """What became of lines, counted."""

    registered: int
    changed: int
    unchanged: int
    refused: int


class RegisterImport(Base):
    """One file on its way into the register; `position` lines of `lines` are done, each of them wholly.

    The file is kept until the end, so that an import which was interrupted goes on where it stopped.
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
    problem: Mapped[str | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    def __post_init__(self) -> None:
        self.fingerprint = sha256(self.file or b"").hexdigest()

    @property
    def over(self) -> bool:
        """Whether nothing of it is left to do."""
        return self.status in (ImportStatus.DONE, ImportStatus.REFUSED)

    def count(self, done: Tally, *, lines: int, ignored_columns: list[str], at: datetime) -> None:
        """Note what became of some lines; after the last one it is done."""
        self.lines, self.ignored_columns, self.status = lines, ignored_columns, ImportStatus.RUNNING
        for name in ("registered", "changed", "unchanged", "refused"):
            setattr(self, name, getattr(self, name) + getattr(done, name))
        self.position += done.registered + done.changed + done.unchanged + done.refused
        if self.position >= lines:
            self._end(ImportStatus.DONE, at)

    def refuse(self, problem: str, *, at: datetime) -> None:
        """End it because its file cannot be understood."""
        self.problem = problem
        self._end(ImportStatus.REFUSED, at)

    def _end(self, status: ImportStatus, at: datetime) -> None:
        self.status, self.finished_at, self.file = status, at, None


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
