"""What tests of HTTP doors share: a client with tokens of any role, and a walk over the table of rights."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from chassis.http import create_app
from chassis.identifiers import new_id
from chassis.identity import PUBLIC, Caller, Reach, Role, new_signing_key, public_key, sign_token
from chassis.service import Service

__all__ = ["ApiClient", "api_client", "strangers_are_refused", "walk_rights"]

_KEY = new_signing_key()
_PARAMETER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>")
NEW = "new"


@dataclass(frozen=True)
class ApiClient:
    """Calls the HTTP door of a service; anonymous until `as_` says who calls."""

    app: Flask
    service: Service
    caller: Caller | None = None

    def as_(
        self, role: Role, organisation_id: UUID | None = None, *, subject: str | None = None, **facts: Any
    ) -> "ApiClient":
        """Give the client of somebody: `facts` may tell `name`, `scopes` and `language`."""
        who = Caller(role=role, organisation_id=organisation_id, subject=subject or f"test-{role}", **facts)
        return replace(self, caller=who)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Read."""
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        """Create or act; with a new Idempotency-Key unless `idempotency_key` gives one, or None."""
        return self.call("POST", path, **{"idempotency_key": NEW, **options})

    def put(self, path: str, **options: Any) -> TestResponse:
        """Write; `if_match` is the sequence of the version that is changed."""
        return self.call("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        """Change; `if_match` is the sequence of the version that is changed."""
        return self.call("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        """Remove."""
        return self.call("DELETE", path, **options)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
        **options: Any,
    ) -> TestResponse:
        """Call; `options` are those of Werkzeug's test client, such as `json`, `data` and `query_string`."""
        sent = dict(headers or {})
        if self.caller:
            self.service.keyring.learn(public_key(_KEY))
            sent.setdefault("Authorization", f"Bearer {sign_token(_KEY, self.caller, lifetime_seconds=600)}")
        if idempotency_key:
            sent.setdefault("Idempotency-Key", str(new_id()) if idempotency_key == NEW else idempotency_key)
        if if_match is not None:
            sent.setdefault("If-Match", f'"{if_match}"')
        return self.send(path, method=method, headers=sent, **options)

    def send(self, path: str, **options: Any) -> TestResponse:
        """Bring a request to the application: here within this process (`tests.by_gunicorn` has another way)."""
        return self.app.test_client().open(path, **options)


def api_client(service: Service) -> ApiClient:
    """Give the client of a service's own HTTP door, `services.<name>.api`."""
    door = import_module(f"services.{service.name}.api")
    app = create_app(service, title=door.TITLE, blueprints=door.BLUEPRINTS, rights=door.RIGHTS)
    return ApiClient(app, service)


def walk_rights(client: ApiClient) -> list[str]:
    """Call every endpoint as nobody and in every role; give what the answer does not hold of the table of rights.

    Where the table refuses, the answer is 401 or 403; where it allows, it is neither. It is never a fault (5xx).
    """
    organisation_id = new_id()
    roles = [None, *Role]
    return [
        f"{rule.endpoint} as {role or 'nobody'}: {status}"
        for rule in _rules(client.app)
        for role in roles
        if not _holds(client, rule, role, status := _status(client, rule, role, organisation_id))
    ]


def strangers_are_refused(client: ApiClient, examples: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Call every endpoint that shows a partner one thing of its own as another partner; give those that do not say 404.

    `examples` gives for each such endpoint a call on a thing of somebody else: its `path`, and options such as `json`.
    An endpoint without example counts as one that was not refused.
    """
    stranger = client.as_(Role.PARTNER, new_id(), subject="a-stranger")
    wrong = []
    for rule in _rules(client.app):
        if rule.arguments and _right(client.app, rule, Role.PARTNER) is Reach.OWN:
            example = dict(examples.get(rule.endpoint, {}))
            path = example.pop("path", None)
            status = (
                stranger.call(_method(rule), path, **{"idempotency_key": NEW, **example}).status_code if path else 0
            )
            if status != 404:
                wrong.append(f"{rule.endpoint}: {status or 'no example'}")
    return wrong


def _rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint in app.extensions["rights"])


def _method(rule: Rule) -> str:
    return next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _right(app: Flask, rule: Rule, role: Role | None) -> Reach | None:
    right = app.extensions["rights"][rule.endpoint]
    return None if right is PUBLIC else right.get(role)


def _status(client: ApiClient, rule: Rule, role: Role | None, organisation_id: UUID) -> int:
    caller = client.as_(role, organisation_id if role is Role.PARTNER else None) if role else client
    path = _PARAMETER.sub(
        lambda found: {"uuid": str(new_id()), "int": "999999999"}.get(found[1] or "", "none"), rule.rule
    )
    answer = caller.call(_method(rule), path, idempotency_key=NEW)
    answer.close()
    return answer.status_code


def _holds(client: ApiClient, rule: Rule, role: Role | None, status: int) -> bool:
    if client.app.extensions["rights"][rule.endpoint] is PUBLIC:
        return status < 500
    if _right(client.app, rule, role):
        return status not in (401, 403) and status < 500
    return status == (403 if role else 401)
