"""Tokens: only what partners signed, for us, for now, is believed; and that also while partners is down."""

import base64
import hmac
import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from chassis import identity
from chassis.errors import Unauthenticated
from chassis.identifiers import new_id
from chassis.identity import Caller, Jwk, Keyring, Role, new_signing_key, public_key, sign_token

KEY = new_signing_key()
ODILE = Caller(
    subject="odile",
    role=Role.PARTNER,
    organisation_id=new_id(),
    name="Odile",
    scopes=frozenset({"read"}),
    language="en",
)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    ring = Keyring("http://127.0.0.1:1/nobody", tmp_path / "jwks.json")
    ring.learn(public_key(KEY))
    return ring


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": identity.ISSUER, "aud": identity.AUDIENCE, "sub": "odile", "nbf": now, "exp": now + 60}
    both = {**usual, "role": "partner", "scope": "read", **changes}
    return {name: value for name, value in both.items() if value is not ...}


def signed(payload: dict[str, Any], **header: Any) -> str:
    known = {"alg": "ES256", "typ": "at+jwt", "kid": KEY["kid"], **header}
    return jwt.encode(known, payload, ECKey.import_key(KEY), algorithms=["ES256"])


def test_a_signed_token_gives_its_caller_back(keyring: Keyring) -> None:
    assert keyring.verify(sign_token(KEY, ODILE, lifetime_seconds=60)) == ODILE


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "urn:somebody:else"},
        {"aud": "urn:another:house"},
        {"exp": int(time.time()) - 31},
        {"nbf": int(time.time()) + 86_400},
        {"exp": ...},
        {"nbf": ...},
        {"iss": ...},
        {"aud": ...},
        {"sub": ...},
        {"sub": ""},
        {"exp": "9999999999"},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"role": "king"},
        {"role": ...},
        {"scope": 7},
        {"organisation_id": "not an id"},
    ],
)
def test_a_token_with_wrong_claims_is_not_believed(keyring: Keyring, change: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        keyring.verify(signed(claims(**change)))


def test_clocks_may_differ_by_half_a_minute(keyring: Keyring) -> None:
    now = int(time.time())

    assert keyring.verify(signed(claims(exp=now - 20, nbf=now + 20))).subject == "odile"


def test_a_token_of_another_type_is_not_an_access_token(keyring: Keyring) -> None:
    with pytest.raises(Unauthenticated, match="not an access token"):
        keyring.verify(signed(claims(), typ="JWT"))


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_an_unsigned_token_is_not_believed(keyring: Keyring) -> None:
    with pytest.raises(Unauthenticated):
        keyring.verify(f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': KEY['kid']})}.{part(claims())}.")


def test_a_public_key_is_not_taken_for_a_shared_secret(keyring: Keyring) -> None:
    secret = ECKey.import_key(public_key(KEY)).as_pem(private=False)
    written = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': KEY['kid']})}.{part(claims())}"
    signature = base64.urlsafe_b64encode(hmac.digest(secret, written.encode(), "sha256")).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        keyring.verify(f"{written}.{signature}")


def test_a_changed_token_is_not_believed(keyring: Keyring) -> None:
    header, _, signature = signed(claims()).split(".")

    with pytest.raises(Unauthenticated):
        keyring.verify(f"{header}.{part(claims(role='programme_office'))}.{signature}")


def test_a_key_that_only_has_the_right_name_is_not_believed(keyring: Keyring) -> None:
    with pytest.raises(Unauthenticated):
        keyring.verify(sign_token({**new_signing_key(), "kid": KEY["kid"]}, ODILE, lifetime_seconds=60))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.e30", "9" * 20_000, f"{part({})}..", "[[.[[.[["]
)
def test_nonsense_is_not_believed(keyring: Keyring, token: str) -> None:
    with pytest.raises(Unauthenticated):
        keyring.verify(token)


def test_a_partner_sees_what_it_is_party_to_and_others_see_all() -> None:
    mine, other = ODILE.organisation_id, new_id()
    homeless = Caller(subject="x", role=Role.PARTNER)

    assert ODILE.may_see(other, mine)
    assert not ODILE.may_see(other)
    assert not ODILE.may_see()
    assert not homeless.may_see(None)
    assert Caller(subject="x", role=Role.AUDITOR).may_see(other)


@dataclass
class Partners:
    """Publishes keys, and counts who asks."""

    url: str = ""
    keys: list[Jwk] = field(default_factory=list)
    asked: int = 0


@pytest.fixture
def partners() -> Iterator[Partners]:
    published = Partners()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            published.asked += 1
            body = json.dumps({"keys": published.keys}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    published.url = f"http://127.0.0.1:{server.server_port}/.well-known/jwks.json"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield published
    server.shutdown()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "jwks.json"


def a_token(key: Jwk = KEY) -> str:
    return sign_token(key, ODILE, lifetime_seconds=60)


def test_keys_are_fetched_from_partners_when_one_is_needed(partners: Partners, file: Path) -> None:
    partners.keys = [public_key(KEY)]
    ring = Keyring(partners.url, file)

    assert partners.asked == 0
    assert ring.verify(a_token()) == ODILE
    assert ring.verify(a_token()) == ODILE
    assert partners.asked == 1


def test_a_service_started_anew_verifies_while_partners_is_down(partners: Partners, file: Path) -> None:
    partners.keys = [public_key(KEY)]
    Keyring(partners.url, file).verify(a_token())

    assert Keyring("http://127.0.0.1:1/nobody", file).verify(a_token()) == ODILE


def test_kept_keys_are_public_ones_and_their_owners_alone(partners: Partners, file: Path) -> None:
    partners.keys = [KEY]
    Keyring(partners.url, file).verify(a_token())

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [set(key) & {"d"} for key in json.loads(file.read_text())["keys"]] == [set()]
    assert [each.name for each in file.parent.iterdir()] == ["jwks.json"]


def test_a_file_that_others_may_write_is_not_trusted(partners: Partners, file: Path) -> None:
    partners.keys = [public_key(KEY)]
    Keyring(partners.url, file).verify(a_token())
    file.chmod(0o666)

    with pytest.raises(Unauthenticated):
        Keyring("http://127.0.0.1:1/nobody", file).verify(a_token())


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to give a file away")
def test_a_file_of_somebody_else_is_not_trusted(partners: Partners, file: Path) -> None:
    partners.keys = [public_key(KEY)]
    Keyring(partners.url, file).verify(a_token())
    os.chown(file, 65_534, 65_534)

    with pytest.raises(Unauthenticated):
        Keyring("http://127.0.0.1:1/nobody", file).verify(a_token())


def test_unknown_keys_do_not_make_partners_busy(partners: Partners, file: Path) -> None:
    partners.keys = [public_key(KEY)]
    ring = Keyring(partners.url, file)

    for _ in range(5):
        with pytest.raises(Unauthenticated):
            ring.verify(a_token(new_signing_key()))

    assert partners.asked == 1


def test_a_new_key_is_learnt_and_a_withdrawn_one_forgotten(
    partners: Partners, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "FETCH_AT_MOST_EVERY_SECONDS", 0.0)
    partners.keys = [public_key(KEY)]
    ring = Keyring(partners.url, file)
    ring.verify(a_token())
    newer = new_signing_key()
    partners.keys = [public_key(newer)]

    assert ring.verify(a_token(newer)) == ODILE
    with pytest.raises(Unauthenticated):
        ring.verify(a_token(KEY))


def test_who_learns_a_new_key_asks_again_for_the_others(
    partners: Partners, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "FETCH_AT_MOST_EVERY_SECONDS", 0.0)
    partners.keys = [public_key(KEY)]
    ring = Keyring(partners.url, file)
    ring.verify(a_token())
    newer = public_key(new_signing_key())
    partners.keys = [newer]

    ring.learn(newer)

    with pytest.raises(Unauthenticated):
        ring.verify(a_token(KEY))


def test_a_token_that_was_believed_ends_when_it_says(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    token = a_token()
    assert keyring.verify(token) is keyring.verify(token)
    later = time.time() + 60 + identity.LEEWAY_SECONDS + 1

    monkeypatch.setattr(time, "time", lambda: later)

    with pytest.raises(Unauthenticated):
        keyring.verify(token)


def test_a_token_that_was_believed_is_not_when_its_key_is_withdrawn(
    partners: Partners, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "FETCH_AT_MOST_EVERY_SECONDS", 0.0)
    partners.keys = [public_key(KEY)]
    ring, token, newer = Keyring(partners.url, file), a_token(), new_signing_key()
    assert ring.verify(token) is ring.verify(token)
    partners.keys = [public_key(newer)]
    ring.verify(a_token(newer))

    with pytest.raises(Unauthenticated):
        ring.verify(token)


def test_only_so_many_tokens_are_remembered(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "REMEMBERED_TOKENS", 1)
    first, second = a_token(), a_token()
    kept = keyring.verify(first)
    keyring.verify(second)

    assert keyring.verify(first) == kept
    assert keyring.verify(first) is not kept


def test_keys_are_asked_for_again_after_their_time(
    partners: Partners, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "FETCH_AT_MOST_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(identity, "KEYS_FRESH_SECONDS", 0.0)
    partners.keys = [public_key(KEY)]
    ring = Keyring(partners.url, file)
    ring.verify(a_token())
    partners.keys = []

    with pytest.raises(Unauthenticated):
        ring.verify(a_token())


def test_a_key_of_ones_own_is_trusted_until_partners_publishes_others(
    partners: Partners, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "FETCH_AT_MOST_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(identity, "KEYS_FRESH_SECONDS", 0.0)
    ring = Keyring(partners.url, file)
    ring.learn(public_key(KEY))
    partners.keys = [public_key(KEY)]
    assert ring.verify(a_token()) == ODILE

    partners.keys = [public_key(new_signing_key())]
    with pytest.raises(Unauthenticated):
        ring.verify(a_token())


@pytest.mark.parametrize(
    "kept", ["", "{}", "[]", '{"keys": [7]}', '{"keys": [{"kty": "EC", "crv": "P-256", "kid": "a"}]}']
)
def test_a_broken_file_of_keys_does_not_stop_a_service(file: Path, kept: str) -> None:
    file.parent.mkdir()
    file.write_text(kept)

    with pytest.raises(Unauthenticated):
        Keyring("http://127.0.0.1:1/nobody", file).verify(a_token())
