"""docker-compose.yml without containers: the same commands in the same environment, as processes of this machine.

Only hosts and ports are others: PostgreSQL and RabbitMQ are nodes of the test's own, set up by the file's own one-shot
commands, and every service listens on a free port.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from chassis.service import Service
from chassis.settings import Settings
from entente.composition import SERVICES
from entente.platform import Platform
from entente.sink.running import Sink, running_sink
from tests.nodes import PostgreSQLNode, RabbitMQNode, running
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\}")


def filled(text: str, environment: Mapping[str, str]) -> str:
    """Put in variables as the Compose specification says; one that must be given and is not is refused."""

    def value(found: re.Match[str]) -> str:
        given = environment.get(found["name"], "")
        if not given and found["how"] == "?":
            raise KeyError(f"{found['name']} must be given: {found['rest']}")
        return given or (found["rest"] if found["how"] == "-" else "")

    return VARIABLE.sub(value, text)


def written_environment() -> dict[str, str]:
    """Give what `deploy/new-environment` writes into `.env`."""
    lines = subprocess.run(
        [ROOT / "deploy" / "new-environment"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class Deployment:
    """The platform of docker-compose.yml at work."""

    def __init__(self, database: PostgreSQLNode, broker: RabbitMQNode, sink: Sink, folder: Path) -> None:
        self.database, self.broker, self.sink, self.folder = database, broker, sink, folder
        self.secrets = written_environment() | {
            "POSTGRES_PASSWORD": database.password,
            "RABBITMQ_PASSWORD": broker.password,
        }
        self.parts: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        self.ports = {name: free_port() for name in (*SERVICES, "console")}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.clock = folder / "clock"

    def environment(self, part: str) -> dict[str, str]:
        """Give the environment of a part: the file's, with hosts and ports of this machine."""
        given = {name: str(value) for name, value in self.parts[part].get("environment", {}).items()}
        placed = {name: self._placed(filled(value, self.secrets)) for name, value in given.items()}
        if part in self.ports:
            placed |= {"ENTENTE_PORT": str(self.ports[part]), "ENTENTE_HOST": "127.0.0.1"}
        state = self.folder / part
        state.mkdir(exist_ok=True)
        # what a container has of its own: its folder; and what a test needs: its own time, receivers on this machine
        own = {"PATH": os.environ["PATH"], "HOME": str(state), "ENTENTE_STATE_DIRECTORY": str(state)}
        return (
            placed
            | own
            | {
                "ENTENTE_CLOCK_FILE": str(self.clock),
                "ENTENTE_WEBHOOK_PRIVATE_ADDRESSES": "true",
            }
        )

    def _placed(self, address: str) -> str:
        address = address.replace("@postgres:5432/", f"@127.0.0.1:{self.database.port}/")
        address = address.replace("@rabbitmq:5672/", f"@127.0.0.1:{self.broker.port}/")
        address = address.replace("@rabbitmq:15672", f"@127.0.0.1:{self.broker.management_port}")
        address = address.replace("//mailpit:1025", f"//127.0.0.1:{self.sink.smtp_port}")
        for name, port in self.ports.items():
            address = re.sub(rf"//(?:{name}|localhost):{self.container_port(name)}\b", f"//127.0.0.1:{port}", address)
        return address

    def container_port(self, name: str) -> int:
        """Give the port on which a part listens in its container."""
        return int(self.parts[name]["environment"]["ENTENTE_PORT"])

    def once(self, part: str) -> str:
        """Run a one-shot part to its end; give what it says."""
        ran = self.command(part, *self.parts[part]["command"])
        assert ran.returncode == 0, f"{part}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def command(self, part: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a part's environment, as `docker compose exec` does."""
        environment = self.environment(part)
        return subprocess.run(
            [*_program(words)], env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=ROOT
        )

    def start(self, *parts: str) -> None:
        """Start parts, and wait until each is healthy by its own health check's question."""
        for part in parts:
            with (self.folder / f"{part}.log").open("ab") as output:
                self.running[part] = subprocess.Popen(
                    _program(self.parts[part]["command"]),
                    env=self.environment(part),
                    stdout=output,
                    stderr=output,
                    cwd=ROOT,
                )
        for part in parts:
            until(lambda part=part: self.healthy(part), f"{part} is not healthy", self.said(part))

    def stop(self, *parts: str) -> None:
        """Stop parts by SIGTERM, and see that they end well."""
        for part in parts:
            self.running[part].terminate()
        for part in parts:
            assert self.running.pop(part).wait(15) == 0, self.said(part)

    def end(self) -> None:
        """Kill what runs."""
        for process in self.running.values():
            process.kill()
            process.wait()

    def healthy(self, part: str) -> bool:
        """Ask what the part's health check asks."""
        assert self.running[part].poll() is None, self.said(part)
        *_, url = self.parts[part]["healthcheck"]["test"]
        return _answers(self._placed(url.replace("127.0.0.1", part)))

    def said(self, part: str) -> str:
        """Give the end of a part's log."""
        file = self.folder / f"{part}.log"
        return file.read_text(errors="replace")[-3000:] if file.exists() else ""

    def platform(self) -> Platform:
        """Give the addresses of the services and their databases, for a story to be told and checked on them."""
        seen = {name: Settings.from_environment(self.environment(name)) for name in SERVICES}
        urls = {f"{name}_url": f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        settings = Settings(**urls)  # type: ignore[arg-type]
        return Platform(settings, {name: Service.of(name, given) for name, given in seen.items()})


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def until(true: Any, what: str, said: str = "") -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"In {PATIENCE} s: {what}.\n{said}"
        time.sleep(0.05)


@contextmanager
def provisioned() -> Iterator[Deployment]:
    """Give a deployment whose servers run and whose one-shot parts have done their work; no service runs yet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entente-deployment-")))
        database, broker = PostgreSQLNode(), RabbitMQNode(management=True)
        stack.enter_context(running(database, broker))
        sink = stack.enter_context(running_sink())
        deployment = Deployment(database, broker, sink, folder)
        stack.callback(deployment.end)
        deployment.once("provision")
        for name in SERVICES:
            deployment.once(f"{name}-migrate")
        yield deployment


def _program(words: Any) -> list[str]:
    """Give the words with this environment's `entente` in front."""
    program, *arguments = words
    assert program == "entente"
    return [sys.executable, "-m", "entente", *arguments]
