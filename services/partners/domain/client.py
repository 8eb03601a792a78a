"""API clients: programs that act for an organisation or the programme office by OAuth2 client credentials."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.errors import RuleBroken
from chassis.identity import Caller, Role
from services.partners.domain.base import Base
from services.partners.domain.secret import matches


class Client(Base):
    """A program; its secret is shown once and kept as a digest."""

    __tablename__ = "clients"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[Role]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_digest: Mapped[str] = mapped_column(repr=False)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)

    def proves(self, secret: str) -> bool:
        """Tell whether `secret` is its own and still honoured."""
        return matches(secret, self.secret_digest) and self.revoked_at is None

    def caller(self, scopes: frozenset[str]) -> Caller:
        """Give this program as a caller of the services, with no more than its own scopes."""
        return Caller(
            subject=str(self.id),
            role=self.role,
            organisation_id=self.organisation_id,
            name=self.name,
            scopes=scopes & frozenset(self.scopes),
        )

    def revoke(self, *, at: datetime) -> None:
        """Give it no token any more; those it holds end within their short life.

        Raises RuleBroken.
        """
        if self.revoked_at is not None:
            raise RuleBroken(f"The client {self.name} was revoked already.")
        self.revoked_at = at
