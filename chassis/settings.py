"""Settings from the environment (12-factor): one table, one line each."""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _setting(default: Any, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a deployment can set.

    The variable is the field's name in capitals after `ENTENTE_`, but for `DATABASE_URL` and `AMQP_URL`, which carry
    the names that platforms give them.
    """

    database_url: str = _setting("", "PostgreSQL of this service; empty: the embedded server")
    partners_database_url: str = _setting(
        "",
        "for commands that look into several services: the database of partners, where DATABASE_URL does not lead to",
    )
    actions_database_url: str = _setting("", "the same, of actions")
    budget_database_url: str = _setting("", "the same, of budget")
    notifications_database_url: str = _setting("", "the same, of notifications")
    amqp_url: str = _setting("", "RabbitMQ; empty: the broker in memory, for one process with all services")
    administration_database_url: str = _setting(
        "", "PostgreSQL as who may make databases and users; for `entente provision` alone"
    )
    administration_broker_url: str = _setting(
        "", "RabbitMQ's management interface, with an administrator; for `entente provision` alone"
    )
    broker_namespace: str = _setting("", "prefix of every exchange and queue; lets several platforms share one broker")
    state_directory: Path = _setting(
        Path(tempfile.gettempdir()) / "entente", "where the embedded server, keys seen and pid files live"
    )
    host: str = _setting("127.0.0.1", "address the doors listen on")
    port: int = _setting(0, "port of this service's HTTP door; 0: the service's own default")
    partners_url: str = _setting("http://127.0.0.1:8001", "where partners answers")
    actions_url: str = _setting("http://127.0.0.1:8002", "where actions answers")
    budget_url: str = _setting("http://127.0.0.1:8003", "where budget answers")
    notifications_url: str = _setting("http://127.0.0.1:8004", "where notifications answers")
    public_notifications_url: str = _setting(
        "", "where mail programs reach notifications, to unsubscribe; empty: notifications_url"
    )
    console_url: str = _setting("http://127.0.0.1:8000", "where people reach the pages; sign-in links start with it")
    encryption_key: str = _setting("", "base64url of 32 bytes; encrypts webhook secrets and signing keys at rest")
    session_key: str = _setting("", "signs the console's session cookie; any long random string")
    token_lifetime_seconds: int = _setting(600, "life of an access token")
    body_limit_bytes: int = _setting(2_000_000, "largest request body")
    upload_limit_bytes: int = _setting(10_000_000, "largest file that is sent, where an endpoint takes files")
    requests_per_minute: int = _setting(6_000, "requests allowed to one caller per minute, per process")
    idempotency_days: int = _setting(7, "how long the answer to a repeatable POST is kept")
    database_pool_size: int = _setting(10, "connections a process keeps to its database")
    batch_size: int = _setting(500, "events a consumer takes in one transaction, at most")
    linger_milliseconds: int = _setting(
        0, "how long a consumer waits for more once nothing is there to read; what comes meanwhile is the next batch"
    )
    retry_first_seconds: float = _setting(0.5, "delay before a failing event's first retry; it doubles each time")
    retry_longest_seconds: float = _setting(300.0, "longest delay between two retries")
    retry_attempts: int = _setting(8, "attempts before an event is quarantined")
    delivery_limit: int = _setting(5, "deliveries by RabbitMQ before a message is dead-lettered")
    confirm_deadline_seconds: float = _setting(10.0, "wait for the broker's confirm before publishing again")
    broker_heartbeat_seconds: int = _setting(30, "AMQP heartbeat; a connection silent for longer is dropped")
    smtp_url: str = _setting("smtp://127.0.0.1:1025", "mail server: smtp://[user:password@]host:port, smtps:// for TLS")
    mail_from: str = _setting("Entente <entente@example.org>", "sender of e-mails")
    webhook_private_addresses: bool = _setting(False, "let webhooks reach private addresses (development only)")
    clock_file: str = _setting(
        "", "a file that several processes take their time from, for stories and tests; empty: the machine's own clock"
    )
    log_level: str = _setting("info", "debug, info, warning or error")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; a malformed value is refused with the variable's name.

        Raises ValueError.
        """
        given: dict[str, Any] = {}
        for each in fields(cls):
            text = environment.get(variable(each.name))
            if text is not None:
                given[each.name] = _read(each.name, type(each.default), text)
        return cls(**given)


def variable(name: str) -> str:
    """Give the environment variable of a setting."""
    return name.upper() if name in ("database_url", "amqp_url") else f"ENTENTE_{name.upper()}"


_TRUTHS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


def _read(name: str, kind: type[Any], text: str) -> Any:
    try:
        return _TRUTHS[text.lower()] if kind is bool else Path(text) if issubclass(kind, Path) else kind(text)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{variable(name)}={text!r} is not a {kind.__name__}: correct it or remove it.") from error


SETTINGS = [(variable(each.name), each.default, each.metadata["about"]) for each in fields(Settings)]


def as_markdown() -> str:
    """Give the table of settings as a page."""
    rows = "\n".join(f"| `{name}` | {_written(default)} | {about} |" for name, default, about in SETTINGS)
    return f"{_HEAD}{rows}\n"


def _written(default: object) -> str:
    if isinstance(default, Path):
        return "a folder `entente` in the temporary folder"
    return f"`{default}`" if default != "" else ""


_HEAD = """# Settings

Everything is set by the environment; a malformed value stops the program with the variable's name. This page is written
by `python -m chassis.settings`.

| variable | default | what it sets |
|---|---|---|
"""

if __name__ == "__main__":
    sys.stdout.write(as_markdown())
