"""Let somebody in, the first person of a platform included."""

import json
from uuid import UUID

import typer
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis.database import transaction
from chassis.errors import NotFound
from chassis.identity import Role
from chassis.service import Service, serving
from entente.reach import reaching, settings_given
from services.partners.domain.organisation import Organisation
from services.partners.use_cases.people import invite


def invite_person(email: str, *, name: str, role: str, organisation: str | None, language: str, as_json: bool) -> None:
    """Print a link that signs somebody in once.

    Raises InvalidInput for a partner without an organisation, NotFound for an unknown one.
    """
    with reaching(settings_given(), ["partners"]) as services:
        link, expires_at = sign_in_link(
            services["partners"], email, name=name, role=role, organisation=organisation, language=language
        )
    if as_json:
        typer.echo(json.dumps({"sign_in_link": link, "expires_at": expires_at}))
    else:
        typer.echo(f"{name} signs in once, until {expires_at}, at:\n{link}")


def sign_in_link(
    partners: Service, email: str, *, name: str, role: str, organisation: str | None = None, language: str = "fr"
) -> tuple[str, str]:
    """Give a link that signs in once, and when it ends (ISO 8601)."""
    with serving(partners), transaction() as session:
        organisation_id = _organisation_id(session, organisation) if organisation else None
        invitation = invite(
            session, email=email, name=name, role=Role(role), organisation_id=organisation_id, language=language
        )
    link = f"{partners.settings.console_url}/sign-in/{invitation.sign_in_token}"
    return link, invitation.expires_at.isoformat(timespec="minutes")


def _organisation_id(session: Session, said: str) -> UUID:
    """Find an organisation by its id or its SIREN."""
    try:
        known = Organisation.id == UUID(said)
    except ValueError:
        known = or_(Organisation.siren == said.replace(" ", ""), Organisation.siret == said.replace(" ", ""))
    found: UUID | None = session.scalar(select(Organisation.id).where(known))
    if found is None:
        raise NotFound(f"No organisation has the SIREN, SIRET or id {said}: import it first.")
    return found
