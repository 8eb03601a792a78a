"""PostgreSQL clusters and RabbitMQ nodes of a test's own: to be stopped, killed and started again on what they hold.

Each has a folder, ports and passwords of its own; the machine's shared servers are never touched. They do not sync to
disk: a killed process loses nothing by that, only a machine that loses its power would.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.ports import free_port

START_WITHIN = 60
STOP_WITHIN = 30
RABBITMQ_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_POSTGRES = "postgres" if os.geteuid() == 0 else None
"""PostgreSQL refuses to run as root."""


@cache
def postgresql_programs() -> str | None:
    """Give the folder of the newest `initdb` and `postgres`."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ["PATH"].split(":"))]
    found = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return str(max(found, key=lambda folder: folder.parent.name)) if found else None


@cache
def rabbitmq_programs() -> str | None:
    """Give the folder of `rabbitmq-server` and `rabbitmqctl` as they are, without Debian's change of user."""
    return str(RABBITMQ_PROGRAMS) if (RABBITMQ_PROGRAMS / "rabbitmq-server").exists() else None


class Node(ABC):
    """A server process in a folder of its own; `output` is the file where it says what it does."""

    def __init__(self, kind: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"entente-{kind}-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.output = self.folder / "output.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that listens, or its launcher."""
        assert self._process, "The node does not run."
        return self._process.pid

    def start(self) -> None:
        """Start on what the folder holds, and wait until it answers."""
        until = time.monotonic() + START_WITHIN
        while True:
            self._process = self._launch()
            while self._process.poll() is None and not self.answers():
                assert time.monotonic() < until, f"It does not start:\n{self.said()}"
                time.sleep(0.05)
            if self._process.poll() is None:
                return
            # what was killed may hold its memory or its name for a moment more
            assert time.monotonic() < until, f"It ends at once:\n{self.said()}"
            time.sleep(0.2)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it in good order; `start` finds all it held."""
        if self._process:
            self._signal(number)
            self._process.wait(timeout=STOP_WITHIN)
            self._wait_for_the_rest(self._process.pid)
        self._process = None

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self.stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stop in good order, start again."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Kill it if it runs, and remove its folder."""
        with suppress(subprocess.TimeoutExpired):
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def said(self, last: int = 4000) -> str:
        """Give the end of what it said."""
        return self.output.read_text(errors="replace")[-last:] if self.output.exists() else ""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether it takes connections."""

    @abstractmethod
    def _launch(self) -> subprocess.Popen[bytes]:
        """Start its process."""

    def _wait_for_the_rest(self, group: int) -> None:
        """Wait for what a launcher launched, which ends after it, and for its last thread, which holds the port."""
        until = time.monotonic() + STOP_WITHIN
        while _members(group) or self.answers():
            assert time.monotonic() < until, f"It does not end:\n{self.said()}"
            time.sleep(0.02)

    def _signal(self, number: int) -> None:
        if self._process and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


class PostgreSQLNode(Node):
    """A cluster with passwords (scram); `url` is its administrator's address."""

    def __init__(self, *options: str) -> None:
        super().__init__("postgresql")
        self.password = secrets.token_hex(16)
        self._options = options
        self._initialise()

    @property
    def url(self) -> str:
        """The administrator's address."""
        return self.url_of("postgres", self.password, "postgres")

    def url_of(self, user: str, password: str, database: str) -> str:
        """Give the address of a database for a user."""
        return f"postgresql://{user}:{quote(password)}@127.0.0.1:{self.port}/{database}"

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it in good order, cutting those who are connected: a "fast shutdown"."""
        if number == signal.SIGKILL:
            self._kill_children()
        super().stop(number)

    def answers(self) -> bool:
        """Tell whether it takes connections."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def ask(self, question: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Ask, or do, something as administrator."""
        with psycopg.connect(self.url_of("postgres", self.password, database), autocommit=True) as connection:
            cursor = connection.execute(question)
            return cursor.fetchall() if cursor.description else []

    def _initialise(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if os.geteuid() == 0:
            for path in (self.folder, password_file):
                shutil.chown(path, "postgres", "postgres")
        made = [f"{postgresql_programs()}/initdb", "--pgdata", str(self.folder / "cluster"), "--username", "postgres"]
        made += ["--auth", "scram-sha-256", "--pwfile", str(password_file), "--encoding", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(
            [*made, "--no-sync"], check=True, capture_output=True, cwd=self.folder, user=_POSTGRES, group=_POSTGRES
        )

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
        }
        command = [f"{postgresql_programs()}/postgres", "-D", str(self.folder / "cluster"), *self._options]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.output.open("ab") as output:
            return subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                start_new_session=True,
                user=_POSTGRES,
                group=_POSTGRES,
            )

    def _kill_children(self) -> None:
        """Kill those that the server started too: each has a session of its own and outlives it for a moment."""
        if self._process and self._process.poll() is None:
            for child in Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)


