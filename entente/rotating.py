"""Change the key that signs tokens, while everything runs."""

import time

import typer

from chassis.database import transaction
from chassis.service import serving
from entente import keys
from entente.reach import reaching, settings_given
from services.partners.use_cases.signing_keys import (
    PUBLISHED_AHEAD_SECONDS,
    prepare_signing_key,
    rotate_signing_key,
)


def rotate(*, wait: float = PUBLISHED_AHEAD_SECONDS) -> None:
    """Publish a new key, then let partners sign with it; no request is refused meanwhile.

    Raises Misused without the key that seals signing keys.
    """
    settings = settings_given()
    if settings.database_url:
        keys.demand_keys(settings, keys.NEEDED["partners"])
    with reaching(settings, ["partners"]) as services, serving(services["partners"]):
        with transaction() as session:
            kid = prepare_signing_key(session)
        typer.echo(f"{kid} is published; it signs in {wait:g} s, when every service can know it.")
        time.sleep(wait)
        with transaction() as session:
            rotate_signing_key(session, kid=kid)
    typer.echo("New tokens are signed by it; those signed before stay valid to their end.")
