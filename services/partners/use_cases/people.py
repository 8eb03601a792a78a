"""Invite people, sign them in by a one-time link, sign them out.

Links and tokens live in real time, whatever the programme's clock says: hence `datetime.now`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from chassis.errors import Unauthenticated
from chassis.identifiers import new_id
from chassis.identity import Role
from services.partners.domain.person import Person, RefreshToken, SignInLink, ensure_the_role_fits
from services.partners.domain.secret import digest, new_secret
from services.partners.use_cases.organisations import hold_organisation
from services.partners.use_cases.tokens import Tokens, identifier_in, tokens_for


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """What opens the door to somebody, once; the secret is not kept and cannot be shown again."""

    person: Person
    sign_in_token: str
    expires_at: datetime


def invite(
    session: Session, *, email: str, name: str, role: Role, organisation_id: UUID | None = None, language: str = "fr"
) -> Invitation:
    """Let somebody sign in; one who is known gets a new link, and is from now on what this invitation says.

    Raises InvalidInput for a partner of no organisation, NotFound for an unknown organisation, RuleBroken for
    one that was merged into another.
    """
    ensure_the_role_fits(role, organisation_id)
    if organisation_id is not None:
        hold_organisation(session, organisation_id)
    address = email.strip().lower()
    person = session.scalar(select(Person).where(Person.email == address).with_for_update())
    if person is None:
        person = Person(
            id=new_id(), email=address, name=name, role=role, organisation_id=organisation_id, language=language
        )
        session.add(person)
    person.name, person.role, person.organisation_id, person.language = name, role, organisation_id, language
    token = new_secret()
    link = SignInLink.of(new_id(), person, token, now=datetime.now(UTC))
    session.add(link)
    return Invitation(person=person, sign_in_token=token, expires_at=link.expires_at)


def sign_in(session: Session, *, sign_in_token: str) -> tuple[Person, Tokens]:
    """Let somebody in by a link, once.

    Raises Unauthenticated.
    """
    statement = (
        select(SignInLink)
        .where(SignInLink.token_digest == digest(sign_in_token))
        .options(joinedload(SignInLink.person))
        .with_for_update(of=SignInLink)
    )
    link = session.scalar(statement)
    if link is None:
        raise Unauthenticated("This sign-in link is not one of ours: ask for a new one.")
    now = datetime.now(UTC)
    person = link.use(now=now)
    return person, tokens_for(session, person, family_id=new_id(), now=now)


def sign_out(session: Session, *, subject: str) -> None:
    """End all sign-ins of the person that a token speaks for; access tokens end within their short life."""
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.person_id == identifier_in(subject), RefreshToken.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
    )
