"""Identifiers: time-ordered for new things, derived from a name for things a programme file names."""

import os
import time
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

ENTENTE = uuid5(NAMESPACE_URL, "urn:entente")


def new_id() -> UUID:
    """Give a new UUID version 7 (RFC 9562, section 5.7): milliseconds, then randomness, so that indexes stay dense."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1)


def made_at(identifier: UUID) -> datetime:
    """Tell when an identifier of `new_id` was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def stable_id(*names: str) -> UUID:
    """Give the UUID version 5 that these names always have in Entente's namespace."""
    return uuid5(ENTENTE, "/".join(names))
