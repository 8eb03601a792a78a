"""How each call can fail: the statuses of its description, told from what the door does before and around the view."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from werkzeug.routing import Rule

from chassis.identity import Public, Reach, Role

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
WITHOUT_DATABASE = frozenset({"openapi", "docs", "operations.alive"})
_PLACES = re.compile(r"<(?:(\w+):)?\w+>")


def statuses(
    operation: Mapping[str, Any],
    rule: Rule,
    right: Mapping[Role, Reach] | Public,
    view: Any,
    schemas: Mapping[str, Any],
) -> list[int]:
    """Give every status of an error that a call of this operation can get; a fault of ours, 500, is described nowhere.

    400, 429: the address or the key cannot be read, the caller asks too often; 401, 403: the token; 404: it names
    something; 409: a rule, or a change at the same moment; 411, 413, 415: the body; 412, 428: it names the version it
    changes; 422: what it says; 503: the database. What no rule tells, a view says itself (`chassis.routes.answers`).
    """
    changing = bool(CHANGING & (rule.methods or set()))
    body = operation.get("requestBody")
    reads = bool(body) or any(each.get("in") == "query" for each in operation.get("parameters", ()))
    repeatable = getattr(view, "asks_for_key", False)
    free_words = any(kind != "uuid" for kind in _PLACES.findall(rule.rule))
    names = bool(rule.arguments) or (changing and _names_something(body or {}, schemas))
    tagged = _asks(view, "require_match")
    found = {
        400: True,
        401: not isinstance(right, Public),
        403: not isinstance(right, Public),
        404: names,
        409: changing,
        411: bool(body),
        412: tagged,
        413: bool(body),
        415: bool(body),
        422: reads or repeatable or free_words,
        428: tagged,
        429: True,
        503: rule.endpoint not in WITHOUT_DATABASE,
        **dict.fromkeys(getattr(view, "answers", ()), True),
    }
    return [status for status, so in found.items() if so]


def _asks(view: Callable[..., Any], name: str) -> bool:
    """Tell whether the view itself calls a function of that name."""
    return name in inspect.unwrap(view).__code__.co_names


def _names_something(node: Any, schemas: Mapping[str, Any]) -> bool:
    """Tell whether a body holds an identifier, which may be that of nothing."""
    return any(each.get("format") == "uuid" for each in _within(node, schemas, set()))


def _within(node: Any, schemas: Mapping[str, Any], seen: set[str]) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from _within(each, schemas, seen)
    if not isinstance(node, Mapping):
        return
    yield node
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        yield from _within(schemas.get(name), schemas, seen)
    for each in node.values():
        yield from _within(each, schemas, seen)
