"""Let programs in, and shut them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.identifiers import new_id
from chassis.identity import Role
from services.partners.domain.client import Client
from services.partners.domain.person import ensure_the_role_fits
from services.partners.domain.secret import digest, new_secret
from services.partners.use_cases.organisations import hold_organisation


@dataclass(frozen=True, kw_only=True)
class NewClient:
    """A program and its secret, which is not kept and cannot be shown again."""

    client: Client
    client_secret: str


def register_client(
    session: Session, *, name: str, role: Role, organisation_id: UUID | None = None, scopes: Sequence[str]
) -> NewClient:
    """Let a program ask for tokens.

    Raises InvalidInput for a partner of no organisation, NotFound for an unknown organisation, RuleBroken for
    one that was merged into another.
    """
    ensure_the_role_fits(role, organisation_id)
    if organisation_id is not None:
        hold_organisation(session, organisation_id)
    secret = new_secret()
    client = Client(
        id=new_id(),
        name=name,
        role=role,
        organisation_id=organisation_id,
        scopes=list(scopes),
        secret_digest=digest(secret),
        created_at=datetime.now(UTC),
    )
    session.add(client)
    return NewClient(client=client, client_secret=secret)


def revoke_client(session: Session, *, client_id: UUID) -> None:
    """Give a program no token any more.

    Raises NotFound, RuleBroken.
    """
    session.get_one(Client, client_id, with_for_update=True).revoke(at=datetime.now(UTC))
