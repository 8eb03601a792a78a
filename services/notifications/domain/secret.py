"""Secrets: webhook keys encrypted at rest, and links that only we can have written."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from chassis.errors import NotFound, RuleBroken

PREFIX = "whsec_"
SECRET_BYTES = 32
"""Between 24 and 64 (Standard Webhooks, "Signature scheme")."""
MARK_BYTES = 16
_NO_LINK = "This link is not one that we wrote, or it was cut short: open it again from the e-mail."


def new_secret() -> str:
    """Mint a webhook secret, as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


class Vault:
    """Seals and opens with the key of the environment (base64url of 32 bytes).

    Raises RuleBroken when the key is missing or is none.
    """

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
            self._marking = hmac.digest(base64.urlsafe_b64decode(key), b"entente unsubscribe links", hashlib.sha256)
        except ValueError as error:
            sentence = "Webhook secrets need ENTENTE_ENCRYPTION_KEY: set it to the base64url of 32 random bytes."
            raise RuleBroken(sentence) from error

    def seal(self, secret: str) -> str:
        """Encrypt a secret (Fernet: AES-128-CBC with HMAC-SHA256)."""
        return self._fernet.encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt a secret.

        Raises RuleBroken when it was sealed with another key.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise RuleBroken(
                "This secret was sealed with another ENTENTE_ENCRYPTION_KEY: set that key again."
            ) from error

    def link_token(self, person_id: UUID) -> str:
        """Give the token of a person's link: its id, marked by us; the same each time, so that nothing is stored."""
        return base64.urlsafe_b64encode(person_id.bytes + self._mark(person_id)).rstrip(b"=").decode()

    def person_of(self, token: str) -> UUID:
        """Give whose link this is.

        Raises NotFound for a token that we did not write.
        """
        try:
            written = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            person_id, mark = UUID(bytes=written[:16]), written[16:]
        except ValueError as error:
            raise NotFound(_NO_LINK) from error
        if not hmac.compare_digest(mark, self._mark(person_id)):
            raise NotFound(_NO_LINK)
        return person_id

    def _mark(self, person_id: UUID) -> bytes:
        return hmac.digest(self._marking, person_id.bytes, hashlib.sha256)[:MARK_BYTES]
