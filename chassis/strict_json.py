"""JSON as the standard has it (RFC 8259): what Python reads beyond it means one thing here and another elsewhere."""

import json
import re
from math import isfinite
from typing import Any

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(text: str | bytes) -> Any:
    """Read UTF-8 JSON without NaN, Infinity, repeated keys or halves of characters.

    Raises ValueError, whose message says what is wrong.
    """
    written = text.decode("utf-8") if isinstance(text, bytes) else text
    try:
        value = json.loads(written, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _SURROGATE.search(written):
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(number: str) -> float:
    if isfinite(read := float(number)):
        return read
    raise ValueError(f"{number} is too large")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a key is there twice")
    return read
