"""A person's deadlines under a secret address, for calendars, which cannot sign in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.domain.base import Base
from services.partners.domain.person import Person
from services.partners.domain.secret import digest


class DeadlineFeed(Base):
    """What opens one person's deadlines and nothing else: a secret, shown once and kept as a digest."""

    __tablename__ = "deadline_feeds"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    person: Mapped[Person] = relationship(lazy="raise", repr=False, init=False)
    secret_digest: Mapped[str] = mapped_column(unique=True, repr=False)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(default=None)

    def renew(self, secret: str, *, at: datetime) -> None:
        """Open by another secret from now on, and by the former no more."""
        self.secret_digest, self.created_at, self.read_at = digest(secret), at, None
