"""Bearer secrets: long and random, shown once, kept as a digest.

A plain SHA-256 is right here: 256 random bits cannot be guessed, so slow hashing would only cost each call.
"""

import hmac
import secrets
from hashlib import sha256


def new_secret() -> str:
    """Give 256 random bits in URL-safe letters."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Give what is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def matches(secret: str, kept: str) -> bool:
    """Tell in constant time whether `secret` is the one whose digest was kept."""
    return hmac.compare_digest(digest(secret), kept)
