"""The keys that sign tokens: the private half encrypted at rest, the public half given to everybody."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from cryptography.fernet import Fernet
from sqlalchemy import JSON, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identity import Jwk, public_key
from services.partners.domain.base import Base


class SigningKey(Base):
    """A key pair; the one that is not retired signs, a retired one is published until its last token has ended."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        Index(
            "signing_keys_current",
            text("(retired_at IS NULL)"),
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[dict[str, Any]] = mapped_column(JSON)
    encrypted: Mapped[bytes] = mapped_column(repr=False)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def sealed(cls, private_jwk: Mapping[str, Any], encryption_key: str, *, now: datetime) -> "SigningKey":
        """Keep a private key; `encryption_key` is the base64url of 32 bytes.

        Raises ValueError for another encryption key.
        """
        encrypted = Fernet(encryption_key).encrypt(json.dumps(dict(private_jwk)).encode())
        return cls(kid=private_jwk["kid"], public=public_key(private_jwk), encrypted=encrypted, created_at=now)

    def opened(self, encryption_key: str) -> Jwk:
        """Give the private key.

        Raises cryptography.fernet.InvalidToken where it was sealed with another encryption key.
        """
        return cast(Jwk, json.loads(Fernet(encryption_key).decrypt(self.encrypted)))
