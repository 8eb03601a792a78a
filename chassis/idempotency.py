"""A POST that may be repeated: the answer is kept in the transaction that made it true, and given again."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Response, current_app, make_response, request
from sqlalchemy import DateTime, LargeBinary, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import strict_json
from chassis.database import ChassisBase, transaction
from chassis.errors import Refusal, Unauthenticated
from chassis.request import ANONYMOUS, answer_headers, caller
from chassis.service import current

HEADER = "Idempotency-Key"
PURGE_EVERY_SECONDS = 3600

_KEY = re.compile(r"[\x21-\x7e]{8,255}")
P = ParamSpec("P")


class IdempotencyKeyMissing(Refusal):
    """The POST does not say what makes it unique."""

    code, title = "idempotency-key-missing", "Idempotency-Key missing"


class IdempotencyKeyReused(Refusal):
    """The key came before, with another body."""

    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-key-reused"
    title = "Idempotency-Key used before"


class StillBeingAnswered(Refusal):
    """The same call is being answered at this moment."""

    status, code, title = HTTPStatus.CONFLICT, "still-being-answered", "Still being answered"


class IdempotencyKey(ChassisBase):
    """The answer to one call. It may hold a secret that is shown once, so only the caller's key opens it."""

    __tablename__ = "idempotency_keys"

    name: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp(), init=False, index=True
    )


def idempotent(view: Callable[P, Any]) -> Callable[P, Response]:
    """Answer the same call only once: outermost under `route`, it opens the transaction around the whole view.

    The same Idempotency-Key with the same body gives the same status, headers and body again; a failed answer is not
    kept. Raises IdempotencyKeyMissing, IdempotencyKeyReused, StillBeingAnswered.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        key, name = _key_and_name()
        fingerprint = _fingerprint()
        with transaction() as session:
            kept = _kept(session, name)
            if kept is not None:
                return _replay(kept, key, fingerprint)
            fresh = make_response(view(*args, **kwargs))
            fresh.headers.update(answer_headers())
            if fresh.status_code < 400:
                session.add(IdempotencyKey(name=name, fingerprint=fingerprint, answer=_sealed(fresh, key, name)))
                _purge_sometimes(session)
        return fresh

    answer.asks_for_key = True  # type: ignore[attr-defined]  # the documentation asks for the header
    return answer


def _key_and_name() -> tuple[bytes, bytes]:
    key = request.headers.get(HEADER, "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMissing(
            f"Send a header {HEADER} of 8 to 255 characters, such as a new UUID, and the same if you repeat the call."
        )
    try:
        subject = caller().subject
    except Unauthenticated:
        subject = ANONYMOUS
    return key.encode(), hashlib.sha256("\0".join((subject, str(request.endpoint), key)).encode()).digest()


def _fingerprint() -> bytes:
    target = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(target + request.get_data(cache=True)).digest()


def _kept(session: Session, name: bytes) -> IdempotencyKey | None:
    """Take the lock of this call until the transaction ends, then look whether it was answered."""
    lock = int.from_bytes(name[:8], signed=True)
    if not session.scalar(select(func.pg_try_advisory_xact_lock(lock))):
        raise StillBeingAnswered("The same call is being answered: repeat it in a moment.", retry_after=1)
    return session.get(IdempotencyKey, name)


def _replay(kept: IdempotencyKey, key: bytes, fingerprint: bytes) -> Response:
    if kept.fingerprint != fingerprint:
        raise IdempotencyKeyReused(f"This {HEADER} came with another call: use a new one for a new call.")
    opened = _cipher(key, kept.name).decrypt(kept.answer[:12], kept.answer[12:], None)
    head, _, body = opened.partition(b"\n")
    facts: Mapping[str, Any] = strict_json.loads(head)
    return Response(body, facts["status"], {**facts["headers"], "Idempotency-Replayed": "true"})


def _sealed(fresh: Response, key: bytes, name: bytes) -> bytes:
    facts = {"status": fresh.status_code, "headers": dict(fresh.headers)}
    nonce = os.urandom(12)
    opened = current_app.json.dumps(facts).encode() + b"\n" + fresh.get_data()
    return nonce + _cipher(key, name).encrypt(nonce, opened, None)


def _cipher(key: bytes, name: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=name, info=b"kept answer").derive(key))


_next_purge: dict[str, float] = {}


def _purge_sometimes(session: Session) -> None:
    """Forget the answers past their time, at most once an hour per service and process."""
    service, now = current(), time.monotonic()
    if now >= _next_purge.get(service.name, 0):
        _next_purge[service.name] = now + PURGE_EVERY_SECONDS
        purge(session)


def purge(session: Session) -> None:
    """Forget the answers kept for longer than the setting says."""
    age = func.make_interval(0, 0, 0, current().settings.idempotency_days)
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.kept_at < func.clock_timestamp() - age))
