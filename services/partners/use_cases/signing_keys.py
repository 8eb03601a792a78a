"""Keep the keys that sign tokens: one signs, the ones before it stay published until their tokens have ended."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.identity import Jwk, new_signing_key
from chassis.service import current
from services.partners.domain.signing_key import SigningKey

_LOCK = 0x6B657973
"""Key of the advisory lock that lets one new key be made at a time."""


def current_signing_key(session: Session) -> Jwk:
    """Give the private key that signs now; the first call of a new installation makes it.

    Raises RuntimeError without ENTENTE_ENCRYPTION_KEY, cryptography.fernet.InvalidToken with another one than before.
    """
    key = _current(session)
    if key is None:
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        key = _current(session) or _make(session)
    current().keyring.learn(key.public)
    return key.opened(_encryption_key())


def rotate_signing_key(session: Session) -> str:
    """Sign with a new key from now on, and give its id; tokens signed with the one before stay valid to their end."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if former := _current(session):
        former.retired_at = datetime.now(UTC)
        session.flush()
    return _make(session).kid


def _current(session: Session) -> SigningKey | None:
    return session.scalar(select(SigningKey).where(SigningKey.retired_at.is_(None)))


def _make(session: Session) -> SigningKey:
    key = SigningKey.sealed(new_signing_key(), _encryption_key(), now=datetime.now(UTC))
    session.add(key)
    return key


def _encryption_key() -> str:
    key = current().settings.encryption_key
    if not key:
        raise RuntimeError("Set ENTENTE_ENCRYPTION_KEY to the base64url of 32 random bytes: it seals the signing keys.")
    return key
