"""Refusals: sentences for people, each with the HTTP status and the code it answers with."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar


class Refusal(Exception):
    """What was asked cannot be done; `detail` says why and what to do instead.

    `errors` maps a JSON pointer into the input to what is wrong there, where changing the input mends it.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str, errors: Mapping[str, Sequence[str]] | None = None, **more: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors: Mapping[str, Sequence[str]] = errors or {}
        self.more = more


class RuleBroken(Refusal):
    """A rule of the domain forbids it in the present state."""

    status, code, title = HTTPStatus.CONFLICT, "rule-broken", "A rule forbids this"


class NotYetKnown(Refusal):
    """It names something whose event has not arrived here yet: worth trying again soon."""

    status, code, title = HTTPStatus.CONFLICT, "not-yet-known", "Not known here yet"


class NotFound(Refusal):
    """Nothing of that name exists, or the caller may not know that it does."""

    status, code, title = HTTPStatus.NOT_FOUND, "not-found", "Not found"


class Unauthenticated(Refusal):
    """Who asks is not known."""

    status, code, title = HTTPStatus.UNAUTHORIZED, "unauthenticated", "Sign in first"


class Forbidden(Refusal):
    """Who asks is known and may not do it."""

    status, code, title = HTTPStatus.FORBIDDEN, "forbidden", "Not allowed"


class InvalidInput(Refusal):
    """The input is well-formed and wrong."""

    status, code, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-input", "Invalid input"


class PreconditionFailed(Refusal):
    """The object changed since the caller read it."""

    status, code, title = HTTPStatus.PRECONDITION_FAILED, "precondition-failed", "Changed in the meantime"


class PreconditionRequired(Refusal):
    """The call must name the version it speaks of."""

    status, code, title = HTTPStatus.PRECONDITION_REQUIRED, "precondition-required", "Name the version"
