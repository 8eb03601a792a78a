"""People: who they are to the programme, and the one-time links by which they sign in."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import InvalidInput, Unauthenticated
from chassis.identity import READ, WRITE, Caller, Role
from services.partners.domain.base import Base
from services.partners.domain.secret import digest

LINK_LIFETIME = timedelta(days=3)
SIGN_IN_LIFETIME = timedelta(days=14)
"""How long a sign-in lasts that is not used; each use gives it as long again."""


def ensure_the_role_fits(role: Role, organisation_id: UUID | None) -> None:
    """Refuse a partner of no organisation: it would be party to nothing.

    Raises InvalidInput.
    """
    if role is Role.PARTNER and organisation_id is None:
        raise InvalidInput(
            "A partner acts for an organisation: name it.", {"/organisation_id": ["Needed for the role of partner."]}
        )


class Person(Base):
    """Somebody known to the programme; with a `role` they may sign in, without one they are a contact alone.

    `email` is in lower case, `language` is fr or en.
    """

    __tablename__ = "persons"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role | None]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    language: Mapped[str]

    def caller(self) -> Caller:
        """Give this person as a caller of the services.

        Raises Unauthenticated for who was never let in.
        """
        if self.role is None:
            raise Unauthenticated("You are known as a contact: ask the programme office to invite you.")
        return Caller(
            subject=str(self.id),
            role=self.role,
            organisation_id=self.organisation_id,
            name=self.name,
            scopes=frozenset({READ, WRITE}),
            language=self.language,
        )


class SignInLink(Base):
    """A link that signs one person in, once."""

    __tablename__ = "sign_in_links"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), init=False)
    person: Mapped[Person] = relationship(lazy="raise", repr=False)
    token_digest: Mapped[str] = mapped_column(unique=True, repr=False)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def of(cls, id: UUID, person: Person, token: str, *, now: datetime) -> "SignInLink":
        """Make the link whose secret is `token`."""
        return cls(id=id, person=person, token_digest=digest(token), expires_at=now + LINK_LIFETIME)

    def use(self, *, now: datetime) -> Person:
        """Give whom it signs in; it works once.

        Raises Unauthenticated.
        """
        if self.used_at is not None:
            raise Unauthenticated("This sign-in link was used already: ask for a new one.")
        if now > self.expires_at:
            raise Unauthenticated("This sign-in link is too old: ask for a new one.")
        self.used_at = now
        return self.person


class RefreshToken(Base):
    """One link in the chain of a sign-in: each is used once and gives the next of its family."""

    __tablename__ = "refresh_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    family_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True, init=False)
    person: Mapped[Person] = relationship(lazy="raise", repr=False)
    token_digest: Mapped[str] = mapped_column(unique=True, repr=False)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def of(cls, id: UUID, family_id: UUID, person: Person, token: str, *, now: datetime) -> "RefreshToken":
        """Make the token whose secret is `token`."""
        expires_at = now + SIGN_IN_LIFETIME
        return cls(id=id, family_id=family_id, person=person, token_digest=digest(token), expires_at=expires_at)

    def usable(self, *, now: datetime) -> bool:
        """Tell whether it still gives a next one."""
        return self.used_at is None and self.revoked_at is None and now <= self.expires_at

    @property
    def reused(self) -> bool:
        """Whether its use now means that two hold it: one of them stole it."""
        return self.used_at is not None
