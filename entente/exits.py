"""How a command ends: its exit code, and one sentence that says what to do when it did not go well."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from chassis.errors import InvalidInput, Refusal


class Exit(IntEnum):
    """What the exit code of every command means."""

    WELL = 0
    CHECK_FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    BUG = 70


MEANINGS = {
    Exit.WELL: "done, and all checks are true",
    Exit.CHECK_FAILED: "a check failed; the lines above say which",
    Exit.USAGE: "the command or a setting is written wrongly",
    Exit.UNREACHABLE: "PostgreSQL, RabbitMQ, a service or a port could not be reached",
    Exit.REFUSED: "a rule or a file's content forbids it; nothing was changed",
    Exit.BUG: "an error nobody foresaw; --debug shows where",
}


class Stopped(Exception):
    """A command cannot go on: `str()` is the sentence, `code` the exit code."""

    def __init__(self, sentence: str, code: Exit) -> None:
        super().__init__(sentence)
        self.code = code


class Unreachable(Stopped):
    """Something outside does not answer."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, Exit.UNREACHABLE)


class Misused(Stopped):
    """A setting or an argument is missing or malformed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, Exit.USAGE)


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what libraries and services raise into `Stopped`.

    Raises Stopped; whatever is no foreseen way to end passes as it is.
    """
    try:
        yield
    except InvalidInput as refusal:
        places = "".join(f"\n  {place}: {' '.join(said)}" for place, said in refusal.errors.items())
        raise Stopped(f"{refusal.detail}{places}", Exit.REFUSED) from refusal
    except Refusal as refusal:
        raise Stopped(refusal.detail, Exit.REFUSED) from refusal
    except OSError as error:
        if error.filename is None:
            raise Unreachable(f"{_plain(error)}. Is it running, and does its address stand in the settings?") from error
        raise Stopped(f"{error.filename}: {error.strerror}.", Exit.USAGE) from error
    except Exception as error:
        if (sentence := _unreachable(error)) is not None:
            raise Unreachable(sentence) from error
        raise


def _plain(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__


def _unreachable(error: Exception) -> str | None:
    """Know by its class what could not be reached; libraries are asked only when something failed."""
    import httpx
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError):
        reason = _plain(error.orig) if isinstance(error.orig, Exception) else _plain(error)
        return f"PostgreSQL cannot be reached: {reason}. Correct DATABASE_URL, or leave it empty for the embedded one."
    if isinstance(error, httpx.TransportError):
        return f"{error.request.url} cannot be reached: {_plain(error)}. Start it, or correct its address."
    return None
