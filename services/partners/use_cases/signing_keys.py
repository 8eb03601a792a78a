"""Keep the keys that sign tokens: one signs, the ones before it stay published until their tokens have ended."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from chassis.errors import NotFound
from chassis.identity import Jwk, new_signing_key
from chassis.service import current
from services.partners.domain.signing_key import SigningKey

PUBLISHED_AHEAD_SECONDS = 15.0
"""How long a key is published before it signs: longer than a service waits between two looks for unknown keys."""
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


def prepare_signing_key(session: Session) -> str:
    """Publish a new key that does not sign yet, and give its id.

    `PUBLISHED_AHEAD_SECONDS` later every service that meets it has it or may fetch it, and it can sign.
    """
    key = _make(session)
    key.retired_at = key.created_at
    return key.kid


def rotate_signing_key(session: Session, *, kid: str) -> None:
    """Sign with a prepared key from now on; tokens signed with the one before stay valid to their end.

    Raises NotFound where no such key was prepared.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    prepared = session.get(SigningKey, kid)
    if prepared is None:
        raise NotFound(f"No key {kid} was prepared.")
    if former := _current(session):
        former.retired_at = datetime.now(UTC)
        session.flush()
    prepared.retired_at = None


def revoke_signing_keys(session: Session) -> tuple[str, Sequence[str]]:
    """Publish no key any more but a new one, which signs at once; give its id, and those of the keys that are gone.

    For a key that somebody else may hold: what it signed is refused wherever the published keys are looked up again,
    within `chassis.identity.KEYS_FRESH_SECONDS`.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    gone = session.scalars(delete(SigningKey).returning(SigningKey.kid)).all()
    return _make(session).kid, gone


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
