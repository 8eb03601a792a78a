"""Programs that may ask for tokens, and the keys that tokens are verified with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis.pagination import paginate
from services.partners.domain.client import Client
from services.partners.domain.signing_key import SigningKey
from services.partners.queries.page import Page

RETIRED_KEYS_STAY = timedelta(days=1)
"""How long a retired key stays published: longer than any access token lives."""


def clients(session: Session, *, page: Page) -> dict[str, Any]:
    """Give the programs that may ask for tokens, revoked ones included, the latest first."""
    return paginate(session, select(Client), Client.id.desc(), page=page)


def published_keys(session: Session) -> list[dict[str, Any]]:
    """Give the public keys that a valid token may be signed with, the current one first."""
    since = datetime.now(UTC) - RETIRED_KEYS_STAY
    statement = (
        select(SigningKey.public)
        .where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > since))
        .order_by(SigningKey.created_at.desc())
    )
    return list(session.scalars(statement))
