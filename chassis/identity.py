"""Who calls: roles, rights and signed tokens (JWT, RFC 9068), verified here without asking anybody."""

import hashlib
import json
import os
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, TypeAlias
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from chassis.errors import Unauthenticated
from chassis.identifiers import new_id
from chassis.settings import Settings

ALGORITHM = "ES256"
ISSUER = "urn:entente:partners"
AUDIENCE = "urn:entente"
TOKEN_TYPE = "at+jwt"  # noqa: S105  the media type that RFC 9068 gives to access tokens
READ, WRITE = "read", "write"
"""The scopes: `read` allows the safe methods, `write` the others; the role's rights apply on top."""

_UNREADABLE = (JoseError, ValueError, KeyError, TypeError, AttributeError)
"""What crooked tokens and keys make the library and our own reading raise."""

LEEWAY_SECONDS = 30
FETCH_TIMEOUT_SECONDS = 2.0
FETCH_AT_MOST_EVERY_SECONDS = 10.0
FETCH_AGAIN_SECONDS = 1.0
KEYS_FRESH_SECONDS = 60.0
REMEMBERED_TOKENS = 10_000


class Role(StrEnum):
    """What somebody is to the programme."""

    PROGRAMME_OFFICE = "programme_office"
    PARTNER = "partner"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Reach(StrEnum):
    """How far a right goes: everything, or only what the caller is party to."""

    ALL = "all"
    OWN = "own"


class Public(StrEnum):
    """Marks an endpoint that asks for no token."""

    PUBLIC = "public"


PUBLIC: Final = Public.PUBLIC
Rights: TypeAlias = Mapping[str, Mapping[Role, Reach] | Public]
"""Endpoint → role → reach; a role that is not named may not."""

Jwk: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who calls, as the token says; `organisation_id` is what a partner acts for, `language` is `fr` or `en`."""

    subject: str
    role: Role
    organisation_id: UUID | None = None
    name: str = ""
    scopes: frozenset[str] = frozenset({READ, WRITE})
    language: str = "fr"

    def may_see(self, *organisation_ids: UUID | None) -> bool:
        """Tell whether what these organisations are party to is theirs to see; only a partner's view is limited."""
        return self.role is not Role.PARTNER or (
            self.organisation_id is not None and self.organisation_id in organisation_ids
        )


