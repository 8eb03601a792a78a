"""Why something happens: correlation, causation, actor and trace, carried through every hop."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from chassis.identifiers import new_id


@dataclass(frozen=True, slots=True)
class Cause:
    """What a change answers to; `traceparent` is a W3C Trace Context header."""

    correlation_id: str
    causation_id: str | None
    actor: str
    traceparent: str

    def next_span(self) -> "Cause":
        """Give the same cause, one span further in the same trace."""
        return replace(self, traceparent=child_of(self.traceparent))


def new_traceparent() -> str:
    """Start a trace (W3C Trace Context, version 00, sampled)."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def child_of(traceparent: str) -> str:
    """Give a new span in the trace of `traceparent`."""
    version, trace, _, flags = traceparent.split("-")
    return f"{version}-{trace}-{secrets.token_hex(8)}-{flags}"


_cause: ContextVar[Cause | None] = ContextVar("cause", default=None)


def current_cause() -> Cause:
    """Give the cause in force, or a new one for work that nobody asked for, such as a timer's."""
    return _cause.get() or Cause(str(new_id()), None, "system", new_traceparent())


@contextmanager
def acting(cause: Cause) -> Iterator[Cause]:
    """Let everything inside answer to `cause`."""
    token = _cause.set(cause)
    try:
        yield cause
    finally:
        _cause.reset(token)
