"""The program as its users start it: a process, its environment, its output."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg

from tests.ports import first_free_port

ROOT = Path(__file__).parents[2]
SUN04 = ROOT / "programmes" / "sun04"
PATIENCE = 600
COMMAND = [sys.executable, "-m", "entente"]


@contextmanager
def a_state_directory() -> Iterator[Path]:
    """Give a state directory outside pytest's own folders, which each run closes to all users but ours.

    The embedded server runs as a user of its own when we are root.
    """
    folder = Path(tempfile.mkdtemp(prefix="entente-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def environment(state: Path, **settings: str) -> dict[str, str]:
    """Give an environment without what the machine happens to set."""
    return {"PATH": os.environ["PATH"], "HOME": str(state), "ENTENTE_STATE_DIRECTORY": str(state), **settings}


def entente(*arguments: str, state: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=ROOT,
        env=environment(state, **settings),
    )


@contextmanager
def started(*arguments: str, state: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command; kill it at the end if it still runs."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(state, **settings),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def end(process: subprocess.Popen[str]) -> tuple[int, float]:
    """Send SIGTERM; give the exit code and how many seconds the end took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=90)
    return process.returncode, time.monotonic() - began


@contextmanager
def serving(state: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `entente serve`; give the process and its first port once every service is ready."""
    port = first_free_port()
    with started("serve", "--port", str(port), state=state, ENTENTE_LOG_LEVEL="error") as process:
        until_ready(port)
        yield process, port
        process.terminate()
        process.communicate(timeout=90)


def ask(state: Path, service: str, question: str) -> int:
    """Ask a database of the embedded server, which must be running."""
    socket_folder = (state / "postgresql" / "postmaster.pid").read_text().splitlines()[4]
    with psycopg.connect(f"postgresql://postgres@/entente_{service}?host={socket_folder}") as connection:
        row = connection.execute(question).fetchone()
    return int(row[0]) if row else 0


def until_ready(first_port: int, timeout: float = 60) -> None:
    """Wait until every service says that it is ready."""
    until = time.monotonic() + timeout
    for place in range(1, 5):
        while not _is_ready(f"http://127.0.0.1:{first_port + place}/readyz"):
            assert time.monotonic() < until, "The services did not get ready in time."
            time.sleep(0.2)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False