def new_signing_key() -> Jwk:
    """Make a private key (JWK, RFC 7517) that signs tokens; its `kid` is its thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    return dict(key.as_dict(private=True))


def public_key(private_jwk: Mapping[str, Any]) -> Jwk:
    """Give the half of a signing key that everybody may know, for `/.well-known/jwks.json`."""
    return dict(ECKey.import_key(dict(private_jwk)).as_dict(private=False))


def sign_token(private_jwk: Mapping[str, Any], caller: Caller, *, lifetime_seconds: int) -> str:
    """Sign an access token for `caller`; it lives in real time, whatever the programme's clock says."""
    issued_at = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": caller.subject,
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + lifetime_seconds,
        "jti": str(new_id()),
        "scope": " ".join(sorted(caller.scopes)),
        "role": caller.role.value,
        "organisation_id": str(caller.organisation_id) if caller.organisation_id else None,
        "name": caller.name,
        "language": caller.language,
    }
    header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": private_jwk["kid"]}
    return jwt.encode(header, claims, ECKey.import_key(dict(private_jwk)), algorithms=[ALGORITHM])


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was verified: for whom it speaks, by which key, from when until when, in seconds of the epoch."""

    caller: Caller
    kid: str
    key: ECKey
    begins: float
    ends: float

    def holds(self, now: float) -> bool:
        return self.begins - LEEWAY_SECONDS <= now < self.ends + LEEWAY_SECONDS


class Keyring:
    """The public keys that tokens are checked with: fetched from `partners`, kept on disk for when it is down."""

    def __init__(self, url: str, kept_in: Path) -> None:
        self._url, self._file = url, kept_in
        self._lock, self._remembering = threading.Lock(), threading.Lock()
        self._next_fetch = self._fresh_until = 0.0
        self._learnt: dict[str, tuple[ECKey, float]] = {}
        self._fetched = _read_keys(self._file)
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings) -> "Keyring":
        """Make the keyring of a service; it knows at once the keys that an earlier run kept."""
        return cls(f"{settings.partners_url}/.well-known/jwks.json", settings.state_directory / "jwks.json")

    def learn(self, *jwks: Mapping[str, Any]) -> None:
        """Trust these keys too, until `partners` publishes others: it knows its own without asking itself.

        One that is new may stand in the place of one that was stolen: the others are soon asked for again.
        """
        now, learnt = time.monotonic(), _usable(list(jwks))
        if any(self._known(kid) is None for kid in learnt):
            self._fresh_until = 0.0
        self._learnt.update({kid: (key, now) for kid, key in learnt.items()})

    def verify(self, token: str) -> Caller:
        """Give the caller that a token speaks for.

        A token once verified is remembered by its digest: until it ends, and as long as its key is trusted.
        Raises Unauthenticated for a token that is not ours, not valid now, or signed by a key nobody published.
        """
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._verified.get(digest)
        if known and known.holds(time.time()) and self._trusted(known.kid) is known.key:
            return known.caller
        try:
            found = self._verify(token)
        except (*_UNREADABLE, RecursionError) as error:
            raise Unauthenticated("The access token is not valid, or no longer: ask for a new one.") from error
        self._remember(digest, found)
        return found.caller

    def _verify(self, token: str) -> "_Verified":
        keys: list[ECKey] = []
        parsed = jwt.decode(token, lambda signed: self._key_of(signed, keys), algorithms=[ALGORITHM])
        if parsed.header.get("typ") != TOKEN_TYPE:
            raise Unauthenticated("This is not an access token: ask for one at /v1/oauth/token.")
        _CLAIMS.validate(parsed.claims)
        claims = parsed.claims
        return _Verified(_caller_of(claims), str(parsed.header["kid"]), keys[0], claims["nbf"], claims["exp"])

    def _key_of(self, signed: Any, used: list[ECKey]) -> ECKey:
        kid = str(signed.headers()["kid"])
        key = self._trusted(kid)
        if key is None:
            raise KeyError(kid)
        used.append(key)
        return key

    def _remember(self, digest: bytes, verified: "_Verified") -> None:
        with self._remembering:
            self._verified[digest] = verified
            if len(self._verified) > REMEMBERED_TOKENS:
                self._verified.popitem(last=False)

    def _trusted(self, kid: str) -> ECKey | None:
        """Give the key of that name, if it is one of `partners`; asks for its keys where ours are old or lack it."""
        if self._known(kid) is None or time.monotonic() > self._fresh_until:
            self._fetch(kid)
        return self._known(kid)

    def _known(self, kid: str) -> ECKey | None:
        key, _ = self._learnt.get(kid, (None, 0.0))
        return key or self._fetched.get(kid)

    def _fetch(self, kid: str) -> None:
        """Ask `partners` for its keys, unless somebody just did; keys it no longer gives are no longer trusted.

        Where the key is known and the others are only old, one request asks and the others do not wait for it.
        """
        if not self._lock.acquire(blocking=self._known(kid) is None):
            return
        try:
            began = time.monotonic()
            if began < self._next_fetch:
                return
            self._next_fetch = began + FETCH_AT_MOST_EVERY_SECONDS
            keys = self._published()
            if keys is None:
                self._next_fetch = time.monotonic() + FETCH_AGAIN_SECONDS
                return
            self._fetched, self._fresh_until = keys, time.monotonic() + KEYS_FRESH_SECONDS
            self._learnt = {kid: (key, at) for kid, (key, at) in self._learnt.items() if at > began}
            _write_keys(self._file, {"keys": [dict(key.as_dict(private=False)) for key in keys.values()]})
        finally:
            self._lock.release()

    def _published(self) -> dict[str, ECKey] | None:
        try:
            answer = httpx.get(self._url, timeout=FETCH_TIMEOUT_SECONDS).raise_for_status()
            return _usable(answer.json()["keys"])
        except (httpx.HTTPError, *_UNREADABLE):
            return None


_CLAIMS = jwt.JWTClaimsRegistry(
    leeway=LEEWAY_SECONDS,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
    nbf={"essential": True},
)


def _caller_of(claims: Mapping[str, Any]) -> Caller:
    organisation_id = claims.get("organisation_id")
    return Caller(
        subject=str(claims["sub"]),
        role=Role(claims["role"]),
        organisation_id=UUID(organisation_id) if organisation_id else None,
        name=str(claims.get("name", "")),
        scopes=frozenset(claims["scope"].split()),
        language="en" if claims.get("language") == "en" else "fr",
    )


def _usable(jwks: list[Any]) -> dict[str, ECKey]:
    """Keep the elliptic public keys that have a name; a shared secret or another algorithm is never taken."""
    usable = [jwk for jwk in jwks if (jwk.get("kty"), jwk.get("crv")) == ("EC", "P-256") and jwk.get("kid")]
    return {
        jwk["kid"]: ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y", "kid")}) for jwk in usable
    }


def _read_keys(file: Path) -> dict[str, ECKey]:
    """Read kept keys; a file that somebody else may have written is not trusted."""
    try:
        state = file.stat()
        if state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
            return {}
        return _usable(json.loads(file.read_text("utf-8"))["keys"])
    except (OSError, *_UNREADABLE):
        return {}


def _write_keys(file: Path, jwks: Mapping[str, Any]) -> None:
    """Replace the file in one step, readable by its owner alone; a full disk costs nothing but the copy."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=".jwks", delete=False) as copy:
            json.dump(jwks, copy)
        Path(copy.name).replace(file)
    except OSError:
        return
