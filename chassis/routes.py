"""How endpoints are written: flask-smorest's blueprint, reading its arguments strictly."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import flask_smorest
from flask import Response
from flask_smorest.utils import resolve_schema_instance
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser

from chassis import strict_json
from chassis.answers import write_quickly
from chassis.errors import InvalidInput
from chassis.problems import Malformed, UnsupportedMediaType

View = TypeVar("View", bound=Callable[..., Any])


class StrictParser(FlaskParser):
    """Reads arguments strictly: JSON by its standard, anything else refused, every error with a pointer.

    A parameter that nobody knows is refused too: a filter with a slip in its name would show more than was asked for.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        """Read the body.

        Raises UnsupportedMediaType or Malformed.
        """
        body = req.get_data(cache=True)
        if body and req.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as JSON, with Content-Type: application/json.")
        try:
            return strict_json.loads(body or b"{}")
        except ValueError as error:
            raise Malformed(f"The body is not UTF-8 JSON: {error}.") from error

    def handle_error(self, error: Any, *_: Any, **__: Any) -> Any:
        """Refuse arguments that do not fit their schema.

        Raises InvalidInput.
        """
        found: dict[str, list[str]] = {}
        for messages in error.messages.values():
            for pointer, detail in _pointed(messages):
                found.setdefault(pointer, []).append(detail)
        raise InvalidInput("Some values are missing or wrong: correct those listed.", found) from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # the library tells no types
    """Routes of one noun: one function per method, since rights are given by function."""

    ARGUMENTS_PARSER = StrictParser()

    if TYPE_CHECKING:
        route: Callable[..., Callable[[View], View]]
        arguments: Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]
        response: Callable[..., Callable[[Callable[..., Any]], Callable[..., Response]]]
        doc: Callable[..., Callable[[View], View]]
    else:

        def arguments(self, schema: Any, **described: Any) -> Any:
            """Take arguments by a schema, made once rather than for each call."""
            return super().arguments(resolve_schema_instance(schema), **described)

        def response(self, status_code: int, schema: Any = None, **described: Any) -> Any:
            """Answer with what a schema writes, quickly."""
            if schema is not None and not isinstance(schema, str | dict):
                schema = write_quickly(resolve_schema_instance(schema))
            return super().response(status_code, schema, **described)


def takes_files(view: View) -> View:
    """Let the body of a call be as large as a file: directly under `route`."""
    view.takes_files = True  # type: ignore[attr-defined]  # the door asks the view how much it takes
    return view


def answers(*statuses: int) -> Callable[[View], View]:
    """Say which errors a view can answer with beside those that every such call can: directly under `route`."""

    def mark(view: View) -> View:
        view.answers = statuses  # type: ignore[attr-defined]  # the description asks the view
        return view

    return mark


def _pointed(messages: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Give marshmallow's tree of messages as (JSON pointer, message)."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from _pointed(below, pointer + step)
    elif isinstance(messages, Sequence) and not isinstance(messages, str):
        for message in messages:
            yield from _pointed(message, pointer)
    else:
        yield pointer, str(messages)
