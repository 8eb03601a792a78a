"""Give access tokens: to programs by their secret, to people by the chain of their sign-in (RFC 6749)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from chassis.identifiers import new_id
from chassis.identity import Caller, sign_token
from chassis.service import current
from services.partners.domain.client import Client
from services.partners.domain.oauth import OAuthError
from services.partners.domain.person import Person, RefreshToken
from services.partners.domain.secret import digest, new_secret
from services.partners.use_cases.signing_keys import current_signing_key


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a grant gives; seconds until the access token ends."""

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


def grant_to_client(session: Session, *, client_id: str, client_secret: str, scope: str | None) -> Tokens:
    """Give a program its token (RFC 6749, section 4.4), for its scopes or the fewer it asks for.

    Raises OAuthError.
    """
    known_as = identifier_in(client_id)
    client = session.get(Client, known_as) if known_as else None
    if client is None or not client.proves(client_secret):
        raise OAuthError("invalid_client", "This client is not known, its secret is wrong, or it was revoked.")
    asked = frozenset((scope or " ".join(client.scopes)).split())
    if not asked <= frozenset(client.scopes):
        raise OAuthError("invalid_scope", f"This client may ask for: {' '.join(client.scopes)}.")
    return _sign(session, client.caller(asked))


def refresh(session: Session, *, refresh_token: str) -> Tokens | None:
    """Give the next pair of tokens of a sign-in (RFC 6749, section 6), or None where it has ended.

    A refresh token used twice is held by two, one of them a thief: the whole sign-in ends (RFC 9700, section 4.14.2).
    That must be committed, so it comes back as None and is not raised.
    """
    statement = (
        select(RefreshToken)
        .where(RefreshToken.token_digest == digest(refresh_token))
        .options(joinedload(RefreshToken.person))
        .with_for_update(of=RefreshToken)
    )
    held, now = session.scalar(statement), datetime.now(UTC)
    if held is None:
        return None
    if held.reused:
        _revoke_family(session, held.family_id, now)
        return None
    if not held.usable(now=now):
        return None
    held.used_at = now
    return tokens_for(session, held.person, family_id=held.family_id, now=now)


def tokens_for(session: Session, person: Person, *, family_id: UUID, now: datetime) -> Tokens:
    """Give a person an access token, and the refresh token that gives the next one."""
    secret = new_secret()
    session.add(RefreshToken.of(new_id(), family_id, person, secret, now=now))
    return _sign(session, person.caller(), refresh_token=secret)


def _sign(session: Session, caller: Caller, *, refresh_token: str | None = None) -> Tokens:
    lifetime = current().settings.token_lifetime_seconds
    access_token = sign_token(current_signing_key(session), caller, lifetime_seconds=lifetime)
    scope = " ".join(sorted(caller.scopes))
    return Tokens(access_token=access_token, expires_in=lifetime, scope=scope, refresh_token=refresh_token)


def _revoke_family(session: Session, family_id: UUID, now: datetime) -> None:
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def identifier_in(text: str) -> UUID | None:
    """Give the identifier that `text` writes, or None where it writes none."""
    try:
        return UUID(text)
    except ValueError:
        return None