class RabbitMQNode(Node):
    """A broker with one administrator; `url` is the administrator's address of the virtual host `/`.

    With `management` it has the HTTP interface too, at `management_url`, as the image with that name has.
    """

    def __init__(self, *, management: bool = False, settings: Mapping[str, str] | None = None) -> None:
        super().__init__("rabbitmq")
        self.password = secrets.token_hex(16)
        self.name = f"entente-{self.folder.name[-8:]}@localhost"
        self.management_port = free_port()
        self._distribution_port = free_port()
        plugins = "[rabbitmq_management]." if management else "[]."
        (self.folder / "enabled_plugins").write_text(plugins)
        written = {
            "listeners.tcp.1": f"127.0.0.1:{self.port}",
            "default_user": "administrator",
            "default_pass": self.password,
            "loopback_users": "none",
            "log.console": "true",
            "log.file": "false",
            "disk_free_limit.absolute": "1MB",
            **(
                {"management.tcp.ip": "127.0.0.1", "management.tcp.port": str(self.management_port)}
                if management
                else {}
            ),
            **(settings or {}),
        }
        (self.folder / "rabbitmq.conf").write_text("".join(f"{name} = {value}\n" for name, value in written.items()))

    @property
    def url(self) -> str:
        """The administrator's address."""
        return self.url_of("administrator", self.password)

    @property
    def management_url(self) -> str:
        """Where the administrator speaks HTTP."""
        return f"http://administrator:{self.password}@127.0.0.1:{self.management_port}"

    def url_of(self, user: str, password: str, virtual_host: str = "/") -> str:
        """Give the address of a virtual host for a user."""
        return f"amqp://{user}:{quote(password)}@127.0.0.1:{self.port}/{quote(virtual_host, safe='')}"

    def answers(self) -> bool:
        """Tell whether it takes connections; the doors open last."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
        except OSError:
            return False
        return True

    def control(self, *words: str) -> str:
        """Run `rabbitmqctl` on this node; give what it says."""
        return self._run("rabbitmqctl", words)

    def _run(self, program: str, words: Sequence[str]) -> str:
        ran = subprocess.run(
            [f"{rabbitmq_programs()}/{program}", "--quiet", *words],
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
            timeout=START_WITHIN,
        )
        assert ran.returncode == 0, f"{program} {' '.join(words)}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def _launch(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [f"{rabbitmq_programs()}/rabbitmq-server"],
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=self._environment(),
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),  # the cookie is made there
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2",  # as many schedulers as it needs, not one per core
        }


@contextmanager
def running(*nodes: Node) -> Iterator[None]:
    """Start nodes, all at once; remove them at the end."""
    try:
        with ThreadPoolExecutor(len(nodes)) as starters:
            list(starters.map(lambda node: node.start(), nodes))
        yield
    finally:
        for node in nodes:
            node.remove()


def _members(group: int) -> list[int]:
    """Give the processes of a group that run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(int(stat.parent.name))
    return found
