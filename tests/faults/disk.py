"""A disk that can be made full, and roomy again: a file system in memory, whose size is changed while it is used."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.platform import Platform
from tests.surroundings import mounted

ROOMY = 2 * 1024**3
"""Bytes; what is not used takes no memory."""


class Disk:
    """The file system, and how full it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no room beyond what is taken."""
        state = os.statvfs(self.folder)
        self._resize((state.f_blocks - state.f_bfree) * state.f_frsize)

    def empty(self) -> None:
        """Make room."""
        self._resize(ROOMY)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True)


@contextmanager
def a_disk_of_its_own(platform: Platform, name: str) -> Iterator[Disk]:
    """Let a service's database lie on a disk of its own; afterwards where it lay before."""
    folder = Path(tempfile.mkdtemp(prefix="entente-disk-"))
    with mounted(folder, ROOMY):
        shutil.chown(folder, "postgres", "postgres")
        platform.database.ask(f"CREATE TABLESPACE of_its_own LOCATION '{folder}'")
        disk = Disk(folder)
        try:
            _move(platform, name, "of_its_own")
            yield disk
        finally:
            disk.empty()
            _move(platform, name, "pg_default")
            platform.database.ask("DROP TABLESPACE of_its_own")


def _move(platform: Platform, name: str, tablespace: str) -> None:
    """Move the database while nobody uses it."""
    ((database,),) = platform.ask(name, "SELECT current_database()")
    platform.programs[name].stop()
    platform.forget_connections()
    platform.database.ask(f"ALTER DATABASE {database} SET TABLESPACE {tablespace}")
    platform.run(name)
