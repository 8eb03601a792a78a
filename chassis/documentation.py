"""A service's HTTP door described: OpenAPI 3.1 at /openapi.json, and a page at /docs that asks no other host."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask, Response, jsonify, render_template
from flask_smorest import Api
from flask_smorest.spec.plugins import FlaskPlugin
from markupsafe import Markup, escape
from werkzeug.routing import Rule

from chassis import failing, problems
from chassis.identity import PUBLIC, Public, Reach, Rights, Role
from chassis.money import Money
from chassis.routes import Blueprint

RIGHTS: Rights = {"openapi": PUBLIC, "docs": PUBLIC}
DEEPEST = 6
METHODS = ("get", "post", "put", "patch", "delete")

ABOUT = """Send an access token, `Authorization: Bearer <token>`, from `POST /v1/oauth/token` of partners.
Errors are problem details (RFC 9457). Every answer carries `X-Correlation-Id`: send your own in that header, or quote
ours; a `traceparent` (W3C) is followed. A list comes in pages: repeat the call with `cursor` set to `next`, until it is
null. Amounts are strings in euros, such as `"12000.00"`."""

_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "New for each call, such as a UUID; repeated with the same call it gives the same answer again.",
        "schema": {
            "type": "string",
            "minLength": 8,
            "maxLength": 255,
            "examples": ["5f0c6c0e-61f4-4f3e-9d4b-7a8f2f2c1b11"],
        },
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of the version you read, where you change what is there already.",
        "schema": {"type": "string", "examples": ['"3"']},
    },
}
_PROBLEM = {
    "description": "What went wrong, and what to do.",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


_REFERENCE = {"$ref": "#/components/responses/Problem"}


def _release() -> str:
    """Give the release that runs; a checkout that was never installed has none."""
    try:
        return version("entente")
    except PackageNotFoundError:
        return "0"


def describe(app: Flask, title: str, blueprints: Sequence[Blueprint]) -> Api:
    """Register the routes of `blueprints` in the application and in its description."""
    app.config.update(API_TITLE=title, API_VERSION=_release(), OPENAPI_VERSION="3.1.0")
    api = Api(app, spec_kwargs={"info": {"description": ABOUT}, "security": [{"token": []}]})
    api.ERROR_SCHEMA = {"$ref": "#/components/schemas/Problem"}
    api.register_field(Money, "string", None)
    api.ma_plugin.converter.add_attribute_function(_money_pattern)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    return api


def publish(app: Flask, api: Api, rights: Rights) -> None:
    """Serve the description and its page."""
    document = _document(app, api, rights)
    app.jinja_env.filters.update(marked=_marked, said=_said)
    policy = f"default-src 'none'; style-src 'sha256-{_style_hash(app)}'; frame-ancestors 'none'; base-uri 'none'"

    def docs() -> Response:
        page = render_template(
            "documentation.html", api=document, operations=_by_tag(document), sample=_sampler(document)
        )
        return Response(page, headers={"Content-Security-Policy": policy})

    app.add_url_rule("/openapi.json", "openapi", lambda: jsonify(document))
    app.add_url_rule("/docs", "docs", docs)


def _document(app: Flask, api: Api, rights: Rights) -> dict[str, Any]:
    document: dict[str, Any] = api.spec.to_dict()
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = problems.SCHEMA
    components["responses"] = {"Problem": _PROBLEM}
    components.setdefault("parameters", {}).update(_PARAMETERS)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for rule in app.url_map.iter_rules():
        for operation in _operations_of(document, rule):
            right, view = rights[rule.endpoint], app.view_functions[rule.endpoint]
            _complete(operation, rule, right, view)
            for status in failing.statuses(operation, rule, right, view, components["schemas"]):
                operation["responses"].setdefault(str(status), _REFERENCE)
    return document


def _operations_of(document: Mapping[str, Any], rule: Rule) -> Iterator[dict[str, Any]]:
    path = document["paths"].get(FlaskPlugin.flaskpath2openapi(rule.rule), {})
    return (path[method.lower()] for method in rule.methods or () if method.lower() in path)


def _complete(operation: dict[str, Any], rule: Rule, right: Mapping[Role, Reach] | Public, view: Any) -> None:
    """Say what the code alone knows: the name, who may, which headers, and how it fails."""
    operation["operationId"] = rule.endpoint
    parameters = operation.setdefault("parameters", [])
    if getattr(view, "asks_for_key", False):
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if {"PUT", "PATCH"} & (rule.methods or set()):
        parameters.append({"$ref": "#/components/parameters/IfMatch"})
    if isinstance(right, Public):
        operation["security"] = []
    else:
        operation["x-roles"] = {role.value: reach.value for role, reach in right.items()}
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith(("4", "5")) and "$ref" in response:
            responses[status] = _REFERENCE
    responses["default"] = _REFERENCE


def _money_pattern(_: Any, field: Any, **__: Any) -> dict[str, str]:
    return {"pattern": field.pattern} if isinstance(field, Money) else {}


def _style_hash(app: Flask) -> str:
    source = app.jinja_env.get_template("documentation.css").render()
    return b64encode(sha256(source.encode()).digest()).decode()


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Mapping[str, Any]]]]:
    """Give the operations grouped by tag, as (method, path, operation)."""
    grouped: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                shared = operations.get("parameters", [])
                every = [_resolved(document, each) for each in [*shared, *operation["parameters"]]]
                grouped.setdefault(operation["tags"][0], []).append(
                    (method.upper(), path, {**operation, "parameters": every})
                )
    return grouped


def _resolved(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = node.get("$ref")
    if reference is None:
        return node
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return _resolved(document, found)


def _marked(text: str) -> Markup:
    """Write text as HTML, what stands between backquotes as code."""
    pieces = escape(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if number % 2 else piece for number, piece in enumerate(pieces)
    )


def _said(schema: Mapping[str, Any]) -> str:
    """Say in words what values a parameter takes."""
    kind = schema.get("type", "string")
    words = [kind if isinstance(kind, str) else kind[0], schema.get("format")]
    words += [f"one of {', '.join(map(str, schema['enum']))}"] if "enum" in schema else []
    words += [f"{word} {schema[name]}" for name, word in _BOUNDS.items() if schema.get(name) is not None]
    return ", ".join(word for word in words if word)


_BOUNDS = {
    "minimum": "from",
    "maximum": "to",
    "minLength": "at least as long as",
    "maxLength": "at most as long as",
    "default": "else",
    "example": "such as",
}


def _sampler(document: Mapping[str, Any]) -> Callable[[Mapping[str, Any], str], str]:
    """Give the template a function that writes an example of a schema as JSON, without what it `hides`."""

    def sample(schema: Mapping[str, Any], hides: str) -> str:
        return json.dumps(_example(document, schema, hides), ensure_ascii=False, indent=2)

    return sample


_EXAMPLES = {
    "uuid": "0192f0c1-52f7-7c4e-9d3e-0c2f8a1b4d5e",
    "date": "2018-03-15",
    "date-time": "2018-03-15T10:30:00Z",
    "email": "somebody@example.org",
    "integer": 1,
    "number": 0.5,
    "boolean": True,
    "string": "…",
    "object": {},
}


def _example(document: Mapping[str, Any], schema: Mapping[str, Any], hides: str, depth: int = 0) -> Any:
    schema = _resolved(document, schema)
    for given in (schema.get("example"), *schema.get("examples", ()), *schema.get("enum", ())):
        if given is not None:
            return given
    for choice in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        return _example(document, choice, hides, depth)
    named = schema.get("type", "object")
    kind = named if isinstance(named, str) else named[0]
    if kind == "array":
        return [_example(document, schema.get("items", {}), hides, depth + 1)] if depth < DEEPEST else []
    if kind == "object" and depth < DEEPEST:
        shown = {name: each for name, each in schema.get("properties", {}).items() if not each.get(hides)}
        return {name: _example(document, each, hides, depth + 1) for name, each in shown.items()}
    return _EXAMPLES.get(schema.get("format", kind), _EXAMPLES.get(kind))
